#include "ngo/http/middleware/maintenance.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/http/problem.hpp"
#include "ngo/http/response.hpp"
#include "ngo/http/status.hpp"

namespace ngo {
namespace {

using Bytes = std::array<std::uint8_t, 16>;

// IPv4 as IPv6 shows it, ::ffff:a.b.c.d.
std::optional<Bytes> bytes_of(const net::Address& address) noexcept {
  Bytes bytes{};
  sockaddr_storage storage{};
  if (address.family() == net::Address::Family::ipv4) {
    address.to_native(&storage);
    bytes[10] = bytes[11] = 0xff;
    std::memcpy(bytes.data() + 12, &reinterpret_cast<const sockaddr_in&>(storage).sin_addr, 4);
    return bytes;
  }
  if (address.family() != net::Address::Family::ipv6) return std::nullopt;
  address.to_native(&storage);
  std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(storage).sin6_addr, 16);
  return bytes;
}

bool same_prefix(const Bytes& a, const Bytes& b, unsigned bits) noexcept {
  const unsigned whole = bits / 8;
  if (std::memcmp(a.data(), b.data(), whole) != 0) return false;
  const unsigned rest = bits % 8;
  return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

// An address and the bits that count of its IPv6 form.
std::pair<net::Address, unsigned> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const net::Address address = net::Address::parse(text.substr(0, slash), 0);
  if (address.family() == net::Address::Family::unix_path)
    throw Error(Code::invalid_argument, in_quotes(text) + " is no network address");
  const unsigned most = address.family() == net::Address::Family::ipv4 ? 32 : 128;
  unsigned bits = most;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    bits = 0;
    bool good = !digits.empty() && digits.size() <= 3;
    for (const char c : digits) {
      good = good && c >= '0' && c <= '9';
      bits = bits * 10 + static_cast<unsigned>(c - '0');
    }
    if (!good || bits > most) {
      throw Error(
          Code::invalid_argument,
          in_quotes(text) + " is no network; right is 10.0.0.0/8, with at most /" + std::to_string(most));
    }
  }
  return {address, bits + (128 - most)};
}

}  // namespace

std::string http::MaintenanceOptions::mistake() const {
  for (const std::string& path : paths) {
    if (path.empty() || path.front() != '/')
      return "paths: " + in_quotes(path) + " does not begin with \"/\"";
  }
  if (retry_after <= std::chrono::seconds::zero()) return "retryAfter: must be at least 1s";
  try {
    for (const std::string& each : addresses) static_cast<void>(parse_network(each));
  } catch (const Error& error) {
    return "addresses: " + error.message();
  }
  return {};
}

void Maintenance::configure(const http::MaintenanceOptions& options) {
  if (std::string mistake = options.mistake(); !mistake.empty())
    throw Error(Code::invalid_argument, std::move(mistake));
  message_ = options.message;
  paths_ = options.paths;
  for (std::string& path : paths_) {
    while (path.size() > 1 && path.back() == '/') path.pop_back();
  }
  networks_.clear();
  for (const std::string& each : options.addresses) {
    auto [address, bits] = parse_network(each);
    networks_.push_back({std::move(address), bits});
  }
  retry_after_ = options.retry_after.count();
  on_ = options.enabled;
}

void Maintenance::begin(std::chrono::seconds retry_after) noexcept {
  if (retry_after > std::chrono::seconds::zero()) retry_after_ = retry_after.count();
  on_ = true;
}

bool Maintenance::admits(std::string_view path, const net::Address& client) const {
  for (const std::string& allowed : paths_) {
    if (allowed == "/" || (path.substr(0, allowed.size()) == allowed &&
                           (path.size() == allowed.size() || path[allowed.size()] == '/')))
      return true;
  }
  if (networks_.empty()) return false;
  const std::optional<Bytes> bytes = bytes_of(client);
  for (const Network& network : networks_) {
    if (bytes && same_prefix(*bytes, *bytes_of(network.address), network.bits)) return true;
  }
  return false;
}

void Maintenance::answer(std::string_view path, Response& response) const {
  http::render_problem(status::kServiceUnavailable, message_, path, response);
  response.header("Retry-After", std::to_string(retry_after().count()));
}

}  // namespace ngo
