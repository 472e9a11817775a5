#include <algorithm>
#include <optional>
#include <string>

#include "ngo/net/dns_message_impl.hpp"

namespace ngo::net {
namespace {

constexpr std::size_t kHeader = 12;
constexpr std::size_t kMostRecords = 512;  // of the kinds that are kept
constexpr int kMostAliases = 16;
constexpr int kMostJumps = 64;  // of one compressed name
constexpr std::size_t kLongestName = 255;
constexpr std::uint16_t kInternet = 1;
constexpr std::uint16_t kAlias = 5;      // CNAME
constexpr std::uint16_t kAuthority = 6;  // SOA

struct Record {
  std::string owner;
  std::uint16_t type = 0;
  std::uint32_t ttl = 0;
  std::span<const std::uint8_t> data;
};

// Goes through a message; every step says whether the bytes sufficed.
class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> message) : message_(message), at_(kHeader) {}

  [[nodiscard]] std::uint16_t number(std::size_t at) const {
    return static_cast<std::uint16_t>(message_[at] << 8 | message_[at + 1]);
  }

  // The name at `at` in lower case, and how many bytes it takes there. Not by ares_expand_name(), which
  // follows as many references as the message has bytes: a hostile answer could hold the worker for long.
  [[nodiscard]] std::optional<std::string> name(std::size_t at, std::size_t& size) const {
    std::string text;
    int jumps = 0;
    const std::size_t begin = at;
    for (;;) {
      if (at >= message_.size()) return std::nullopt;
      const std::size_t length = message_[at];
      if ((length & 0xc0) == 0xc0) {
        if (at + 2 > message_.size() || ++jumps > kMostJumps) return std::nullopt;
        if (jumps == 1) size = at + 2 - begin;
        at = number(at) & 0x3fffU;
        continue;
      }
      ++at;
      if (length == 0) break;
      if (length > 63 || at + length > message_.size() || text.size() + length >= kLongestName)
        return std::nullopt;
      if (!text.empty()) text += '.';
      for (std::size_t i = 0; i < length; ++i) text += character(message_[at + i]);
      at += length;
    }
    if (jumps == 0) size = at - begin;
    return text;
  }

  bool skip_question() {
    std::size_t size = 0;
    if (!name(at_, size) || at_ + size + 4 > message_.size()) return false;
    at_ += size + 4;
    return true;
  }

  bool next(Record& record) {
    std::size_t size = 0;
    std::optional<std::string> owner = name(at_, size);
    if (!owner || at_ + size + 10 > message_.size()) return false;
    at_ += size;
    const std::size_t length = number(at_ + 8);
    if (at_ + 10 + length > message_.size()) return false;
    record.owner = std::move(*owner);
    // A record of another class is none for us.
    record.type = number(at_ + 2) == kInternet ? number(at_) : 0;
    record.ttl = std::uint32_t{number(at_ + 4)} << 16 | number(at_ + 6);
    if (record.ttl > 0x7fffffff) record.ttl = 0;  // RFC 2181, section 8
    record.data = message_.subspan(at_ + 10, length);
    at_ += 10 + length;
    return true;
  }

  // The name inside of a record's data.
  [[nodiscard]] std::optional<std::string> name_in(const Record& record, std::size_t offset,
                                                   std::size_t& size) const {
    std::optional<std::string> found =
        name(static_cast<std::size_t>(record.data.data() - message_.data()) + offset, size);
    return found && offset + size <= record.data.size() ? found : std::nullopt;
  }

 private:
  static char character(std::uint8_t byte) {
    if (byte >= 'A' && byte <= 'Z') return static_cast<char>(byte - 'A' + 'a');
    // What would read like another name.
    return byte <= ' ' || byte == '.' || byte >= 0x7f ? '?' : static_cast<char>(byte);
  }

  std::span<const std::uint8_t> message_;
  std::size_t at_;
};

DnsAnswer failed(std::string_view problem) {
  DnsAnswer answer;
  answer.problem = problem;
  return answer;
}

