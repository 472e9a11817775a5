#include "ngo/http/route_table.hpp"

#include <utility>

#include "ngo/base/problem.hpp"
#include "ngo/codec/compression.hpp"
#include "ngo/http/middleware/steps.hpp"

namespace ngo {

Route& Routes::add(http::Method method, std::string_view pattern, std::unique_ptr<http::Endpoint> endpoint,
                   Where where) {
  auto route = std::make_unique<Route>();
  route->pattern_ = pattern;
  route->method_ = method;
  route->where_ = where;
  route->endpoint_ = std::move(endpoint);
  routes_.push_back(std::move(route));
  return *routes_.back();
}

Routes& Routes::group(std::string_view prefix) {
  groups_.push_back(std::make_unique<Routes>());
  groups_.back()->prefix_ = prefix;
  return *groups_.back();
}

namespace http {
namespace {

std::string place(const std::source_location& where) {
  return std::string(where.file_name()) + ":" + std::to_string(where.line());
}

// Looks at one handler's parameters: how it uses the body, and whether its path parameters fit the pattern.
class Inspection final : public Binder {
 public:
  std::size_t path_parameter(const Type&) override { return path_parameters_++; }
  void* object(const std::type_info&, std::string_view, const void*) override { return nullptr; }
  void body(BodyUse use) override {
    ++bodies_;
    use_ = use;
  }

  [[nodiscard]] BodyUse use() const noexcept { return use_; }
  [[nodiscard]] std::size_t path_parameters() const noexcept { return path_parameters_; }
  [[nodiscard]] bool body_twice() const noexcept { return bodies_ > 1; }

 private:
  std::size_t path_parameters_ = 0;
  std::size_t bodies_ = 0;
  BodyUse use_ = BodyUse::none;
};

class Filling final : public Binder {
 public:
  explicit Filling(ObjectSource& source) : source_(source) {}
  std::size_t path_parameter(const Type&) override { return next_++; }
  void* object(const std::type_info& type, std::string_view name, const void* recipe) override {
    return source_.object(type, name, recipe);
  }
  void body(BodyUse) override {}

