#include "ngo/runtime/pending_waits.hpp"

#include <gtest/gtest.h>

#include <string>

#include "ngo/base/symbol_names.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/detached.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/sync.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo {
namespace {

using namespace std::chrono_literals;

Task<void> waits_for(Event& event) {
  current_context().set_work("/articles/{id}");
  co_await event.wait();
}

std::vector<PendingWait> waits_on(EventLoop& loop, std::size_t most = 100) {
  std::vector<PendingWait> waits;
  PendingWaits::collect(loop, most, waits);
  return waits;
}

Task<void> look_at_one(EventLoop& here, Event& event) {
  const TimePoint began = here.now();
  spawn_detached(waits_for(event));
  co_await sleep(5ms);
  const std::vector<PendingWait> waits = waits_on(here);
  EXPECT_EQ(waits.size(), 1U);
  for (const PendingWait& wait : waits) {
    const std::string kind = readable_name(*wait.kind);
    const std::string function = function_name_at(wait.resumes);
    EXPECT_NE(kind.find("Event"), std::string::npos) << kind;
    EXPECT_NE(function.find("waits_for"), std::string::npos) << function;
    EXPECT_STREQ(wait.work, "/articles/{id}");
    EXPECT_EQ(wait.since, began);
  }
  event.set();
  co_await sleep(1ms);
  EXPECT_TRUE(waits_on(here).empty());
}

TEST(PendingWaits, TellWhatWaitsForWhatSinceWhenAndForWhom) {
  VirtualClock clock;
  EventLoop loop(clock);
  Event event;
  loop.block_on(look_at_one(loop, event));
}

Task<void> look_at_many(EventLoop& here, Event& event) {
  for (int i = 0; i < 10; ++i) spawn_detached(waits_for(event));
  std::vector<PendingWait> waits;
  EXPECT_EQ(PendingWaits::collect(here, 3, waits), 10U);
  EXPECT_EQ(waits.size(), 3U);
  event.set();
  co_await sleep(1ms);
  EXPECT_TRUE(waits_on(here).empty());
}

TEST(PendingWaits, AreCountedBeyondTheLimit) {
  VirtualClock clock;
  EventLoop loop(clock);
  Event event;
  loop.block_on(look_at_many(loop, event));
}

Task<void> sleeps() { co_await sleep(1s); }

// A child that waits is found through its root, which waits for nothing itself.
Task<void> look_below(EventLoop& here) {
  bool found = false;
  auto look = [&]() -> Task<void> {
    const std::vector<PendingWait> waits = waits_on(here);
    found = waits.size() == 1 && waits[0].deadline == here.now() + 5s;
    co_return;
  };
  co_await with_timeout(5s, when_all(sleeps(), look()));
  EXPECT_TRUE(found);
}

TEST(PendingWaits, OfChildrenAreFound) {
  VirtualClock clock;
  EventLoop loop(clock);
  loop.block_on(look_below(loop));
}

}  // namespace
}  // namespace ngo
