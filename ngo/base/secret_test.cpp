#include "ngo/base/secret.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace ngo {
namespace {

TEST(Secret, IsGivenAwayByValueAlone) {
  const Secret<std::string> secret("s3cret");
  EXPECT_EQ(secret.value(), "s3cret");
  std::string out;
  TextFormat<Secret<std::string>>::write(secret, out);
  EXPECT_EQ(out, "***");
}

TEST(Secret, IsOverwrittenWhenItIsMovedAway) {
  Secret<std::string> from("s3cret");
  const Secret<std::string> to(std::move(from));
  EXPECT_EQ(to.value(), "s3cret");
  EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): that is the question
}

TEST(Secret, WipingLeavesNothingInTheMemory) {
  std::string text(100, 'x');
  const char* const memory = text.data();
  detail::wipe(text);
  EXPECT_TRUE(text.empty());
  for (int i = 0; i < 100; ++i) ASSERT_EQ(memory[i], '\0');
}

TEST(Secret, IsKnownByItsTypeInListsAndOptionsToo) {
  EXPECT_TRUE(is_secret(type_of<Secret<std::string>>()));
  EXPECT_TRUE(is_secret(type_of<std::vector<Secret<std::string>>>()));
  EXPECT_FALSE(is_secret(type_of<std::vector<std::string>>()));
}

}  // namespace
}  // namespace ngo