 private:
  ObjectSource& source_;
  std::size_t next_ = 0;
};

}  // namespace

RouteTable::RouteTable(Routes& routes, const ServerOptions& options) : RouteTable(routes, options, nullptr) {}

RouteTable::RouteTable(Routes& routes, const ServerOptions& options, const RouteTable& first)
    : RouteTable(routes, options, &first) {}

RouteTable::RouteTable(Routes& routes, const ServerOptions& options, const RouteTable* first)
    : first_(first) {
  for (const std::string& name : options.compression.codings) {
    std::optional<Coding> coding = coding_from_string(name);
    if (!coding || *coding == Coding::identity) {
      problems_.push_back("httpServer.compression.codings: there is no coding " + in_quotes(name) +
                          "; there are zstd, br, gzip");
    }
  }
  Inherited outer;
  outer.steps = Steps::on(options.middlewares);
  outer.timeout = options.request_timeout;
  outer.compress = options.compression.enabled;
  outer.max_body = options.max_body_size.bytes();
  if (outer.steps.has(Step::cors))
    outer.cors = cors_.emplace_back(std::make_unique<Cors>(*options.middlewares.cors)).get();
  const Inherited own = inherit(outer, routes);
  add(routes, own);
  problems_.insert(problems_.end(), router_.problems().begin(), router_.problems().end());
  fallback_.cors = own.cors;
  fallback_.on_timeout = own.on_timeout;
  fallback_.chain.around = own.around;
  fallback_.steps = own.steps;
  if (!cors_.empty()) fallback_.steps.add(Step::cors);  // a preflight is no route of its own
  fallback_.timeout = own.timeout;
  fallback_.compress = own.compress;
  fallback_.max_body = own.max_body;
  fallback_.direct = fallback_.chain.around.empty();
  fallback_.index = compiled_.size();
}

RouteTable::Inherited RouteTable::inherit(const Inherited& from, const Routes& group) {
  Inherited own = from;
  own.prefix += group.prefix_;
  for (const auto& middleware : group.middleware_) own.around.push_back(middleware.get());
  if (group.cors_) {
    if (std::string mistake = group.cors_->mistake(); !mistake.empty())
      problems_.push_back("cors of the group \"" + own.prefix + "\": " + mistake);
    own.cors = cors_.emplace_back(std::make_unique<Cors>(*group.cors_)).get();
    own.steps.add(Step::cors);
  }
  own.steps = own.steps.without(group.without_);
  if (group.timeout_) {
    own.timeout = *group.timeout_;
    own.on_timeout = group.on_timeout_.get();
  }
  own.max_body = group.max_body_.value_or(own.max_body);
  return own;
}

void RouteTable::add(Routes& group, const Inherited& own) {
  for (auto& middleware : group.middleware_) all_middleware_.push_back(middleware.get());
  for (auto& route : group.routes_) add(*route, own);
  for (auto& child : group.groups_) add(*child, inherit(own, *child));
}

// How its handler uses the body; what is wrong with it goes to the problems.
BodyUse RouteTable::inspect(Route& route, const std::string& pattern) {
  Inspection inspection;
  route.endpoint_->visit(inspection);
  std::size_t declared = 0;
  try {
    declared = RoutePattern::parse(pattern).parameters.size();
  } catch (const Error&) {
    declared = inspection.path_parameters();  // the router says what is wrong with the pattern
  }
  if (declared != inspection.path_parameters()) {
    problems_.push_back(place(route.where_) + ": the pattern \"" + pattern + "\" has " +
                        std::to_string(declared) + " parameters, its handler takes " +
                        std::to_string(inspection.path_parameters()) +
                        "; every {name} is one parameter of the handler, in the same order");
  }
  if (!route.problem_.empty()) problems_.push_back(place(route.where_) + ": " + route.problem_);
  if (inspection.body_twice()) {
    problems_.push_back(place(route.where_) + ": the handler of \"" + pattern +
                        "\" asks for the body twice; take it once, as Json<T> or as Body");
  }
  return inspection.use();
}

void RouteTable::add(Route& route, const Inherited& from) {
  // The group's own address: "/articles" + "" and not "/articles/".
  const std::string pattern = from.prefix + route.pattern_;
  const std::size_t payload = compiled_.size();
  const CompiledRoute* const known = first_ == nullptr ? nullptr : &first_->compiled_[payload];
  const BodyUse body = known == nullptr ? inspect(route, pattern) : known->body;
  std::size_t before = router_.routes().size();
  router_.add(route.method_, pattern, payload, route.where_);
  if (router_.routes().size() == before) return;
  CompiledRoute compiled;
  compiled.chain.around = from.around;
  compiled.chain.endpoint = route.endpoint_.get();
  compiled.index = payload;
  compiled.name = known == nullptr ? router_.routes().back().pattern.c_str() : known->name;
  compiled.body = body;
  compiled.tried = from.around.empty() && route.endpoint_->may_answer_at_once();
  compiled.direct = compiled.tried || (from.around.empty() && route.endpoint_->immediate());
  compiled.counted = !route.probe_;
  compiled.steps = from.steps.without(route.without_);
  if (route.probe_) {
    compiled.steps.remove(Step::access_log);
    compiled.steps.remove(Step::metrics);
  }
  if (route.probe_ || pattern.starts_with("/health")) compiled.steps.remove(Step::tracing);
  compiled.cors = compiled.steps.has(Step::cors) ? from.cors : nullptr;
  compiled.compress = route.compress_.value_or(from.compress);
  compiled.timeout = route.timeout_.value_or(from.timeout);
  compiled.on_timeout = route.timeout_ ? route.on_timeout_.get() : from.on_timeout;
  compiled.max_body = route.max_body_.value_or(from.max_body);
  compiled_.push_back(std::move(compiled));
}

void RouteTable::bind(ObjectSource& source) {
  for (CompiledRoute& route : compiled_) {
    Filling filling(source);
    route.chain.endpoint->visit(filling);
  }
  for (MiddlewareBase* middleware : all_middleware_) {
    Filling filling(source);
    middleware->visit(filling);
  }
}

}  // namespace http
}  // namespace ngo
