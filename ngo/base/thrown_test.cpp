#include "ngo/base/thrown.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "ngo/base/error.hpp"

namespace ngo {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kAvailable = false;
#elif defined(__has_feature)
constexpr bool kAvailable = !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer);
#else
constexpr bool kAvailable = true;
#endif

[[gnu::noinline]] void fail_deep_inside(int depth) {
  if (depth == 0) throw std::runtime_error("deep");
  fail_deep_inside(depth - 1);
  asm volatile("" ::: "memory");  // no tail call
}

class Thrown : public testing::Test {
 protected:
  void SetUp() override {
    if (!kAvailable) GTEST_SKIP() << "the sanitizer has a __cxa_throw of its own";
  }
};

TEST_F(Thrown, IsNamedByTheFunctionsThatLedToIt) {
  remember_throws();
  for (int i = 0; i < 2; ++i) {
    try {
      fail_deep_inside(3);
      FAIL();
    } catch (const std::exception& error) {
      EXPECT_THAT(where_thrown(error),
                  testing::StartsWith("ngo::(anonymous namespace)::fail_deep_inside(int) < "));
    }
  }
}

TEST_F(Thrown, IsKnownForWhatTheLibraryThrowsToo) {
  remember_throws();
  try {
    static_cast<void>(std::vector<int>().at(3));
    FAIL();
  } catch (const std::exception& error) {
    EXPECT_THAT(where_thrown(error), testing::HasSubstr("IsKnownForWhatTheLibraryThrowsToo"));
  }
}

TEST_F(Thrown, IsFoundAgainAfterAnotherOneWasThrownMeanwhile) {
  remember_throws();
  try {
    fail_deep_inside(1);
  } catch (const std::exception& error) {
    try {
      throw std::logic_error("other");
    } catch (const std::exception& other) {
      EXPECT_THAT(where_thrown(other), testing::Not(testing::HasSubstr("fail_deep_inside")));
    }
    EXPECT_THAT(where_thrown(error), testing::HasSubstr("fail_deep_inside"));
  }
}

TEST_F(Thrown, IsNotNotedForErrorsOfOursNorOnOtherThreads) {
  remember_throws();
  try {
    throw Error(Code::not_found, "expected");
  } catch (const std::exception& error) {
    EXPECT_EQ(where_thrown(error), "");
  }
  std::thread([] {
    try {
      fail_deep_inside(1);
    } catch (const std::exception& error) {
      EXPECT_EQ(where_thrown(error), "");
    }
  }).join();
}

}  // namespace
}  // namespace ngo
