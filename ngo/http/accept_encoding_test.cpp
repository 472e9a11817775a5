#include "ngo/http/accept_encoding.hpp"

#include <gtest/gtest.h>

namespace ngo::http {
namespace {

constexpr std::array<Coding, 3> kOffered = {Coding::zstd, Coding::br, Coding::gzip};

Coding chosen(std::optional<std::string_view> field) { return AcceptedCodings(field).choose(kOffered); }

TEST(AcceptEncoding, PrefersTheHighestWeightAndThenOurOrder) {
  EXPECT_EQ(chosen("gzip, deflate, br, zstd"), Coding::zstd);
  EXPECT_EQ(chosen("gzip, br"), Coding::br);
  EXPECT_EQ(chosen("br;q=0.5, gzip;q=0.51"), Coding::gzip);
  EXPECT_EQ(chosen("GZIP"), Coding::gzip);
  EXPECT_EQ(chosen("x-gzip"), Coding::gzip);
  EXPECT_EQ(chosen("gzip ; q=1.000"), Coding::gzip);
  EXPECT_EQ(chosen("*"), Coding::zstd);
  EXPECT_EQ(chosen("zstd;q=0, *"), Coding::br);
}

TEST(AcceptEncoding, SendsIdentityWhenThatIsLikedBetterOrNothingFits) {
  EXPECT_EQ(chosen(std::nullopt), Coding::identity);
  EXPECT_EQ(chosen(""), Coding::identity);
  EXPECT_EQ(chosen("deflate"), Coding::identity);
  EXPECT_EQ(chosen("gzip;q=0.5, identity"), Coding::identity);
  EXPECT_EQ(chosen("gzip;q=0"), Coding::identity);
  EXPECT_EQ(chosen("*;q=0"), Coding::identity);
}

TEST(AcceptEncoding, KnowsThatIdentityIsRefused) {
  EXPECT_EQ(AcceptedCodings("identity;q=0, gzip").weight(Coding::identity), 0);
  EXPECT_EQ(AcceptedCodings("*;q=0, gzip").weight(Coding::identity), 0);
  EXPECT_GT(AcceptedCodings("gzip").weight(Coding::identity), 0);
}

TEST(AcceptEncoding, TakesABrokenWeightForARefusal) {
  for (std::string_view field :
       {"gzip;q=2", "gzip;q=", "gzip;q=.5", "gzip;q=0.5x", "gzip;q=1.5", "gzip;q=0.0000"}) {
    EXPECT_EQ(chosen(field), Coding::identity) << field;
  }
}

}  // namespace
}  // namespace ngo::http
