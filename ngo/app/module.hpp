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
//
// Options may change while the service runs where a module has `Task<void> reload(Options)`, called on the
// supervisor's loop with the new ones: what it sees to must be marked ngo::live<> in Options, the rest is
// said to need a restart and comes all the same. It may have `Task<void> prepare(const Options&)`, which
// throws to refuse the whole configuration before anything is applied. A reload() that throws has the old
// options given to it, and to those that were called before it.
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include "ngo/base/type.hpp"
#include "ngo/config/live.hpp"
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
  Task<void> (*prepare)(void* module, const void* options);  // null: it refuses nothing
  Task<void> (*reload)(void* module, void* options);         // null: nothing changes while it runs
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

template <class M>
Task<void> prepare_module(void* module, const void* options) {
  co_await static_cast<M*>(module)->prepare(*static_cast<const typename M::Options*>(options));
}
template <class M>
Task<void> reload_module(void* module, void* options) {
  co_await static_cast<M*>(module)->reload(std::move(*static_cast<typename M::Options*>(options)));
}

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

template <class M>
inline constexpr bool kRefuses = requires(M& m, const typename M::Options& options) {
  { m.prepare(options) } -> std::same_as<Task<void>>;
};
template <class M>
inline constexpr bool kReloads = requires(M& m, typename M::Options options) {
  { m.reload(std::move(options)) } -> std::same_as<Task<void>>;
};

template <class M>
constexpr auto prepare_of() {
  if constexpr (kRefuses<M>) {
    return &prepare_module<M>;
  } else {
    return nullptr;
  }
}
template <class M>
constexpr auto reload_of() {
  if constexpr (kReloads<M>) {
    return &reload_module<M>;
  } else {
    return nullptr;
  }
}

template <Module M>
const Recipe& recipe_of() {
  static const Recipe recipe{
      &typeid(M),
      M::kSection,
      []() -> const Type& { return type_of<typename M::Options>(); },
      []() -> std::shared_ptr<void> { return std::make_shared<typename M::Options>(); },
      &open_module<M>,
      &close_module<M>,
      prepare_of<M>(),
      reload_of<M>(),
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

// Where a section's value is kept; the others are what a handler makes of it.
template <class T>
struct Param<Live<T>> {
  std::shared_ptr<config::LiveCell>* cell = nullptr;
  void visit(Binder& binder) {
    static const app::ObjectRecipe recipe{nullptr, &app::config_recipe_of<T>()};
    cell = static_cast<std::shared_ptr<config::LiveCell>*>(binder.object(typeid(T), T::kSection, &recipe));
  }
  Live<T> get(Request&) const { return Live<T>(*cell); }
};

template <class T>
struct Param<Config<T>> {
  std::optional<Live<T>> live;
  void visit(Binder& binder) {
    Param<Live<T>> where;
    where.visit(binder);
    if (where.cell != nullptr) live.emplace(*where.cell);
  }
  Config<T> get(Request&) const { return live->now(); }
};

}  // namespace http
}  // namespace ngo
