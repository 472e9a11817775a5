#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "ngo/base/error.hpp"
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

// A file that goes with it.
class KeyFile {
 public:
  explicit KeyFile(const std::string& bytes, mode_t mode = 0600) {
    const int file = mkstemp(path_.data());
    EXPECT_EQ(write(file, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    fchmod(file, mode);
    close(file);
  }
  KeyFile(const KeyFile&) = delete;
  KeyFile& operator=(const KeyFile&) = delete;
  ~KeyFile() { unlink(path_.c_str()); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  std::string path_ = testing::TempDir() + "ticket-key-XXXXXX";
};

std::string why_not(const std::vector<std::string>& files) {
  try {
    const TicketKeys keys(files);
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

TEST(TicketKeys, OfFilesAreSharedByProcessesAndTheFirstEncrypts) {
  const KeyFile old_key(std::string(80, 'o'));
  const KeyFile new_key(std::string(80, 'n'));
  TicketKeys before(std::vector{old_key.path()});
  TicketKeys after(std::vector{new_key.path(), old_key.path()});
  Ticket ticket;
  ASSERT_EQ(ticket.use(before, TimePoint{}, true), 1);
  EXPECT_EQ(ticket.use(after, TimePoint{} + 24h * 365, false), 2) << "good, but a new one is due";
  ASSERT_EQ(ticket.use(after, TimePoint{}, true), 1);
  EXPECT_EQ(ticket.name[0], 'n');
  EXPECT_EQ(ticket.use(before, TimePoint{}, false), 0);
}

TEST(TicketKeys, AFileThatIsWrongIsNamedWithWhatWouldBeRight) {
  const KeyFile small(std::string(48, 'x'));
  EXPECT_NE(why_not({small.path()}).find(small.path() + " has 48 bytes; expected 80"), std::string::npos);
  const KeyFile open(std::string(80, 'x'), 0640);
  EXPECT_NE(why_not({open.path()}).find("can be read by others"), std::string::npos);
  EXPECT_NE(why_not({"/nowhere/key"}).find("/nowhere/key"), std::string::npos);
}

}  // namespace
}  // namespace ngo::tls
