#include "ngo/base/alternate_stack.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <cstdint>
#include <thread>

namespace ngo {
namespace {

stack_t current() {
  stack_t now{};
  sigaltstack(nullptr, &now);
  return now;
}

TEST(AlternateStack, IsThereForAsLongAsTheObjectLives) {
  std::thread([] {
    const stack_t before = current();
    {
      const AlternateStack stack;
      EXPECT_EQ(current().ss_flags & SS_DISABLE, 0);
    }
    EXPECT_EQ(current().ss_flags & SS_DISABLE, before.ss_flags & SS_DISABLE);
  }).join();
}

TEST(AlternateStack, LeavesTheOneThatIsThere) {
  std::thread([] {
    const AlternateStack first;
    const void* const place = current().ss_sp;
    {
      const AlternateStack second;
      EXPECT_EQ(current().ss_sp, place);
    }
    EXPECT_EQ(current().ss_sp, place);
    EXPECT_EQ(current().ss_flags & SS_DISABLE, 0);
  }).join();
}

TEST(AlternateStack, IsWhereAHandlerRuns) {
  static std::uintptr_t place = 0;
  struct sigaction action{};
  struct sigaction before{};
  // Not of a variable: the address sanitizer keeps those elsewhere.
  action.sa_handler = [](int) { place = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)); };
  action.sa_flags = SA_ONSTACK;
  ASSERT_EQ(sigaction(SIGUSR1, &action, &before), 0);
  std::thread([] {
    const AlternateStack stack;
    const stack_t ours = current();
    pthread_kill(pthread_self(), SIGUSR1);
    const auto begin = reinterpret_cast<std::uintptr_t>(ours.ss_sp);
    EXPECT_GE(place, begin);
    EXPECT_LT(place, begin + ours.ss_size);
  }).join();
  sigaction(SIGUSR1, &before, nullptr);
}

}  // namespace
}  // namespace ngo
