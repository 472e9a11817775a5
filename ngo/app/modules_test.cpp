#include "ngo/app/modules.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/config/tree.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/wait.hpp"
#include "ngo/runtime/workers.hpp"

namespace ngo::app {
namespace {

using std::chrono_literals::operator""h;

// What the modules of these tests did, in order.
std::vector<std::string> story;

struct StoreOptions {
  std::string path = "memory";
  int size = 1;
  static constexpr auto rules = ngo::rules(ngo::range<&StoreOptions::size>(1, 10));
};

class Store {
 public:
  using Options = StoreOptions;
  static constexpr std::string_view kSection = "store";
  static Task<std::unique_ptr<Store>> open(Options options, Setup& setup) {
    co_await yield();
    story.push_back("open " + setup.section() + " " + setup.name() + " " + options.path);
    setup.health([]() -> Task<Health> { co_return Health::up(); });
    setup.on_drain([]() -> Task<void> {
      story.push_back("drain store");
      co_return;
    });
    co_return std::make_unique<Store>();
  }
  Task<void> close() {
    story.push_back("close store");
    co_return;
  }
};

struct SearchOptions {
  std::string store = "default";
};

// Depends on a store, and works in the background.
class Search {
 public:
  using Options = SearchOptions;
  static constexpr std::string_view kSection = "search";
  explicit Search(Store& store) : store_(&store) {}
  static Task<std::unique_ptr<Search>> open(Options options, Setup& setup) {
    Store& store = co_await setup.get<Store>(options.store);
    story.push_back("open search");
    auto module = std::make_unique<Search>(store);
    setup.background(module->index());
    setup.on_drain([]() -> Task<void> {
      story.push_back("drain search");
      co_return;
    });
    co_return module;
  }
  Task<void> index() {
    try {
      co_await sleep(1h);
    } catch (const Error&) {
      story.push_back("index cancelled");
      throw;
    }
  }
  Task<void> close() {
    story.push_back("close search");
    co_return;
  }
  [[nodiscard]] Store& store() const { return *store_; }

 private:
  Store* store_;
};

struct NoOptions {
  bool enabled = true;
};

class Egg;
class Hen {
 public:
  using Options = NoOptions;
  static constexpr std::string_view kSection = "hen";
  static Task<std::unique_ptr<Hen>> open(Options, Setup& setup);
};
class Egg {
 public:
  using Options = NoOptions;
  static constexpr std::string_view kSection = "egg";
  static Task<std::unique_ptr<Egg>> open(Options, Setup& setup) {
    co_await setup.get<Hen>();
    co_return std::make_unique<Egg>();
  }
};
Task<std::unique_ptr<Hen>> Hen::open(Options, Setup& setup) {
  co_await setup.get<Egg>();
  co_return std::make_unique<Hen>();
}

class Broken {
 public:
  using Options = NoOptions;
  static constexpr std::string_view kSection = "broken";
  static Task<std::unique_ptr<Broken>> open(Options, Setup&) {
    co_await yield();
    throw Error(Code::invalid_argument, "the path is no folder");
  }
};

class HalfOpen {
 public:
  using Options = NoOptions;
  static constexpr std::string_view kSection = "half";
  static Task<std::unique_ptr<HalfOpen>> open(Options, Setup& setup) {
    setup.background(work());
    setup.on_drain([]() -> Task<void> {
      story.push_back("half drained");
      co_return;
    });
    co_await yield();
    throw Error(Code::invalid_argument, "no");
  }
  static Task<void> work() {
    try {
      co_await sleep(1h);
    } catch (const Error&) {
      story.push_back("half ended");
      throw;
    }
  }
};

struct WarmOptions {};

// Has something to do on each worker, which fails on one of them.
class Warm {
 public:
  using Options = WarmOptions;
  static constexpr std::string_view kSection = "warm";
  static Task<std::unique_ptr<Warm>> open(Options, Setup& setup) {
    setup.warm_up([]() -> Task<void> {
      co_await yield();
      calls |= 1U << Workers::current_index().value_or(9);
      if (Workers::current_index() == 1U) throw Error(Code::unavailable, "away");
    });
    co_return std::make_unique<Warm>();
  }
  static inline std::atomic<unsigned> calls{0};
};

class ModulesTest : public testing::Test {
 public:
  ModulesTest() { story.clear(); }

  config::Tree tree(std::string_view yaml, config::Report& report) {
    return config::Tree::load(config::CommandLine(), yaml, config::Environment(), report);
  }

