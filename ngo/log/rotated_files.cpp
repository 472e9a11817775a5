#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <vector>

#include "ngo/log/log.hpp"
#include "ngo/log/rotated_files_impl.hpp"

namespace ngo::log {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kTimeSize = 23;  // 2026-11-23T07-05-00.123

bool is_time(std::string_view text) {
  constexpr std::string_view kPattern = "dddd-dd-ddTdd-dd-dd.ddd";
  if (text.size() != kTimeSize) return false;
  for (std::size_t i = 0; i < kTimeSize; ++i) {
    if (kPattern[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != kPattern[i]) return false;
  }
  return true;
}

struct Rotated {
  fs::path path;
  bool compressed = false;
};

// The rotated files of `path`, the latest first.
std::vector<Rotated> find_rotated(const fs::path& path) {
  const std::string begin = path.stem().string() + "-";
  const std::string end = path.extension().string();
  std::vector<Rotated> found;
  std::error_code failed;
  for (fs::directory_iterator it(path.has_parent_path() ? path.parent_path() : fs::path("."), failed), last;
       !failed && it != last; it.increment(failed)) {
    std::string name = it->path().filename().string();
    const bool compressed = name.ends_with(".gz");
    if (compressed) name.resize(name.size() - 3);
    if (!name.starts_with(begin) || !name.ends_with(end)) continue;
    if (name.size() != begin.size() + kTimeSize + end.size()) continue;
    if (is_time(std::string_view(name).substr(begin.size(), kTimeSize)))
      found.push_back({it->path(), compressed});
  }
  std::sort(found.begin(), found.end(), [](const Rotated& a, const Rotated& b) { return a.path > b.path; });
  return found;
}

// Writes beside the file and then takes its place, so that a half-compressed file is never taken for a whole.
bool compress(const fs::path& path) {
  const std::string temporary = path.string() + ".gz.part";
  std::FILE* const in = std::fopen(path.c_str(), "rbe");
  if (in == nullptr) return false;
  const gzFile out = gzopen(temporary.c_str(), "wbe6");
  bool good = out != nullptr;
  std::vector<char> piece(256 * 1024);
  while (good) {
    const std::size_t got = std::fread(piece.data(), 1, piece.size(), in);
    if (got == 0) break;
    good = gzwrite(out, piece.data(), static_cast<unsigned>(got)) == static_cast<int>(got);
  }
  good = good && std::ferror(in) == 0;
  std::fclose(in);
  if (out != nullptr && gzclose(out) != Z_OK) good = false;
  std::error_code failed;
  if (good) fs::rename(temporary, path.string() + ".gz", failed);
  if (!good || failed) {
    fs::remove(temporary, failed);
    return false;
  }
  fs::remove(path, failed);
  return true;
}

}  // namespace

std::string rotated_name(const std::string& path, SystemTime time) {
  std::array<char, kLogTimeSize + 1> text{};
  write_log_time(time, text.data());  // 2026-11-23 07:05:00.123
  std::string name(text.data(), kLogTimeSize);
  name[10] = 'T';
  name[13] = name[16] = '-';
  const fs::path whole(path);
  return (whole.parent_path() / (whole.stem().string() + "-" + name + whole.extension().string())).string();
}

void Housekeeper::clean_up(SystemTime now) const {
  const std::vector<Rotated> files = find_rotated(options_.path);
  std::error_code failed;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const fs::path& path = files[i].path;
    bool is_old = options_.max_backups != 0 && i >= options_.max_backups;
    if (options_.max_age.count() != 0) {
      const std::string oldest = rotated_name(options_.path, now - options_.max_age);
      is_old = is_old || path.filename().string() < fs::path(oldest).filename().string();
    }
    if (is_old) {
      fs::remove(path, failed);
    } else if (options_.compress && !files[i].compressed && !compress(path)) {
      get("log").warn("the log file {} could not be compressed; it is kept as it is", path.string());
    }
  }
}

Housekeeper::~Housekeeper() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Housekeeper::poke() {
  const std::lock_guard lock(mutex_);
  wanted_ = true;
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  changed_.notify_all();
}

void Housekeeper::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!wanted_) {
      changed_.wait(lock);
      continue;
    }
    wanted_ = false;
    lock.unlock();
    try {
      clean_up(std::chrono::system_clock::now());
    } catch (const std::exception& error) {
      get("log").warn("old log files could not be cleaned up: {}", error.what());
    }
    lock.lock();
  }
}

}  // namespace ngo::log
