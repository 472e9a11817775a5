#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "ngo/base/error.hpp"
#include "ngo/base/id.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/http/part_file_impl.hpp"

namespace ngo::http {
namespace {

[[noreturn]] void fail(const char* what, const std::string& path) {
  const int error = errno;
  const bool full = error == ENOSPC || error == EDQUOT;
  char reason[128];
  throw Error(full ? Code::resource_exhausted : Code::internal, std::string("cannot ") + what + " " +
                                                                    in_quotes(path) + ": " +
                                                                    strerror_r(error, reason, sizeof reason));
}

std::string random_suffix() {
  char digits[16];
  write_hex(random_bits(), digits);
  return {digits, sizeof digits};
}

int create(const std::string& path, unsigned mode) {
  return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
}

}  // namespace

PartFile PartFile::beside(const std::string& target) {
  std::string path = target + "." + random_suffix() + ".part";
  const int descriptor = create(path, 0666);
  if (descriptor < 0) fail("create", path);
  return {descriptor, std::move(path)};
}

PartFile PartFile::temporary(const std::string& directory) {
  std::string path = directory + "/ngo-upload-" + random_suffix();
  const int descriptor = create(path, 0600);
  if (descriptor < 0) fail("create", path);
  return {descriptor, std::move(path)};
}

PartFile::PartFile(int descriptor, std::string path) noexcept
    : descriptor_(descriptor), path_(std::move(path)) {}

PartFile::PartFile(PartFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::exchange(other.path_, {})) {}

PartFile::~PartFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!path_.empty()) ::unlink(path_.c_str());
}

void PartFile::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write", path_);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Some file systems tell only now that the disk is full.
void PartFile::close() {
  if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) fail("close", path_);
}

void PartFile::rename_to(const std::string& target) {
  close();
  if (::rename(path_.c_str(), target.c_str()) != 0) fail("make", target);
  path_.clear();
}

std::string PartFile::release() {
  close();
  return std::exchange(path_, {});
}

void move_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return;
  if (errno != EXDEV) fail("make", to);
  const int source = ::open(from.c_str(), O_RDONLY | O_CLOEXEC);
  if (source < 0) fail("read", from);
  try {
    PartFile copy = PartFile::beside(to);
    std::vector<char> buffer(256 * 1024);
    for (;;) {
      const ssize_t got = ::read(source, buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) fail("read", from);
      if (got == 0) break;
      copy.write({buffer.data(), static_cast<std::size_t>(got)});
    }
    copy.rename_to(to);
  } catch (...) {
    ::close(source);
    throw;
  }
  ::close(source);
  ::unlink(from.c_str());
}

std::string temporary_directory(const std::string& configured) {
  if (!configured.empty()) return configured;
  const char* directory = std::getenv("TMPDIR");
  return directory != nullptr && *directory != '\0' ? directory : "/tmp";
}

}  // namespace ngo::http
