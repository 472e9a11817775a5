#include "ngo/http/compression.hpp"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include "ngo/base/error.hpp"
#include "ngo/base/text.hpp"
#include "ngo/codec/compression.hpp"
#include "ngo/http/accept_encoding.hpp"
#include "ngo/http/file_body_impl.hpp"
#include "ngo/http/headers.hpp"
#include "ngo/http/status.hpp"
#include "ngo/runtime/blocking.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::http {
namespace {

constexpr std::size_t kPiece = 64 * 1024;  // compressed at a time, about a millisecond

int level_of(Coding coding, const CompressionOptions& options) noexcept {
  switch (coding) {
    case Coding::gzip: return static_cast<int>(options.gzip_level);
    case Coding::br: return static_cast<int>(options.brotli_level);
    case Coding::zstd: return static_cast<int>(options.zstd_level);
    case Coding::identity: break;
  }
  return 0;
}

// What a stream writes to instead.
class CompressingWriter final : public BodyWriter {
 public:
  CompressingWriter(BodyWriter& out, Coding coding, int level) : out_(out), compressor_(coding, level) {}

  Task<void> write(std::string_view piece) override {
    while (!piece.empty()) {
      std::string_view now = piece.substr(0, kPiece);
      piece.remove_prefix(now.size());
      compressor_.write(now, ready_);
      if (ready_.size() >= kSend) co_await send();
      if (!piece.empty()) co_await yield();
    }
  }
  Task<void> flush() override {
    compressor_.flush(ready_);
    co_await send();
    co_await out_.flush();
  }
  void trailer(std::string name, std::string value) override {
    out_.trailer(std::move(name), std::move(value));
  }
  Task<void> finish() {
    compressor_.finish(ready_);
    co_await send();
  }

 private:
  static constexpr std::size_t kSend = 8 * 1024;
  Task<void> send() {
    co_await out_.write(ready_);
    ready_.clear();
  }

  BodyWriter& out_;
  Compressor compressor_;
  std::string ready_;
};

// Reads without holding the worker; short at the end of the file.
Task<std::size_t> read_file(int file, std::span<char> into, std::uint64_t offset) {
  iovec vector{into.data(), into.size()};
  ssize_t got = preadv2(file, &vector, 1, static_cast<off_t>(offset), RWF_NOWAIT);
  if (got <= 0) {
    auto read = [file, into, offset] {
      return pread(file, into.data(), into.size(), static_cast<off_t>(offset));
    };
    got = co_await blocking(read);
  }
  if (got < 0) throw Error(Code::internal, std::string("cannot read a file: ") + std::strerror(errno));
  co_return static_cast<std::size_t>(got);
}

Task<void> write_file(std::shared_ptr<const FileBody> body, BodyWriter& out) {
  const FileSource& source = *body->source;
  if (source.memory) {
    co_await out.write(*source.memory);
    co_return;
  }
  std::string room(kPiece, '\0');
  for (std::uint64_t offset = 0; offset < source.size;) {
    std::span<char> into(room.data(), std::min<std::uint64_t>(room.size(), source.size - offset));
    std::size_t got = co_await read_file(source.descriptor, into, offset);
    if (got == 0) throw Error(Code::aborted, "the file became shorter while it was sent");
    co_await out.write(std::string_view(room.data(), got));
    co_await yield();
    offset += got;
  }
}

Task<void> write_text(std::shared_ptr<const std::string> text, BodyWriter& out) { co_await out.write(*text); }

Response::Stream body_as_stream(Response& response) {
  if (response.is_streamed()) return response.stream();
  if (response.file()) {
    return [file = response.file()](BodyWriter& out) { return write_file(file, out); };
  }
  auto text = std::make_shared<const std::string>(std::move(response.body_for(Response::Media::none)));
  return [text](BodyWriter& out) { return write_text(text, out); };
}

Task<void> compress_stream(Response::Stream stream, Coding coding, int level, BodyWriter& out) {
  CompressingWriter writer(out, coding, level);
  co_await stream(writer);
  co_await writer.finish();
}

bool may_transform(const Response& response) {
  std::string_view rest = response.header("Cache-Control").value_or(std::string_view());
  for (std::string_view member; next_list_member(rest, member);) {
    if (equals_ignoring_case(member, "no-transform")) return false;
  }
  return true;
}

// The size of the body where it is known before it is made.
std::uint64_t size_of(const Response& response) noexcept {
  if (response.is_streamed()) return static_cast<std::uint64_t>(-1);
  return response.file() ? response.file()->length : response.body().size();
}

}  // namespace

bool is_listed_type(std::string_view media_type, const std::vector<std::string>& patterns) noexcept {
  std::string_view type = trim_whitespace(media_type.substr(0, media_type.find(';')));
  return std::any_of(patterns.begin(), patterns.end(), [type](std::string_view pattern) {
    std::size_t star = pattern.find('*');
    if (star == std::string_view::npos) return equals_ignoring_case(type, pattern);
    std::string_view before = pattern.substr(0, star);
    std::string_view after = pattern.substr(star + 1);
    return type.size() > before.size() + after.size() &&
           equals_ignoring_case(type.substr(0, before.size()), before) &&
           equals_ignoring_case(type.substr(type.size() - after.size()), after);
  });
}

void add_vary(Response& response, std::string_view name) {
  std::optional<std::string_view> vary = response.header("Vary");
  if (!vary) {
    response.header("Vary", std::string(name));
    return;
  }
  std::string_view rest = *vary;
  for (std::string_view member; next_list_member(rest, member);) {
    if (member == "*" || equals_ignoring_case(member, name)) return;
  }
  response.header("Vary", std::string(*vary) + ", " + std::string(name));
}

void compress_response(const Request& request, Response& response, const CompressionOptions& options) {
  if (!status_has_body(response.status())) return;
  if (size_of(response) < options.min_size.bytes()) return;
  if (!is_listed_type(response.content_type(), options.types)) return;
  if (response.header("Content-Encoding") || !may_transform(response)) return;
  add_vary(response, "Accept-Encoding");
  if (response.status() == status::kPartialContent) return;

  std::array<Coding, kCodingCount> offered{};
  std::size_t count = 0;
  for (const std::string& name : options.codings) {
    std::optional<Coding> coding = coding_from_string(name);
    if (coding && *coding != Coding::identity && count < offered.size()) offered[count++] = *coding;
  }
  const Coding coding = AcceptedCodings(request.header("Accept-Encoding")).choose({offered.data(), count});
  if (coding == Coding::identity) return;

  // The type would go with the text that it was set with.
  std::string type(response.content_type());
  if (std::optional<std::string_view> tag = response.header("ETag"); tag && !tag->starts_with("W/")) {
    response.header("ETag", "W/" + std::string(*tag));
  }
  response.remove_header("Accept-Ranges");
  response.header("Content-Encoding", std::string(to_string(coding)));
  const int level = level_of(coding, options);
  if (!response.is_sent_by_pieces() && response.body().size() <= kPiece) {
    response.replace_body(compress(coding, level, response.body()));
    return;
  }
  Response::Stream plain = body_as_stream(response);
  response.set_stream([plain = std::move(plain), coding, level](BodyWriter& out) {
    return compress_stream(plain, coding, level, out);
  });
  response.content_type(std::move(type));
}

}  // namespace ngo::http
