// A response body that lies in a file or in shared memory, and how files are opened without holding a worker.
//
// Whether something would block is asked of the kernel: openat2 with RESOLVE_CACHED resolves a path from
// memory alone or says EAGAIN, and only then does the blocking pool open it. The pages themselves are looked
// after when they are sent (connection_file.cpp).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/base/civil_time.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo::http {

// An open descriptor, or memory, whose bytes do not change while somebody holds it.
struct FileSource {
  FileSource() = default;
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;
  ~FileSource();

  int descriptor = -1;
  std::shared_ptr<const std::string> memory;  // without a descriptor
  std::uint64_t size = 0;
  std::optional<SystemTime> modified;
  std::string etag;           // "inode-size-mtime", in quotes; a change of any of them changes it
  std::string last_modified;  // as HTTP writes it
};

struct FileBody {
  struct Piece {
    std::string before;  // the head of a part
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
  };
  std::shared_ptr<const FileSource> source;
  std::vector<Piece> pieces;
  std::string after;
  std::uint64_t length = 0;  // of everything
};

struct Opened {
  int error = 0;           // errno
  bool directory = false;  // it is one, and no file
  std::shared_ptr<const FileSource> file;
  std::shared_ptr<const FileBody> whole;  // all of the file as a body, where it has been asked for before
};

// Where a path may lead.
struct FilePlace {
  std::string root;  // of what `path` must stay beneath, also through symbolic links; empty: anywhere
  std::string path;
};

// Opens it from what the kernel has in memory; the error EAGAIN says that this cannot be done.
[[nodiscard]] Opened open_cached(const FilePlace& place) noexcept;
// Opens it, be it from a disk.
[[nodiscard]] Opened open_blocking(const FilePlace& place) noexcept;
// The same without openat2, as open_blocking() does where the kernel or a sandbox has none: beneath a root it
// follows no symbolic link at all.
[[nodiscard]] Opened open_by_steps(const FilePlace& place) noexcept;
// The first, else the second on the blocking pool.
[[nodiscard]] Task<Opened> open_file(const FilePlace& place);

// The same file with its bytes in memory instead of a descriptor. Nothing when they are not in the page
// cache, or when the file is not any more what its validators say: then the descriptor serves on.
[[nodiscard]] std::shared_ptr<const FileSource> loaded(const FileSource& file);
// All of it as a body.
[[nodiscard]] std::shared_ptr<const FileBody> whole_of(std::shared_ptr<const FileSource> file);

// Throws the Error for what could not be opened: not_found, permission_denied, resource_exhausted, internal.
[[noreturn]] void throw_cannot_open(int error, std::string_view path);

}  // namespace ngo::http
