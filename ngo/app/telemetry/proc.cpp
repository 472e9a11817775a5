#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>

#include "ngo/app/telemetry/proc_impl.hpp"

namespace ngo::app {

ProcFile::ProcFile(const char* path) noexcept {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  const ssize_t got = read(file, text_.data(), text_.size() - 1);
  close(file);
  if (got > 0) size_ = static_cast<std::size_t>(got);
}

std::optional<std::int64_t> ProcFile::number_after(std::string_view name) const noexcept {
  const std::size_t at = text().find(name);
  if (at == std::string_view::npos) return std::nullopt;
  return std::strtoll(text_.data() + at + name.size(), nullptr, 10);
}

std::optional<ProcessMemory> process_memory() {
  const ProcFile file("/proc/self/statm");
  if (file.text().empty()) return std::nullopt;
  const std::int64_t page = sysconf(_SC_PAGESIZE);
  char* rest = nullptr;
  ProcessMemory out;
  out.all = std::strtoll(file.text().data(), &rest, 10) * page;
  out.resident = std::strtoll(rest, nullptr, 10) * page;
  return out;
}

std::optional<std::int64_t> open_descriptors() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc/self/fd"), &closedir);
  if (!folder) return std::nullopt;
  std::int64_t count = -1;                               // the folder itself
  while (const dirent* entry = readdir(folder.get())) {  // NOLINT(concurrency-mt-unsafe): its own stream
    if (entry->d_name[0] != '.') ++count;
  }
  return count;
}

}  // namespace ngo::app
