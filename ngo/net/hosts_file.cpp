#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <functional>

#include "ngo/net/hosts_file_impl.hpp"
#include "ngo/net/socket.hpp"

namespace ngo::net {
namespace {

std::string contents(const std::string& path) {
  std::string text;
  Socket file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));  // closes any descriptor
  if (!file) return text;
  char bytes[16 * 1024];
  ssize_t got;
  while (text.size() < HostsFile::kLargest && (got = ::read(file.descriptor(), bytes, sizeof bytes)) > 0)
    text.append(bytes, static_cast<std::size_t>(got));
  return text;
}

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Takes the next word of a line.
std::string_view next_word(std::string_view& line) {
  std::size_t begin = 0;
  while (begin < line.size() && is_blank(line[begin])) ++begin;
  std::size_t end = begin;
  while (end < line.size() && !is_blank(line[end])) ++end;
  const std::string_view word = line.substr(begin, end - begin);
  line.remove_prefix(end);
  return word;
}

}  // namespace

bool FileChange::seen(TimePoint now) noexcept {
  if (looked_ && now < next_look_) return false;
  next_look_ = later(now, kPause);
  struct stat status{};
  if (path_.empty() || ::stat(path_.c_str(), &status) != 0) status = {};
  const auto changed =
      static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
  const bool same = looked_ && node_ == status.st_ino && size_ == status.st_size && changed_ == changed;
  looked_ = true;
  node_ = status.st_ino;
  size_ = status.st_size;
  changed_ = changed;
  return !same;
}

HostsTable::HostsTable(std::string text) : text_(std::move(text)) {
  for (char& c : text_) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  std::string_view rest = text_;
  while (!rest.empty()) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    line = line.substr(0, line.find('#'));
    const std::string_view address = next_word(line);
    for (std::string_view name = next_word(line); !name.empty(); name = next_word(line))
      add(name.ends_with('.') ? name.substr(0, name.size() - 1) : name, address);
  }
  index();
}

void HostsTable::add(std::string_view name, std::string_view address) {
  entries_.push_back(Entry{static_cast<std::uint32_t>(name.data() - text_.data()),
                           static_cast<std::uint32_t>(name.size()),
                           static_cast<std::uint32_t>(address.data() - text_.data()),
                           static_cast<std::uint32_t>(address.size()), 0});
}

void HostsTable::index() {
  last_.assign(std::bit_ceil(entries_.size() + 1), 0);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    Entry& entry = entries_[i];
    std::uint32_t& last =
        last_[std::hash<std::string_view>()(piece(entry.name, entry.name_size)) & (last_.size() - 1)];
    entry.next = last;
    last = static_cast<std::uint32_t>(i + 1);
  }
}

std::vector<Address> HostsTable::find(std::string_view name) const {
  std::vector<Address> found;
  if (last_.empty()) return found;
  std::uint32_t number = last_[std::hash<std::string_view>()(name) & (last_.size() - 1)];
  while (number != 0) {
    const Entry& entry = entries_[number - 1];
    number = entry.next;
    if (piece(entry.name, entry.name_size) != name) continue;
    const std::optional<Address> address = Address::parse_numeric(piece(entry.address, entry.address_size));
    if (address && std::find(found.begin(), found.end(), *address) == found.end()) found.push_back(*address);
  }
  std::reverse(found.begin(), found.end());
  return found;
}

std::vector<Address> HostsFile::find(std::string_view name, TimePoint now) {
  if (change_.path().empty()) return {};
  if (change_.seen(now)) table_ = HostsTable(contents(change_.path()));
  return table_.find(name);
}

}  // namespace ngo::net
