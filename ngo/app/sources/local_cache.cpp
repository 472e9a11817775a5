#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "ngo/app/sources/local_cache_impl.hpp"
#include "ngo/base/timestamp.hpp"
#include "ngo/codec/json.hpp"

namespace ngo::app {
namespace {

struct KeptDocument {
  std::string source;
  std::string format;
  std::string text;
  std::string key;
  bool secret = false;
};

struct KeptFile {
  std::string owner;
  SystemTime saved;
  std::vector<KeptDocument> documents;
};

// Writes all of it to a file of that name, which must not be there, and to the disk.
bool write_file(const std::string& path, std::string_view text) {
  const int file =
      open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
  if (file < 0) return false;
  bool good = true;
  while (good && !text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    good = written > 0;
    if (good) text.remove_prefix(static_cast<std::size_t>(written));
  }
  good = good && fsync(file) == 0;
  const int why = errno;
  close(file);
  errno = why;
  return good;
}

}  // namespace

std::optional<LocalCache::Kept> LocalCache::load() const {
  std::ifstream file(path_, std::ios::binary);
  if (path_.empty() || !file.is_open()) return std::nullopt;
  const std::string text(std::istreambuf_iterator<char>(file), {});
  KeptFile read;
  Problems problems;
  if (!json::parse_into(type_of<KeptFile>(), &read, text, {}, problems) || read.owner != owner_)
    return std::nullopt;
  Kept out;
  out.saved = read.saved;
  for (KeptDocument& each : read.documents) {
    const std::optional<config::Format> format = config::format_of_name(each.format);
    if (!format) return std::nullopt;
    config::Document& document = out.documents.emplace_back();
    document.source = std::move(each.source);
    document.format = *format;
    document.text = std::move(each.text);
    document.key = std::move(each.key);
    document.secret = each.secret;
  }
  return out;
}

std::string LocalCache::store(const std::vector<config::Document>& documents, WallTime now) const {
  if (path_.empty()) return {};
  KeptFile kept;
  kept.owner = owner_;
  kept.saved = std::chrono::time_point_cast<SystemTime::duration>(now);
  for (const config::Document& each : documents) {
    KeptDocument& document = kept.documents.emplace_back();
    document.source = each.source;
    document.format = config::name_of(each.format);
    document.text = each.text;
    document.key = each.key;
    document.secret = each.secret;
  }
  const std::string temporary = path_ + "." + std::to_string(getpid());
  unlink(temporary.c_str());  // of a process that was cut short
  if (write_file(temporary, json::to_string(kept)) && std::rename(temporary.c_str(), path_.c_str()) == 0)
    return {};
  const std::string why = std::strerror(errno);
  unlink(temporary.c_str());
  return "the last good configuration cannot be kept in " + path_ + ": " + why;
}

}  // namespace ngo::app
