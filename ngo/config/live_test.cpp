#include "ngo/config/live.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace ngo {
namespace {

struct House {
  int seats = 0;
  int twin = 0;
};

std::shared_ptr<const House> house(int seats) { return std::make_shared<const House>(House{seats, seats}); }

TEST(Live, ShowsTheLatestValueAndASnapshotKeepsItsOwn) {
  auto cell = std::make_shared<config::LiveCell>(house(1));
  const Live<House> live(cell);
  EXPECT_EQ(live->seats, 1);
  const Config<House> now = live.now();
  cell->set(house(2));
  EXPECT_EQ(live->seats, 2);
  EXPECT_EQ(now->seats, 1);
  EXPECT_EQ(live.now()->seats, 2);
}

TEST(Live, ValuesThatNobodyReadsAnyMoreAreFreed) {
  auto first = house(1);
  const std::weak_ptr<const House> gone = first;
  auto cell = std::make_shared<config::LiveCell>(std::move(first));
  const Live<House> live(cell);
  EXPECT_EQ(live->seats, 1);
  cell->set(house(2));
  EXPECT_FALSE(gone.expired());  // this thread may still look at it
  EXPECT_EQ(live->seats, 2);
  EXPECT_TRUE(gone.expired());
}

TEST(Live, TwoOfOneTypeAreToldApart) {
  const Live<House> one(House{1, 1});
  const Live<House> two(House{2, 2});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(one->seats, 1);
    EXPECT_EQ(two->seats, 2);
  }
}

TEST(Live, AWatcherGetsTheOldAndTheNewValueUntilItLeaves) {
  auto cell = std::make_shared<config::LiveCell>(house(1));
  const Live<House> live(cell);
  std::vector<int> told;
  std::shared_ptr<void> watch = live.on_change(
      [&](const House& before, const House& after) { told.push_back(before.seats * 10 + after.seats); });
  cell->set(house(2));
  cell->set(house(3));
  watch.reset();
  cell->set(house(4));
  EXPECT_EQ(told, (std::vector<int>{12, 23}));
}

TEST(Live, AWatcherMayLeaveWhileItIsTold) {
  auto cell = std::make_shared<config::LiveCell>(house(1));
  const Live<House> live(cell);
  int told = 0;
  std::shared_ptr<void> watch;
  watch = live.on_change([&](const House&, const House&) {
    ++told;
    watch.reset();
  });
  cell->set(house(2));
  cell->set(house(3));
  EXPECT_EQ(told, 1);
}

TEST(Live, NoThreadSeesAHalfOfAValue) {
  auto cell = std::make_shared<config::LiveCell>(house(0));
  std::atomic<bool> end{false};
  std::atomic<int> torn{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      const Live<House> live(cell);
      int last = 0;
      while (!end) {
        const Config<House> now = live.now();
        if (now->seats != now->twin || now->seats < last) ++torn;
        last = now->seats;
      }
    });
  }
  for (int i = 1; i <= 2000; ++i) cell->set(house(i));
  end = true;
  for (std::thread& each : readers) each.join();
  EXPECT_EQ(torn, 0);
}

}  // namespace
}  // namespace ngo