// False: the record cannot be read.
bool take(const Reader& reader, const Record& record, RecordType type, DnsAnswer& answer) {
  if (type == RecordType::srv) {
    std::size_t size = 0;
    if (record.data.size() < 7) return false;
    std::optional<std::string> host = reader.name_in(record, 6, size);
    if (!host) return false;
    auto number = [&](std::size_t at) {
      return static_cast<std::uint16_t>(record.data[at] << 8 | record.data[at + 1]);
    };
    answer.services.push_back(Service{std::move(*host), number(4), number(0), number(2)});
    return true;
  }
  if (record.data.size() != (type == RecordType::a ? 4U : 16U)) return false;
  Address address = Address::from_bytes(record.data, 0);
  if (std::find(answer.addresses.begin(), answer.addresses.end(), address) == answer.addresses.end())
    answer.addresses.push_back(std::move(address));
  return true;
}

std::string_view refusal(unsigned code) {
  switch (code) {
    case 1: return "the server did not understand the question (FORMERR)";
    case 2: return "the server failed (SERVFAIL)";
    case 4: return "the server does not know such questions (NOTIMP)";
    case 5: return "the server refused (REFUSED)";
    default: return "the server answered with an error";
  }
}

}  // namespace

std::string_view to_string(RecordType type) noexcept {
  switch (type) {
    case RecordType::a: return "A";
    case RecordType::aaaa: return "AAAA";
    case RecordType::srv: return "SRV";
  }
  return "?";
}

DnsAnswer parse_dns_answer(std::span<const std::uint8_t> message, std::string_view name, RecordType type) {
  constexpr std::string_view kUnreadable = "the answer cannot be read";
  if (message.size() < kHeader || (message[2] & 0x80) == 0) return failed(kUnreadable);
  Reader reader(message);
  const unsigned code = message[3] & 0x0f;
  if (code != 0 && code != 3) return failed(refusal(code));
  for (unsigned i = reader.number(4); i > 0; --i) {
    if (!reader.skip_question()) return failed(kUnreadable);
  }

  std::vector<Record> records;
  std::vector<Record> aliases;
  Record record;
  for (unsigned i = reader.number(6); i > 0; --i) {
    if (!reader.next(record)) return failed(kUnreadable);
    if (records.size() + aliases.size() >= kMostRecords) continue;
    if (record.type == static_cast<std::uint16_t>(type)) records.push_back(record);
    if (record.type == kAlias) aliases.push_back(record);
  }

  DnsAnswer answer;
  answer.ttl = 0x7fffffff;
  // From the name along its aliases, in whatever order they stand.
  std::string owner(name);
  for (int i = 0; i < kMostAliases; ++i) {
    auto alias =
        std::find_if(aliases.begin(), aliases.end(), [&](const Record& r) { return r.owner == owner; });
    if (alias == aliases.end()) break;
    std::size_t size = 0;
    std::optional<std::string> target = reader.name_in(*alias, 0, size);
    if (!target) return failed(kUnreadable);
    answer.ttl = std::min(answer.ttl, alias->ttl);
    owner = std::move(*target);
  }
  for (const Record& each : records) {
    if (each.owner != owner) continue;
    if (!take(reader, each, type, answer)) return failed(kUnreadable);
    answer.ttl = std::min(answer.ttl, each.ttl);
  }
  if (!answer.addresses.empty() || !answer.services.empty()) {
    answer.kind = DnsAnswer::Kind::records;
    return answer;
  }

  answer.kind = code == 3 ? DnsAnswer::Kind::no_name : DnsAnswer::Kind::no_data;
  answer.ttl = 0;
  for (unsigned i = reader.number(8); i > 0; --i) {
    // What is wrong behind the answer itself does not change it.
    if (!reader.next(record)) break;
    if (record.type != kAuthority || record.data.size() < 20) continue;
    const std::span<const std::uint8_t> last = record.data.last(4);
    const std::uint32_t minimum = std::uint32_t{last[0]} << 24 | std::uint32_t{last[1]} << 16 |
                                  std::uint32_t{last[2]} << 8 | std::uint32_t{last[3]};
    answer.ttl = std::min(record.ttl, minimum);
    break;
  }
  return answer;
}

}  // namespace ngo::net
