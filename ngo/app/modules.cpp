#include "ngo/app/modules.hpp"

#include <algorithm>
#include <exception>
#include <ranges>

#include "ngo/app/background.hpp"
#include "ngo/base/error.hpp"
#include "ngo/base/text.hpp"
#include "ngo/log/log.hpp"

namespace ngo::app {

struct Modules::Instance {
  const Recipe* recipe;
  std::string name;
  std::shared_ptr<void> options;
  std::shared_ptr<void> next;  // options, of a reload
  std::shared_ptr<void> module;
  Setup setup;
  std::vector<std::function<Task<void>()>> drains;
  BackgroundWork background;

  Instance(Modules& modules, const Recipe& of, std::string_view called)
      : recipe(&of),
        name(called),
        setup(modules, std::string(of.section), std::string(called)),
        background("module " + title()) {}

  [[nodiscard]] std::string title() const {
    std::string text(recipe->section);
    if (name != "default") text += " \"" + name + "\"";
    return text;
  }
};

// A section that a handler takes as Config<T>, or somebody as Live<T>.
struct Modules::Value {
  const std::type_info* type;
  const ConfigRecipe* recipe;
  std::shared_ptr<void> value;  // the one that holds
  std::shared_ptr<void> next;
  std::shared_ptr<config::LiveCell> cell;
};

Modules::Modules(HealthRegistry& health, Metrics& metrics) : health_(health), metrics_(metrics) {}
Modules::~Modules() = default;

Modules::Instance* Modules::find(const std::type_info& type, std::string_view name) noexcept {
  for (auto& instance : instances_) {
    if (*instance->recipe->type == type && instance->name == name) return instance.get();
  }
  return nullptr;
}

void Modules::want(const Recipe& recipe, std::string_view name) {
  if (find(*recipe.type, name) == nullptr)
    instances_.push_back(std::make_unique<Instance>(*this, recipe, name));
}

void* Modules::object(const std::type_info& type, std::string_view name, const void* opaque) {
  if (type == typeid(Metrics)) return &metrics_;
  const auto& recipe = *static_cast<const ObjectRecipe*>(opaque);
  if (recipe.module != nullptr) {
    want(*recipe.module, name);
    return find(type, name)->module.get();
  }
  return &cell(type, *recipe.config);
}

std::shared_ptr<config::LiveCell>& Modules::cell(const std::type_info& type, const ConfigRecipe& recipe) {
  for (auto& value : values_) {
    if (*value->type == type) return value->cell;
  }
  auto value = std::make_unique<Value>();
  value->type = &type;
  value->recipe = &recipe;
  value->value = recipe.make();
  value->cell = std::make_shared<config::LiveCell>(value->value);
  values_.push_back(std::move(value));
  return values_.back()->cell;
}

void Modules::bind(config::Tree& tree, config::Report& report) {
  tree_ = &tree;
  for (auto& value : values_) {
    tree.bind(value->recipe->section, value->recipe->type(), value->value.get(), report);
    tree.mark_live(value->recipe->section);
  }
  for (auto& instance : instances_) {
    instance->options = instance->recipe->make_options();
    tree.bind_named(instance->recipe->section, instance->name, instance->recipe->options_type(),
                    instance->options.get(), report);
  }
}

void Modules::bind_next(config::Tree& next, config::Report& report) {
  for (auto& value : values_) {
    value->next = value->recipe->make();
    next.bind(value->recipe->section, value->recipe->type(), value->next.get(), report);
    next.mark_live(value->recipe->section);
  }
  for (auto& instance : instances_) {
    instance->next = instance->recipe->make_options();
    next.bind_named(instance->recipe->section, instance->name, instance->recipe->options_type(),
                    instance->next.get(), report);
  }
}

namespace {

bool is_one_of(const std::vector<std::string>& sections, std::string_view section) {
  return std::any_of(sections.begin(), sections.end(),
                     [&](const std::string& each) { return same_name(each, section); });
}

}  // namespace

Task<void> Modules::prepare(const std::vector<std::string>& sections, config::Report& report) {
  for (Instance* instance : opened_) {
    const Recipe& recipe = *instance->recipe;
    if (recipe.prepare == nullptr || !is_one_of(sections, recipe.section)) continue;
    try {
      co_await recipe.prepare(instance->module.get(), instance->next.get());
    } catch (const Error& error) {
      report.error({}, std::string(recipe.section), error.message());
    }
  }
}

Task<void> Modules::apply(const std::vector<std::string>& sections, config::Tree& before) {
  std::vector<Instance*> changed;
  std::string problem;
  for (Instance* instance : opened_) {
    const Recipe& recipe = *instance->recipe;
    if (recipe.reload == nullptr || !is_one_of(sections, recipe.section)) continue;
    changed.push_back(instance);
    try {
      co_await recipe.reload(instance->module.get(), instance->next.get());
    } catch (const std::exception& error) {
      problem = "module " + instance->title() + ": " + error.what();
      break;
    }
  }
  if (problem.empty()) co_return;
  for (Instance* instance : std::views::reverse(changed)) {
    const std::shared_ptr<void> old = instance->recipe->make_options();
    config::Report known;  // it has been bound before
    before.bind_named(instance->recipe->section, instance->name, instance->recipe->options_type(), old.get(),
                      known);
    try {
      co_await instance->recipe->reload(instance->module.get(), old.get());
    } catch (const std::exception& error) {
      log::error("module {} could not go back to its old options: {}", instance->title(), error.what());
    }
  }
  throw Error(Code::aborted, problem);
}

void Modules::publish(const std::vector<std::string>& sections) {
  for (auto& value : values_) {
    if (!is_one_of(sections, value->recipe->section)) continue;
    value->value = std::move(value->next);
    value->cell->set(value->value);
  }
}

void Modules::each_options(const OptionsVisitor& f) const {
  for (const auto& value : values_)
    f(value->recipe->section, "default", value->recipe->type(),
      value->next ? value->next.get() : value->value.get());
  for (const auto& instance : instances_) {
    const Recipe& recipe = *instance->recipe;
    const void* const next = recipe.reload == nullptr ? nullptr : instance->next.get();
    if (const void* const options = next == nullptr ? instance->options.get() : next)
      f(recipe.section, instance->name, recipe.options_type(), options);
  }
}

Task<void> Modules::open_all() {
  // By index: opening one may make another one known.
  for (std::size_t i = 0; i < instances_.size(); ++i) {
    if (!instances_[i]->module) co_await open(*instances_[i]);
  }
}

Task<void> Modules::open(Instance& instance) {
  struct Chain {
    Chain(std::vector<Instance*>& chain, Instance& opening) : instances(chain) {
      instances.push_back(&opening);
    }
    ~Chain() { instances.pop_back(); }
    std::vector<Instance*>& instances;
  } chain(opening_, instance);
  if (!instance.options) {
    // Only another module asked for it, so its section was not bound with the rest.
    instance.options = instance.recipe->make_options();
    config::Report report;
    tree_->bind_named(instance.recipe->section, instance.name, instance.recipe->options_type(),
                      instance.options.get(), report);
    if (!report.empty()) throw Error(Code::invalid_argument, report.to_string());
  }
  std::exception_ptr failure;
  try {
    instance.module = co_await instance.recipe->open(instance.options.get(), instance.setup);
  } catch (const Error& error) {
    bool named = error.message().starts_with("module ");  // it is that of a module further down
    failure = named ? std::current_exception()
                    : std::make_exception_ptr(
                          Error(error.code(), "module " + instance.title() + ": " + error.message()));
  } catch (const std::exception& error) {
    failure =
        std::make_exception_ptr(Error(Code::internal, "module " + instance.title() + ": " + error.what()));
  }
  if (failure) {
    // What it had begun before it failed must not go on without it.
    co_await instance.background.end();
    std::rethrow_exception(failure);
  }
  instance.options.reset();
  opened_.push_back(&instance);
}

Task<void*> Modules::module(const Recipe& recipe, std::string name, const Setup&) {
  want(recipe, name);
  Instance& wanted = *find(*recipe.type, name);
  if (!wanted.module) {
    auto begun = std::find(opening_.begin(), opening_.end(), &wanted);
    if (begun != opening_.end()) {
      std::string chain;
      for (; begun != opening_.end(); ++begun) chain += (*begun)->title() + " -> ";
      throw Error(Code::invalid_argument, "module dependencies go in a circle: " + chain + wanted.title());
    }
    co_await open(wanted);
  }
  co_return wanted.module.get();
}

Task<void> Modules::drain() {
  for (Instance* instance : std::views::reverse(opened_)) {
    for (auto& on_drain : instance->drains) {
      try {
        co_await on_drain();
      } catch (const std::exception& error) {
        log::error("module {} could not drain: {}", instance->title(), error.what());
      }
    }
  }
}

Task<void> Modules::close_all() {
  while (!opened_.empty()) {
    Instance& instance = *opened_.back();
    opened_.pop_back();
    co_await instance.background.end();
    try {
      co_await instance.recipe->close(instance.module.get());
    } catch (const std::exception& error) {
      log::error("module {} could not be closed: {}", instance.title(), error.what());
    }
    instance.module.reset();
  }
}

std::string Modules::summary() const {
  std::string text;
  for (const Instance* instance : opened_) {
    if (!text.empty()) text += ", ";
    text += instance->title();
  }
  return text;
}

void Modules::add_health(std::string name, HealthIndicator indicator, bool for_readiness) {
  health_.add(std::move(name), std::move(indicator), for_readiness);
}

std::shared_ptr<config::LiveCell> Modules::live(const std::type_info& type, const ConfigRecipe& recipe) {
  const std::size_t known = values_.size();
  std::shared_ptr<config::LiveCell> out = cell(type, recipe);
  if (values_.size() == known || tree_ == nullptr) return out;
  // Nobody has asked for this section before the start, so it was not bound with the rest.
  Value& value = *values_.back();
  config::Report report;
  tree_->bind(recipe.section, recipe.type(), value.value.get(), report);
  tree_->mark_live(recipe.section);
  if (!report.empty()) throw Error(Code::invalid_argument, report.to_string());
  return out;
}

Modules::Instance& Modules::instance_of(const Setup& setup) noexcept {
  return **std::find_if(instances_.begin(), instances_.end(),
                        [&](const auto& each) { return &each->setup == &setup; });
}

void Modules::add_drain(const Setup& owner, std::function<Task<void>()> on_drain) {
  instance_of(owner).drains.push_back(std::move(on_drain));
}

void Modules::add_background(const Setup& owner, Task<void> work) {
  instance_of(owner).background.start(std::move(work));
}

}  // namespace ngo::app
