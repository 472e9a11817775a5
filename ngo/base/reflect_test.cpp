#include "ngo/base/reflect.hpp"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ngo {

struct AtNamespaceScope {
  int first_member = 1;
  std::string second_member;
};

namespace {

struct Empty {};
struct One {
  std::string only;
};
template <class A, class B>
struct Pair {
  A left;
  B right;
  std::map<A, B> both;
};
struct Everything {
  std::string text{"x"};
  int plain_array[3];
  std::array<int, 4> array;
  One nested;
  std::optional<int> maybe = 3;
  std::vector<Everything> children;
  std::unique_ptr<Everything> parent;
  Pair<int, long> pair;
  Empty empty;
  static int counted() { return 3; }
};
struct Wide {
  int a00, a01, a02, a03, a04, a05, a06, a07, a08, a09, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a20,
      a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, a32, a33, a34, a35, a36, a37, a38, a39, a40, a41,
      a42, a43, a44, a45, a46, a47, a48, a49, a50, a51, a52, a53, a54, a55, a56, a57, a58, a59, a60, a61, a62,
      a63;
};

TEST(Reflect, CountsMembersWhateverTheirTypes) {
  static_assert(kMemberCount<Empty> == 0);
  static_assert(kMemberCount<One> == 1);
  static_assert(kMemberCount<Pair<int, int>> == 3);
  static_assert(kMemberCount<Everything> == 9);
  static_assert(kMemberCount<Wide> == 64);
  static_assert(!Reflectable<std::string>);
  static_assert(!Reflectable<int>);
}

TEST(Reflect, NamesMembersInTheOrderOfDeclaration) {
  static_assert(member_names<AtNamespaceScope>()[0] == "first_member");
  static_assert(member_names<AtNamespaceScope>()[1] == "second_member");
  constexpr auto kNames = member_names<Everything>();
  EXPECT_EQ(kNames[0], "text");
  EXPECT_EQ(kNames[1], "plain_array");
  EXPECT_EQ(kNames[5], "children");
  EXPECT_EQ(kNames[7], "pair");
  EXPECT_EQ(kNames[8], "empty");
  EXPECT_EQ((member_names<Pair<int, std::string>>()[2]), "both");
  EXPECT_EQ(member_names<Wide>()[0], "a00");
  EXPECT_EQ(member_names<Wide>()[63], "a63");
}

TEST(Reflect, SeesStructsInsideFunctions) {
  struct Local {
    int x;
    double y;
  };
  static_assert(member_names<Local>()[1] == "y");
}

TEST(Reflect, VisitsMembersByReference) {
  AtNamespaceScope object;
  with_members(object, [](int& number, std::string& text) {
    number = 7;
    text = "seven";
  });
  EXPECT_EQ(object.first_member, 7);
  std::string seen;
  for_each_member(std::as_const(object), [&](std::string_view name, const auto& member) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(member)>, std::string>) {
      seen.append(name).append("=").append(member);
    }
  });
  EXPECT_EQ(seen, "second_member=seven");
  EXPECT_EQ(Everything::counted(), 3);
}

}  // namespace
}  // namespace ngo
