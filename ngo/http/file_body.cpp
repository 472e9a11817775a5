#include "ngo/http/file_body_impl.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "ngo/base/error.hpp"
#include "ngo/runtime/blocking.hpp"

namespace ngo::http {
namespace {

// A descriptor that is closed.
class Descriptor {
 public:
  explicit Descriptor(int number) noexcept : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const noexcept { return number_; }
  int release() noexcept { return std::exchange(number_, -1); }

 private:
  int number_;
};

// O_NONBLOCK: opening a pipe that lies there must not wait for its writer.
constexpr std::uint64_t kReadFlags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;

int open_path(int at, const char* path, std::uint64_t flags, std::uint64_t resolve) noexcept {
  open_how how{};
  how.flags = flags;
  how.resolve = resolve;
  for (;;) {
    auto made = static_cast<int>(syscall(SYS_openat2, at, path, &how, sizeof how));
    if (made >= 0 || errno != EINTR) return made;
  }
}

// Without openat2 (kernels before 5.6, some sandboxes): name by name, and no symbolic link at all.
int walk(int root, std::string_view path) noexcept {
  int at = dup(root);
  while (at >= 0 && !path.empty()) {
    std::size_t slash = path.find('/');
    std::string name(path.substr(0, slash));
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    if (name == "..") {
      ::close(at);
      errno = EXDEV;
      return -1;
    }
    int next = -1;
    if (!name.empty()) next = openat(at, name.c_str(), static_cast<int>(kReadFlags) | O_NOFOLLOW);
    int error = errno;
    if (name.empty()) continue;
    ::close(at);
    errno = error;
    at = next;
  }
  return at;
}

int open_beneath(const FilePlace& place, std::uint64_t resolve) noexcept {
  Descriptor root(open_path(AT_FDCWD, place.root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC, resolve));
  if (root.get() < 0) return -1;
  return open_path(root.get(), place.path.c_str(), kReadFlags, resolve | RESOLVE_BENEATH);
}

int open_anywhere(const FilePlace& place, std::uint64_t resolve) noexcept {
  return open_path(AT_FDCWD, place.path.c_str(), kReadFlags, resolve);
}

int open_stepwise(const FilePlace& place) noexcept {
  if (place.root.empty()) return ::open(place.path.c_str(), static_cast<int>(kReadFlags));
  if (place.path.starts_with('/')) {
    errno = EXDEV;
    return -1;
  }
  Descriptor root(::open(place.root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  return root.get() < 0 ? -1 : walk(root.get(), place.path);
}

void put_hex(std::string& text, std::uint64_t number) {
  char digits[16];
  text.append(digits, std::to_chars(digits, digits + sizeof digits, number, 16).ptr);
}

void validate(FileSource& source, const struct stat& facts) {
  source.size = static_cast<std::uint64_t>(facts.st_size);
  auto since_epoch =
      std::chrono::seconds(facts.st_mtim.tv_sec) + std::chrono::nanoseconds(facts.st_mtim.tv_nsec);
  source.modified = SystemTime(std::chrono::duration_cast<SystemTime::duration>(since_epoch));
  source.etag = '"';
  put_hex(source.etag, facts.st_ino);
  source.etag += '-';
  put_hex(source.etag, source.size);
  source.etag += '-';
  put_hex(source.etag, static_cast<std::uint64_t>(since_epoch.count()));
  source.etag += '"';
  source.last_modified.resize(kHttpDateSize);
  write_http_date(*source.modified, source.last_modified.data());
}

// What is behind a descriptor, which is closed unless it is a file's; less than 0: errno says why.
Opened look_at(int descriptor) noexcept {
  Opened opened;
  Descriptor file(descriptor);
  struct stat facts{};
  if (file.get() < 0 || fstat(file.get(), &facts) != 0) {
    opened.error = errno;
    return opened;
  }
  if (S_ISDIR(facts.st_mode)) {
    opened.directory = true;
    opened.error = EISDIR;
    return opened;
  }
  if (!S_ISREG(facts.st_mode)) {
    opened.error = ENOENT;  // pipes, sockets and devices are no documents
    return opened;
  }
  auto source = std::make_shared<FileSource>();
  source->descriptor = file.release();
  validate(*source, facts);
  opened.file = std::move(source);
  return opened;
}

Opened open_with(const FilePlace& place, std::uint64_t resolve) noexcept {
  if (place.path.find('\0') != std::string::npos)
    return Opened{.error = ENOENT, .directory = false, .file = {}, .whole = {}};
  return look_at(place.root.empty() ? open_anywhere(place, resolve) : open_beneath(place, resolve));
}

}  // namespace

FileSource::~FileSource() {
  if (descriptor >= 0) ::close(descriptor);
}

Opened open_cached(const FilePlace& place) noexcept {
  Opened opened = open_with(place, RESOLVE_CACHED);
  // A kernel that does not know RESOLVE_CACHED cannot promise not to block.
  if (opened.error == EINVAL || opened.error == ENOSYS) opened.error = EAGAIN;
  return opened;
}

Opened open_blocking(const FilePlace& place) noexcept {
  Opened opened = open_with(place, 0);
  return opened.error == ENOSYS ? open_by_steps(place) : opened;
}

Opened open_by_steps(const FilePlace& place) noexcept {
  if (place.path.find('\0') != std::string::npos)
    return Opened{.error = ENOENT, .directory = false, .file = {}, .whole = {}};
  return look_at(open_stepwise(place));
}

Task<Opened> open_file(const FilePlace& place) {
  Opened opened = open_cached(place);
  if (opened.error != EAGAIN) co_return opened;
  auto open = [&place] { return open_blocking(place); };
  opened = co_await blocking(open);
  co_return opened;
}

std::shared_ptr<const FileSource> loaded(const FileSource& file) {
  auto bytes = std::make_shared<std::string>(file.size, '\0');
  iovec into{bytes->data(), bytes->size()};
  if (preadv2(file.descriptor, &into, 1, 0, RWF_NOWAIT) != static_cast<ssize_t>(file.size)) return nullptr;
  struct stat facts{};
  if (fstat(file.descriptor, &facts) != 0) return nullptr;
  auto source = std::make_shared<FileSource>();
  validate(*source, facts);
  if (source->etag != file.etag) return nullptr;
  source->memory = std::move(bytes);
  return source;
}

std::shared_ptr<const FileBody> whole_of(std::shared_ptr<const FileSource> file) {
  auto body = std::make_shared<FileBody>();
  body->length = file->size;
  body->pieces.push_back({{}, 0, file->size});
  body->source = std::move(file);
  return body;
}

void throw_cannot_open(int error, std::string_view path) {
  std::string what = "cannot open \"" + std::string(path) + "\": " + std::strerror(error);
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case ENAMETOOLONG:
    case ELOOP:
    case EXDEV: throw Error(Code::not_found, "there is nothing at this address");
    case EACCES:
    case EPERM: throw Error(Code::permission_denied, "this file may not be read");
    case EMFILE:
    case ENFILE:
    case ENOMEM: throw Error(Code::unavailable, std::move(what));
    default: throw Error(Code::internal, std::move(what));
  }
}

}  // namespace ngo::http
