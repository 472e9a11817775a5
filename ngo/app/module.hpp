// Modules: the parts that a service is put together from (a database, a cache, the service's own store). A
// module type is any class with
//
//   using Options = ...;                                   a plain struct, bound from the configuration
//   static constexpr std::string_view kSection = "redis";  its key there
//   static Task<std::unique_ptr<Redis>> open(Options, Setup&);
//
// A program uses one by naming the type: as a handler's parameter (`Redis&`, or `Named<Redis, "sessions">`)
// or with `app.use<Redis>("sessions")`. There is one instance for each name in the process, shared by all
// workers: what it keeps for each worker is its own matter. open() throws for what is wrong for good
// (configuration); a server that is down is a state, reported by its health indicator, and no reason to
// throw.
//
// A module may have `Task<void> close()`: awaited at stop, after its dependents have been closed.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include "ngo/base/type.hpp"
#include "ngo/http/endpoint.hpp"
#include "ngo/http/params.hpp"
#include "ngo/metrics/registry.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo {

class Setup;

template <class M>
concept Module = requires(typename M::Options options, Setup& setup) {
  { M::kSection } -> std::convertible_to<std::string_view>;
  { M::open(std::move(options), setup) } -> std::same_as<Task<std::unique_ptr<M>>>;
};

namespace app {

// How a module type is bound, opened and closed: what the framework knows of it.
struct Recipe {
  const std::type_info* type;
  std::string_view section;
  const Type& (*options_type)();
  std::shared_ptr<void> (*make_options)();
  Task<std::shared_ptr<void>> (*open)(void* options, Setup& setup);
  Task<void> (*close)(void* module);
};

#if defined(__GNUC__) && !defined(__clang__)
// A module may well live in an anonymous namespace; g++ takes the frames of these coroutines for a breach of
// the one definition rule then.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsubobject-linkage"
#endif

template <class M>
Task<std::shared_ptr<void>> open_module(void* options, Setup& setup) {
  std::unique_ptr<M> module = co_await M::open(std::move(*static_cast<typename M::Options*>(options)), setup);
  co_return std::shared_ptr<void>(std::move(module));
}

template <class M>
Task<void> close_module([[maybe_unused]] void* module) {
  if constexpr (requires(M& m) {
                  { m.close() } -> std::same_as<Task<void>>;
                }) {
    co_await static_cast<M*>(module)->close();
  }
  co_return;
}

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

template <Module M>
const Recipe& recipe_of() {
  static const Recipe recipe{
      &typeid(M),
      M::kSection,
      []() -> const Type& { return type_of<typename M::Options>(); },
      []() -> std::shared_ptr<void> { return std::make_shared<typename M::Options>(); },
      &open_module<M>,
      &close_module<M>,
  };
  return recipe;
}

// What a piece of configuration asked for as Config<T> looks like.
struct ConfigRecipe {
  std::string_view section;
  const Type& (*type)();
  std::shared_ptr<void> (*make)();
};

template <class T>
const ConfigRecipe& config_recipe_of() {
  static const ConfigRecipe recipe{
      T::kSection,
      []() -> const Type& { return type_of<T>(); },
      []() -> std::shared_ptr<void> { return std::make_shared<T>(); },
  };
  return recipe;
}

// Tells the two kinds of recipe apart where they come in as one pointer.
struct ObjectRecipe {
  const Recipe* module = nullptr;
  const ConfigRecipe* config = nullptr;
};

}  // namespace app

// A module by its name in the configuration: `Named<Redis, "sessions"> sessions`.
template <Module M, FixedString Name>
class Named {
 public:
  explicit Named(M& module) noexcept : module_(&module) {}
  [[nodiscard]] M& operator*() const noexcept { return *module_; }
  [[nodiscard]] M* operator->() const noexcept { return module_; }

 private:
  M* module_;
};

// A section of the configuration as a plain struct with `static constexpr std::string_view kSection =
// "newsroom";`.
template <class T>
class Config {
 public:
  explicit Config(const T& value) noexcept : value_(&value) {}
  [[nodiscard]] const T& operator*() const noexcept { return *value_; }
  [[nodiscard]] const T* operator->() const noexcept { return value_; }

 private:
  const T* value_;
};

namespace http {

template <Module M>
struct Param<M&> {
  M* module = nullptr;
  void visit(Binder& binder) {
    static const app::ObjectRecipe recipe{&app::recipe_of<M>(), nullptr};
    module = static_cast<M*>(binder.object(typeid(M), "default", &recipe));
  }
  M& get(Request&) const { return *module; }
};

template <Module M, FixedString Name>
struct Param<Named<M, Name>> {
  M* module = nullptr;
  void visit(Binder& binder) {
    static const app::ObjectRecipe recipe{&app::recipe_of<M>(), nullptr};
    module = static_cast<M*>(binder.object(typeid(M), Name.view(), &recipe));
  }
  Named<M, Name> get(Request&) const { return Named<M, Name>(*module); }
};

// The application's metrics. Keep what counter() and its like give: asking for it takes a lock.
template <>
struct Param<Metrics&> {
  Metrics* metrics = nullptr;
  void visit(Binder& binder) {
    metrics = static_cast<Metrics*>(binder.object(typeid(Metrics), "default", nullptr));
  }
  Metrics& get(Request&) const { return *metrics; }
};

template <class T>
struct Param<Config<T>> {
  const T* value = nullptr;
  void visit(Binder& binder) {
    static const app::ObjectRecipe recipe{nullptr, &app::config_recipe_of<T>()};
    value = static_cast<const T*>(binder.object(typeid(T), T::kSection, &recipe));
  }
  Config<T> get(Request&) const { return Config<T>(*value); }
};

}  // namespace http
}  // namespace ngo
