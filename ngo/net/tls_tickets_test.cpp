#include <gtest/gtest.h>

#include <array>
#include <memory>

#include "ngo/net/tls_server_context_impl.hpp"

namespace ngo::tls {
namespace {

using std::chrono_literals::operator""h;

// One ticket: the name of its key, and what it is encrypted and signed with.
struct Ticket {
  std::array<unsigned char, 16> name{};
  std::array<unsigned char, EVP_MAX_IV_LENGTH> iv{};

  int use(TicketKeys& keys, TimePoint now, bool encrypt) {
    const std::unique_ptr<EVP_CIPHER_CTX, Freed<&EVP_CIPHER_CTX_free>> cipher(EVP_CIPHER_CTX_new());
    const std::unique_ptr<EVP_MAC, Freed<&EVP_MAC_free>> algorithm(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
    const std::unique_ptr<EVP_MAC_CTX, Freed<&EVP_MAC_CTX_free>> mac(EVP_MAC_CTX_new(algorithm.get()));
    return keys.use(now, name.data(), iv.data(), cipher.get(), mac.get(), encrypt);
  }
};

TEST(TicketKeys, ATicketIsReadUntilItsKeyIsThreeRotationsOld) {
  const TimePoint start{};
  TicketKeys keys(24h, start);
  Ticket ticket;
  ASSERT_EQ(ticket.use(keys, start, true), 1);
  EXPECT_EQ(ticket.use(keys, start + 11h, false), 1);
  EXPECT_EQ(ticket.use(keys, start + 13h, false), 2) << "good, but a new one is due";
  EXPECT_EQ(ticket.use(keys, start + 35h, false), 2);
  EXPECT_EQ(ticket.use(keys, start + 37h, false), 0);
}

TEST(TicketKeys, AfterALongSilenceOldTicketsAreUnknown) {
  const TimePoint start{};
  TicketKeys keys(24h, start);
  Ticket ticket;
  ASSERT_EQ(ticket.use(keys, start, true), 1);
  const TimePoint later = start + 24h * 365;
  EXPECT_EQ(ticket.use(keys, later, false), 0);
  ASSERT_EQ(ticket.use(keys, later, true), 1);
  EXPECT_EQ(ticket.use(keys, later, false), 1);
}

TEST(TicketKeys, TicketsOfAnotherProcessAreUnknown) {
  TicketKeys ours(24h, TimePoint{});
  TicketKeys theirs(24h, TimePoint{});
  Ticket ticket;
  ASSERT_EQ(ticket.use(theirs, TimePoint{}, true), 1);
  EXPECT_EQ(ticket.use(ours, TimePoint{}, false), 0);
}

}  // namespace
}  // namespace ngo::tls