  VirtualClock clock_;
  EventLoop loop_{clock_};
  HealthRegistry health_{HealthOptions(), clock_};
  Metrics metrics_;
  Modules modules_{health_, metrics_};
};

TEST_F(ModulesTest, OpensWhatAModuleDependsOnFirstAndClosesItLast) {
  config::Report report;
  config::Tree configuration =
      tree("{search: {store: archive}, store: [{name: archive, path: disk}]}", report);
  modules_.want(recipe_of<Search>(), "default");
  modules_.bind(configuration, report);
  ASSERT_EQ(report.to_string(), "");
  auto life = [this]() -> Task<void> {
    co_await modules_.open_all();
    co_await modules_.drain();
    co_await modules_.close_all();
  };
  loop_.block_on(life());
  EXPECT_EQ(story,
            (std::vector<std::string>{"open store archive disk", "open search", "drain search", "drain store",
                                      "index cancelled", "close search", "close store"}));
  EXPECT_EQ(health_.components().at(0).name, "store.archive");
}

TEST_F(ModulesTest, ACircleOfDependenciesIsAnErrorThatShowsTheChain) {
  config::Report report;
  config::Tree configuration = tree("", report);
  modules_.want(recipe_of<Hen>(), "default");
  modules_.bind(configuration, report);
  try {
    loop_.block_on(modules_.open_all());
    FAIL() << "opened";
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("hen -> egg -> hen"), std::string::npos) << error.message();
  }
}

TEST_F(ModulesTest, AFailureNamesItsModuleAndClosesTheOthers) {
  config::Report report;
  config::Tree configuration = tree("", report);
  modules_.want(recipe_of<Store>(), "default");
  modules_.want(recipe_of<Broken>(), "default");
  modules_.bind(configuration, report);
  auto life = [this]() -> Task<std::string> {
    std::string message;
    try {
      co_await modules_.open_all();
    } catch (const Error& error) {
      message = error.message();
    }
    co_await modules_.close_all();
    co_return message;
  };
  EXPECT_EQ(loop_.block_on(life()), "module broken: the path is no folder");
  EXPECT_EQ(story, (std::vector<std::string>{"open store default memory", "close store"}));
}

TEST_F(ModulesTest, WhatAModuleBeganBeforeItFailedDoesNotGoOnWithoutIt) {
  config::Report report;
  config::Tree configuration = tree("", report);
  modules_.want(recipe_of<HalfOpen>(), "default");
  modules_.bind(configuration, report);
  EXPECT_THROW(loop_.block_on(modules_.open_all()), Error);
  EXPECT_EQ(story, (std::vector<std::string>{"half ended"}));
  loop_.block_on(modules_.drain());
}

TEST_F(ModulesTest, AModuleIsWarmedUpOnEveryWorkerAndMayFail) {
  Workers workers(2);
  modules_.set_workers(workers);
  Warm::calls = 0;
  config::Report report;
  config::Tree configuration = tree("", report);
  modules_.want(recipe_of<Warm>(), "default");
  modules_.bind(configuration, report);
  auto life = [this]() -> Task<void> {
    co_await modules_.open_all();
    co_await modules_.warm_up(std::chrono::hours(1));
    co_await modules_.close_all();
  };
  loop_.block_on(life());
  EXPECT_EQ(Warm::calls, 0b11);
}

TEST_F(ModulesTest, MistakesInTheOptionsAreReportedBeforeAnythingOpens) {
  config::Report report;
  config::Tree configuration = tree("{store: {size: 100, pth: x}}", report);
  modules_.want(recipe_of<Store>(), "default");
  modules_.bind(configuration, report);
  EXPECT_EQ(report.size(), 2U) << report.to_string();
  EXPECT_TRUE(story.empty());
}

TEST_F(ModulesTest, AHandlerGetsTheModulesThatItNames) {
  config::Report report;
  config::Tree configuration = tree("{store: [{name: a}, {name: b, path: disk}]}", report);
  http::Param<Named<Store, "a">> first;
  http::Param<Named<Store, "b">> second;
  class Source final : public http::Binder {
   public:
    explicit Source(Modules& modules) : modules_(modules) {}
    std::size_t path_parameter(const Type&) override { return 0; }
    void* object(const std::type_info& type, std::string_view name, const void* recipe) override {
      return modules_.object(type, name, recipe);
    }
    void body(http::BodyUse) override {}

   private:
    Modules& modules_;
  } source(modules_);
  first.visit(source);
  second.visit(source);
  modules_.bind(configuration, report);
  ASSERT_EQ(report.to_string(), "");
  loop_.block_on(modules_.open_all());
  first.visit(source);
  second.visit(source);
  EXPECT_NE(first.module, nullptr);
  EXPECT_NE(second.module, nullptr);
  EXPECT_NE(first.module, second.module);
  loop_.block_on(modules_.close_all());
}

}  // namespace
}  // namespace ngo::app
