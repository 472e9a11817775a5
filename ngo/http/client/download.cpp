#include "ngo/http/client/download.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/runtime/blocking.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo {
namespace {

constexpr std::size_t kWriteAtLeast = 256 * 1024;

[[noreturn]] void fail(const char* what, const std::string& path) {
  const Code code = errno == ENOSPC || errno == EDQUOT ? Code::resource_exhausted : Code::internal;
  throw Error(code, std::string("cannot ") + what + " \"" + path + "\": " + std::strerror(errno));
}

// What is there of the file. All functions block.
class PartialFile {
 public:
  explicit PartialFile(std::string path)
      : path_(std::move(path)), part_(path_ + ".part"), from_(part_ + ".from") {
    descriptor_ = open(part_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor_ < 0) fail("create", part_);
    struct stat status{};
    if (fstat(descriptor_, &status) == 0) size_ = static_cast<std::uint64_t>(status.st_size);
    if (FILE* file = std::fopen(from_.c_str(), "re")) {
      char text[1024];
      validator_.assign(text, std::fread(text, 1, sizeof text, file));
      std::fclose(file);
    }
    if (validator_.empty()) restart({});
  }
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;
  ~PartialFile() { close(descriptor_); }

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  // What the bytes are a part of: an ETag or a date; empty: nobody knows.
  [[nodiscard]] const std::string& validator() const noexcept { return validator_; }

  void restart(std::string_view validator) {
    if (ftruncate(descriptor_, 0) != 0) fail("truncate", part_);
    size_ = 0;
    validator_ = validator;
    if (validator_.empty()) {
      std::remove(from_.c_str());
    } else if (FILE* file = std::fopen(from_.c_str(), "we")) {
      std::fwrite(validator_.data(), 1, validator_.size(), file);
      std::fclose(file);
    }
  }
  void append(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t wrote = pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
      if (wrote < 0) fail("write", part_);
      size_ += static_cast<std::uint64_t>(wrote);
      bytes.remove_prefix(static_cast<std::size_t>(wrote));
    }
  }
  void finish() {
    if (std::rename(part_.c_str(), path_.c_str()) != 0) fail("rename to", path_);
    std::remove(from_.c_str());
  }

 private:
  std::string path_;
  std::string part_;
  std::string from_;
  std::string validator_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

// What a later request can name this version by; weak tags are no use for ranges (RFC 9110 section 13.1.5).
std::string validator_of(const HttpResponse& response) {
  const auto tag = response.header("ETag").value_or("");
  if (tag.starts_with('"')) return std::string(tag);
  return std::string(response.header("Last-Modified").value_or(""));
}

// Whether "bytes 5-9/10" begins where we stand.
bool begins_at(std::string_view content_range, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes ";
  if (!content_range.starts_with(kUnit)) return false;
  content_range.remove_prefix(kUnit.size());
  std::uint64_t begin = 0;
  const auto [end, error] =
      std::from_chars(content_range.data(), content_range.data() + content_range.size(), begin);
  return error == std::errc() && end != content_range.data() + content_range.size() && *end == '-' &&
         begin == size;
}

// One request, as far as it comes.
Task<void> receive(HttpStream& response, PartialFile& file) {
  std::string collected;
  const auto write = [&file, &collected] {
    file.append(collected);
    collected.clear();
  };
  std::exception_ptr broken;
  try {
    while (auto piece = co_await response.next()) {
      collected += *piece;
      if (collected.size() >= kWriteAtLeast) co_await blocking(write);
    }
  } catch (const Error&) {
    broken = std::current_exception();
  }
  if (!Context::current().cancelled() && !collected.empty()) co_await blocking(write);
  if (broken) std::rethrow_exception(broken);
}

}  // namespace

Task<Download> download(HttpCall call, std::string path) {
  const auto open_file = [&path] { return std::make_unique<PartialFile>(path); };
  const std::unique_ptr<PartialFile> file = co_await blocking(open_file);
  call.no_decompression();
  Download done;
  done.resumed = file->size();
  const unsigned most = call.most_attempts();
  unsigned failures = 0;
  while (true) {
    const std::uint64_t before = file->size();
    try {
      HttpCall request = call.again();
      if (before > 0) {
        request.header("Range", "bytes=" + std::to_string(before) + "-")
            .header("If-Range", file->validator());
      }
      ++done.requests;
      HttpStream response = co_await request.stream();
      const bool goes_on = response.status() == 206 && before > 0 &&
                           begins_at(response.header("Content-Range").value_or(""), before);
      if (!goes_on) {
        // What is there is not a part of what there is now.
        const bool again = before > 0 && (response.status() == 416 || response.status() == 206);
        if (response.status() != 200 && !again) {
          response.require_ok();
          throw Error(Code::internal,
                      response.describe("answered neither 200 nor a range that was asked for"));
        }
        const std::string validator = again ? std::string() : validator_of(response);
        const auto restart = [&file, &validator] { file->restart(validator); };
        co_await blocking(restart);
        done.resumed = 0;
        if (again) continue;
      }
      co_await receive(response, *file);
      break;
    } catch (const Error& error) {
      Context::current().check();
      if (error.code() != Code::unavailable && error.code() != Code::deadline_exceeded) throw;
      failures = file->size() > before && !file->validator().empty() ? 0 : failures + 1;
      if (failures >= most) throw;
    }
    co_await sleep(std::chrono::milliseconds(100) * (1U << std::min(failures, 6U)));
    if (file->validator().empty()) {
      const auto restart = [&file] { file->restart({}); };
      co_await blocking(restart);
    }
  }
  const auto finish = [&file] { file->finish(); };
  co_await blocking(finish);
  done.size = file->size();
  co_return done;
}

}  // namespace ngo
