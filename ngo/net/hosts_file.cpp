#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>

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

// Takes the next word of a line.
std::string_view next_word(std::string_view& line) {
  constexpr std::string_view kBlank = " \t\r\f\v";
  const std::size_t begin = std::min(line.find_first_not_of(kBlank), line.size());
  line.remove_prefix(begin);
  const std::size_t end = std::min(line.find_first_of(kBlank), line.size());
  const std::string_view word = line.substr(0, end);
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

const std::vector<Address>* HostsFile::find(const std::string& name, TimePoint now) {
  if (change_.path().empty()) return nullptr;
  if (change_.seen(now)) names_ = parse(contents(change_.path()));
  const auto found = names_.find(name);
  return found == names_.end() ? nullptr : &found->second;
}

HostsFile::Names HostsFile::parse(std::string_view text) {
  Names names;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line = line.substr(0, line.find('#'));
    const std::optional<Address> address = Address::parse_numeric(next_word(line));
    if (!address) continue;
    for (std::string_view word = next_word(line); !word.empty(); word = next_word(line)) {
      std::string name(word.ends_with('.') ? word.substr(0, word.size() - 1) : word);
      for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      std::vector<Address>& addresses = names[std::move(name)];
      if (std::find(addresses.begin(), addresses.end(), *address) == addresses.end())
        addresses.push_back(*address);
    }
  }
  return names;
}

}  // namespace ngo::net
