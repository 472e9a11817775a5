#include "ngo/config/file_watch.hpp"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <utility>

#include "ngo/config/paths_impl.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::config {
namespace {

constexpr std::uint32_t kOfDirectory = IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE |
                                       IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr std::uint32_t kOfFile = IN_MODIFY | IN_CLOSE_WRITE;
constexpr int kMostLinks = 40;

std::string look_of(const struct stat& status) {
  std::string out;
  for (const auto number :
       {static_cast<long long>(status.st_dev), static_cast<long long>(status.st_ino),
        static_cast<long long>(status.st_size), static_cast<long long>(status.st_mtim.tv_sec),
        static_cast<long long>(status.st_mtim.tv_nsec), static_cast<long long>(status.st_ctim.tv_sec),
        static_cast<long long>(status.st_ctim.tv_nsec)}) {
    out.append(std::to_string(number)).push_back(' ');
  }
  return out;
}

std::string look_of_file(const std::string& path) {
  struct stat status{};
  return stat(path.c_str(), &status) == 0 ? look_of(status) : std::string();
}

// Empty for what is not there; something else after every change.
std::string look_of_any(const std::string& path) {
  std::string out;
  if (is_pattern(path)) {
    for (const std::string& each : matches_of(path)) out.append(each).append(" ").append(look_of_file(each));
    return out.empty() ? "nothing" : out;
  }
  struct stat status{};
  if (stat(path.c_str(), &status) != 0) return out;
  if (!S_ISDIR(status.st_mode)) return look_of(status);
  for (const std::string& name : files_in(path).value_or(std::vector<std::string>()))
    out.append(name).append(" ").append(look_of_file(path_in(path, name)));
  return out.empty() ? "nothing" : out;
}

std::string directory_part(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

FileWatch::FileWatch() : loop_(EventLoop::current()), descriptor_(inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  if (descriptor_) loop_.poller().add(descriptor_.descriptor(), *this);
}

FileWatch::~FileWatch() {
  if (descriptor_) loop_.poller().remove(descriptor_.descriptor(), *this);
}

bool FileWatch::watch(const std::vector<std::string>& paths) {
  std::map<std::string, std::string> seen;
  bool is_new = false;
  // First armed and then looked at, so that nothing happens between the two.
  for (const std::string& path : paths) {
    const auto known = seen_.find(path);
    is_new |= known == seen_.end();
    seen[path] = known == seen_.end() ? "" : known->second;
  }
  std::swap(seen, seen_);
  arm();
  for (auto& [path, look] : seen_) {
    if (!seen.contains(path)) look = look_of_any(path);
  }
  return is_new;
}

void FileWatch::see() {
  drain();
  touched_ = false;
  for (auto& [path, look] : seen_) look = look_of_any(path);
}

bool FileWatch::is_as_seen() {
  drain();
  return !touched_ && !is_different();
}

bool FileWatch::is_different() const {
  return std::any_of(seen_.begin(), seen_.end(),
                     [](const auto& each) { return look_of_any(each.first) != each.second; });
}

bool FileWatch::is_something_gone() const {
  return std::any_of(seen_.begin(), seen_.end(), [](const auto& each) {
    return !each.second.empty() && look_of_any(each.first).empty();
  });
}

bool FileWatch::is_being_written() {
  std::erase_if(open_, [this](const auto& each) { return each.second + kOpen < loop_.now(); });
  return !open_.empty();
}

Task<void> FileWatch::changed() {
  while (true) {
    drain();
    if (!touched_ && !is_different()) {
      stirred_.reset();
      loop_.timers().arm(timer_, loop_.now() + (descriptor_ ? kLook : kLookAlone));
      co_await stirred_.wait();
      timer_.disarm();
      continue;
    }
    // Something is going on: until it is at rest.
    const TimePoint begin = loop_.now();
    TimePoint quiet_since = begin;
    std::map<std::string, std::string> before;
    while (true) {
      std::map<std::string, std::string> now;
      for (const auto& each : seen_) now[each.first] = look_of_any(each.first);
      if (std::exchange(touched_, false) || now != before) quiet_since = loop_.now();
      before = std::move(now);
      const Duration quiet = loop_.now() - quiet_since;
      // What never rests is looked at in between.
      if (loop_.now() - begin >= kOpen && !is_being_written()) break;
      if (quiet >= kQuiet && !is_being_written() && (quiet >= kGone || !is_something_gone())) break;
      co_await sleep(kQuiet);
      drain();
    }
    touched_ = true;  // until somebody has seen it
    co_return;
  }
}

void FileWatch::on_ready(Readiness) noexcept { stirred_.set(); }

void FileWatch::drain() {
  if (!descriptor_) return;
  alignas(inotify_event) char block[16 * 1024];
  while (true) {
    const ssize_t size = read(descriptor_.descriptor(), block, sizeof block);
    if (size <= 0) break;
    for (ssize_t at = 0; at < size;) {
      const auto* const event = reinterpret_cast<const inotify_event*>(block + at);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
      if ((event->mask & IN_Q_OVERFLOW) != 0) touched_ = moved_ = true;
      take(event->wd, event->mask, event->len == 0 ? std::string_view() : std::string_view(event->name));
    }
  }
  if (std::exchange(moved_, false)) arm();
}

void FileWatch::take(int wd, std::uint32_t mask, std::string_view name) {
  if (const auto file = files_of_.find(wd); file != files_of_.end()) {
    touched_ = true;
    for (const std::string& path : file->second) {
      if ((mask & IN_MODIFY) != 0) {
        open_[path] = loop_.now();
      } else {
        open_.erase(path);
      }
    }
    if ((mask & IN_IGNORED) != 0) moved_ = true;
    return;
  }
  const auto found = directory_of_.find(wd);
  if (found == directory_of_.end()) return;
  if (name.empty()) {  // the directory itself
    touched_ = moved_ = true;
    return;
  }
  const Directory& directory = directories_[found->second];
  if (!directory.all &&
      std::find(directory.names.begin(), directory.names.end(), name) == directory.names.end()) {
    return;
  }
  touched_ = moved_ = true;
  const std::string path = path_in(found->second, name);
  struct stat status{};
  // What is made empty is going to be written; a link or a directory is complete.
  const bool is_made = (mask & IN_CREATE) != 0 && lstat(path.c_str(), &status) == 0 &&
                       S_ISREG(status.st_mode) && status.st_nlink == 1;
  if (is_made) {
    open_[path] = loop_.now();
  } else {
    open_.erase(path);
  }
}

// All directories on the way to what the path leads to in which something could send it elsewhere.
void FileWatch::add_way(const std::string& path, std::map<std::string, Directory>& directories) const {
  std::string rest = path;
  std::string at = rest.starts_with('/') ? "/" : ".";
  for (int links = 0; links < kMostLinks;) {
    const std::size_t begin = rest.find_first_not_of('/');
    if (begin == std::string::npos) return;
    rest.erase(0, begin);
    const std::size_t end = rest.find('/');
    const std::string name = rest.substr(0, end);
    rest = end == std::string::npos ? "" : rest.substr(end);
    const bool is_last = rest.find_first_not_of('/') == std::string::npos;
    const std::string here = path_in(at, name);
    struct stat status{};
    const bool is_there = lstat(here.c_str(), &status) == 0;
    const bool is_link = is_there && S_ISLNK(status.st_mode);
    if (is_last || !is_there || is_link) directories[at].names.push_back(name);
    if (!is_there) return;
    if (!is_link) {
      at = here;
      continue;
    }
    char target[PATH_MAX];
    const ssize_t size = readlink(here.c_str(), target, sizeof target);
    if (size <= 0) return;
    rest.insert(0, target, static_cast<std::size_t>(size));
    if (rest.starts_with('/')) at = "/";
    ++links;
  }
}

void FileWatch::arm() {
  if (!descriptor_) return;
  std::map<std::string, Directory> directories;
  std::vector<std::string> files;
  for (const auto& each : seen_) {
    const std::string& path = each.first;
    std::vector<std::string> places{path};
    if (is_pattern(path)) {
      places = matches_of(path);
      const std::string base = directory_part(path.substr(0, path.find_first_of(kWildcards)));
      places.push_back(base);
      directories[base].all = true;
    }
    for (const std::string& place : places) {
      add_way(place, directories);
      struct stat status{};
      if (stat(place.c_str(), &status) != 0) continue;
      if (!S_ISDIR(status.st_mode)) {
        files.push_back(place);
        continue;
      }
      directories[place].all = true;
      for (const std::string& name : files_in(place).value_or(std::vector<std::string>()))
        files.push_back(path_in(place, name));
    }
  }
  std::map<int, std::string> directory_of;
  for (auto& [path, directory] : directories) {
    const int wd = inotify_add_watch(descriptor_.descriptor(), path.c_str(), kOfDirectory);
    if (wd < 0) continue;
    // Two names of one directory: what matters in it matters under either.
    if (const auto twin = directory_of.find(wd); twin != directory_of.end()) {
      Directory& first = directories[twin->second];
      first.all |= directory.all;
      first.names.insert(first.names.end(), directory.names.begin(), directory.names.end());
      continue;
    }
    directory_of[wd] = path;
  }
  std::map<int, std::vector<std::string>> files_of;
  for (const std::string& path : files) {
    const int wd = inotify_add_watch(descriptor_.descriptor(), path.c_str(), kOfFile);
    if (wd >= 0) files_of[wd].push_back(path);
  }
  const auto leave = [&](int wd) {
    if (!directory_of.contains(wd) && !files_of.contains(wd)) inotify_rm_watch(descriptor_.descriptor(), wd);
  };
  for (const auto& each : directory_of_) leave(each.first);
  for (const auto& each : files_of_) leave(each.first);
  directories_ = std::move(directories);
  directory_of_ = std::move(directory_of);
  files_of_ = std::move(files_of);
}

}  // namespace ngo::config
