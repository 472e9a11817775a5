// Controllers: the members of a plain class as routes, `{path}/{action}`, named by the members themselves.
//
//   struct Articles {
//     Article get_latest();                               // GET  /articles/latest
//     ngo::Task<Article> post_save(ngo::Json<Article>);   // POST /articles/save
//   };
//   ngo::controller<&Articles::get_latest, &Articles::post_save>(app, "/articles", Articles(...));
//
// The method comes first in a member's name (get, head, post, put, patch, delete or del, options), the action
// after it: get_latest, getLatest and GetLatest are all `GET latest`; an action is in lower case, and a "_"
// in it stays. Names become routes when the program is compiled; nothing is looked up by name while it
// serves. Each call has an instance of its own, which all workers share: guard what changes in it. For routes
// of another shape use Routes directly.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "ngo/http/method.hpp"
#include "ngo/http/routes.hpp"

namespace ngo {
namespace http::detail {

template <auto Member>
consteval std::string_view member_name() {
  // "... [Member = &Articles::get_latest]", "... [with auto Member = &Articles::get_latest; ...]"
  std::string_view pretty = __PRETTY_FUNCTION__;
  pretty = pretty.substr(pretty.find("Member = ") + 9);
  pretty = pretty.substr(0, pretty.find_first_of(";]"));
  while (!pretty.empty() && pretty.back() == ')') pretty.remove_suffix(1);
  return pretty.substr(pretty.rfind(':') + 1);
}

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// What a member's name says; Method::unknown when it does not begin with a method.
struct Action {
  Method method = Method::unknown;
  std::size_t begin = 0;  // of the action in the name
};

consteval Action parse_action(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, Method>, 8> kVerbs = {{{"get", Method::get},
                                                                          {"head", Method::head},
                                                                          {"post", Method::post},
                                                                          {"put", Method::put},
                                                                          {"patch", Method::patch},
                                                                          {"delete", Method::del},
                                                                          {"del", Method::del},
                                                                          {"options", Method::options}}};
  for (const auto& [verb, method] : kVerbs) {
    if (name.size() <= verb.size()) continue;
    bool same = true;
    for (std::size_t i = 0; i < verb.size(); ++i) same = same && lower(name[i]) == verb[i];
    const char next = name[verb.size()];
    if (!same) continue;
    if (next == '_' && name.size() > verb.size() + 1) return {method, verb.size() + 1};
    if (next >= 'A' && next <= 'Z') return {method, verb.size()};
  }
  return {};
}

// A member bound to its instance, with the member's own parameters and result.
template <class C, auto Member, class R, class... A>
struct BoundMember {
  R operator()(A... arguments) const { return ((*instance).*Member)(std::forward<A>(arguments)...); }
  std::shared_ptr<C> instance;
};
template <auto Member, class C, class Of, class R, class... A>
BoundMember<C, Member, R, A...> bind_member(std::shared_ptr<C> instance, R (Of::*)(A...)) {
  return {std::move(instance)};
}
template <auto Member, class C, class Of, class R, class... A>
BoundMember<C, Member, R, A...> bind_member(std::shared_ptr<C> instance, R (Of::*)(A...) const) {
  return {std::move(instance)};
}

template <auto Member, class C>
void add_action(Routes& group, const std::shared_ptr<C>& instance, std::source_location where) {
  static constexpr std::string_view kName = member_name<Member>();
  static constexpr Action kAction = parse_action(kName);
  static_assert(kAction.method != Method::unknown,
                "a controller's member begins with its method: get_list, postSave, DeleteAll");
  std::string path = "/";
  for (const char c : kName.substr(kAction.begin)) path += lower(c);
  group.route(kAction.method, path, bind_member<Member>(instance, Member), where);
}

}  // namespace http::detail

// Declares the routes of the members, and gives back their group, for middleware and switches of their own.
// `path` begins with "/" and may have path parameters, which the members then take first; a "/" at its end
// does not matter.
template <auto... Members, class C>
Routes& controller(Routes& routes, std::string_view path, C instance,
                   std::source_location where = std::source_location::current()) {
  static_assert(sizeof...(Members) > 0,
                "name the members: controller<&Articles::get_latest>(app, \"/articles\", ...)");
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  Routes& group = routes.group(path);
  auto shared = std::make_shared<C>(std::move(instance));
  (http::detail::add_action<Members>(group, shared, where), ...);
  return group;
}

}  // namespace ngo
