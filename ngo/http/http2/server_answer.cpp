// Answers on HTTP/2: fields instead of lines, and bodies that leave as the client's windows allow.
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include "ngo/base/text.hpp"
#include "ngo/http/file_body_impl.hpp"
#include "ngo/http/http2/server_session_impl.hpp"
#include "ngo/http/http2/server_stream_impl.hpp"
#include "ngo/http/problem.hpp"
#include "ngo/http/server.hpp"
#include "ngo/http/status.hpp"
#include "ngo/runtime/blocking.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::http::http2 {
namespace {

constexpr std::size_t kMostOut = 32 * 1024;  // of a streamed body that waits to leave
constexpr std::size_t kSendAt = 16 * 1024;   // so much of it leaves without a flush()
constexpr std::size_t kFilePiece = 32 * 1024;
constexpr std::size_t kAhead = 1024 * 1024;  // of a file that is not in memory
constexpr std::size_t kFrameHead = 9;

nghttp2_nv field(std::string_view name, std::string_view value,
                 std::uint8_t flags = NGHTTP2_NV_FLAG_NONE) noexcept {
  const auto bytes = [](std::string_view text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), flags};
}

// What belongs to the connection has no meaning in HTTP/2 (RFC 9113 section 8.2.2).
bool is_of_connection(std::string_view name) noexcept {
  switch (name.size()) {
    case 7: return equals_ignoring_case(name, "upgrade");
    case 10: return equals_ignoring_case(name, "keep-alive");
    case 16: return equals_ignoring_case(name, "proxy-connection");
    default: return false;
  }
}

ssize_t read_body(nghttp2_session* session, std::int32_t id, std::uint8_t*, std::size_t length,
                  std::uint32_t* flags, nghttp2_data_source* source, void*) {
  ServerStream& stream = *static_cast<ServerStream*>(source->ptr);
  bool last = false;
  std::size_t bytes = 0;
  try {
    bytes = stream.available(length, last);
  } catch (const std::exception&) {  // out of memory
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  if (bytes == 0 && !last) {
    stream.defer();
    return NGHTTP2_ERR_DEFERRED;
  }
  if (bytes != 0) *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  if (!last) return static_cast<ssize_t>(bytes);
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (!stream.trailers().empty()) {
    std::vector<nghttp2_nv> fields;
    for (const auto& [name, value] : stream.trailers()) fields.push_back(field(name, value));
    if (nghttp2_submit_trailer(session, id, fields.data(), fields.size()) == 0)
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
  }
  return static_cast<ssize_t>(bytes);
}

Error became_shorter() { return Error(Code::aborted, "the file became shorter while it was sent"); }

void read_fully(int file, char* into, std::size_t length, std::uint64_t offset) {
  while (length > 0) {
    const ssize_t got = pread(file, into, length, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error(Code::internal, std::string("cannot read a file: ") + std::strerror(errno));
    if (got == 0) throw became_shorter();
    into += got;
    length -= static_cast<std::size_t>(got);
    offset += static_cast<std::uint64_t>(got);
  }
}

}  // namespace

void ServerStream::submit(const Response& response, std::optional<std::uint64_t> length, bool has_body) {
  head_sent_ = true;
  sent_status_ = static_cast<std::int16_t>(response.status());
  std::vector<nghttp2_nv>& fields = session_.fields();
  fields.clear();
  char numbers[24];
  std::to_chars(numbers, numbers + 3, response.status());
  fields.push_back(field(":status", {numbers, 3}, NGHTTP2_NV_FLAG_NO_COPY_NAME));
  if (response.has_media())
    fields.push_back(field("content-type", response.content_type(), NGHTTP2_NV_FLAG_NO_COPY_NAME));
  // "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
  const std::string_view date = shard_.date_line().substr(6, 29);
  fields.push_back(field("date", date, NGHTTP2_NV_FLAG_NO_COPY_NAME));
  for (const auto& [name, value] : response.fields()) {
    if (!is_of_connection(name)) fields.push_back(field(name, value));
  }
  if (!steps_.empty()) add_step_heads(response, fields);
  if (length) {
    const char* const end = std::to_chars(numbers + 3, numbers + sizeof numbers, *length).ptr;
    fields.push_back(field("content-length", {numbers + 3, static_cast<std::size_t>(end - numbers - 3)},
                           NGHTTP2_NV_FLAG_NO_COPY_NAME));
  }
  nghttp2_data_provider body{};
  body.source.ptr = this;
  body.read_callback = read_body;
  if (!has_body) last_ = true;
  progress_ = session_.now();
  if (!closed_ && nghttp2_submit_response(session_.library(), id_, fields.data(), fields.size(),
                                          has_body ? &body : nullptr) != 0)
    client_gone_ = true;
  session_.want_output();
}

// The steps write lines, as HTTP/1.1 has them.
void ServerStream::add_step_heads(const Response& response, std::vector<nghttp2_nv>& fields) {
  std::string& text = session_.scratch();
  text.resize(step_heads_size());
  const char* const end = write_step_heads(response, text.data());
  std::string_view lines(text.data(), static_cast<std::size_t>(end - text.data()));
  while (!lines.empty()) {
    const std::size_t line_end = lines.find("\r\n");
    const std::string_view line = lines.substr(0, line_end);
    lines.remove_prefix(std::min(lines.size(), line_end + 2));
    const std::size_t colon = line.find(": ");
    if (colon != std::string_view::npos)
      fields.push_back(field(line.substr(0, colon), line.substr(colon + 2)));
  }
}

void ServerStream::submit_continue() noexcept {
  const nghttp2_nv status = field(":status", "100");
  nghttp2_submit_headers(session_.library(), NGHTTP2_FLAG_NONE, id_, nullptr, &status, 1, nullptr);
  session_.want_output();
}

void ServerStream::write_response(const Response& response, bool head_only) {
  if (!status_has_body(response.status())) return submit(response, std::nullopt, false);
  rest_ = head_only ? std::string_view() : std::string_view(response.body());
  last_ = true;
  sent_body_ = rest_.size();
  submit(response, response.body().size(), !rest_.empty());
}

void ServerStream::begin_stream(const Response& response, bool has_body) {
  submit(response, std::nullopt, has_body);
}

bool ServerStream::stopping() const noexcept { return session_.stopping(); }

void ServerStream::end_stream() {
  last_ = true;
  resume();
}

// The library asks for its bytes when the client's windows are open.
bool ServerStream::write_one_piece(const Response& response, bool head_only) {
  const FileBody& body = *response.file();
  const bool has_body = status_has_body(response.status());
  const bool send = has_body && !head_only && body.length > 0;
  if (send) {
    const FileBody::Piece& piece = body.pieces.front();
    if (piece.length != body.length) return false;
    if (body.source->memory) {
      rest_ = std::string_view(*body.source->memory).substr(piece.offset, piece.length);
      sent_body_ = rest_.size();
    } else {
      file_ = body.source.get();
      file_at_ = piece.offset;
      file_left_ = piece.length;
    }
    last_ = true;
  }
  submit(response, has_body ? std::optional<std::uint64_t>(body.length) : std::nullopt, send);
  return true;
}

Task<void> ServerStream::write_file(const Response& response, bool head_only) {
  if (write_one_piece(response, head_only)) co_return;
  const FileBody& body = *response.file();
  submit(response, body.length, true);
  try {
    for (const FileBody::Piece& piece : body.pieces) {
      co_await write(piece.before);
      co_await write_piece(*body.source, piece.offset, piece.length);
    }
    co_await write(body.after);
  } catch (...) {
    if (!client_gone_ && !aborted_) log_failed_stream(exchange_->request);
    break_stream();
    co_return;
  }
  last_ = true;
  resume();
}

Task<void> ServerStream::write_piece(const FileSource& source, std::uint64_t offset, std::uint64_t length) {
  if (source.memory) {
    co_await write(std::string_view(*source.memory).substr(offset, length));
    co_return;
  }
  net::Buffer bytes;
  while (length > 0) {
    const std::size_t part = static_cast<std::size_t>(std::min<std::uint64_t>(length, kFilePiece));
    char* const into = bytes.room(part).data();
    iovec vector{into, part};
    const ssize_t got = preadv2(source.descriptor, &vector, 1, static_cast<off_t>(offset), RWF_NOWAIT);
    if (got < 0 || static_cast<std::size_t>(got) < part) {  // not in memory
      auto read = [&source, into, part, offset] { read_fully(source.descriptor, into, part, offset); };
      co_await blocking(read);
    }
    co_await write(std::string_view(into, part));
    offset += part;
    length -= part;
  }
}

void ServerStream::check_open() const {
  if (closed_ || aborted_) throw Error(Code::unavailable, "the client has closed the stream");
}

Task<void> ServerStream::write(std::string_view piece) {
  begin_due_stream();
  while (!piece.empty()) {
    check_open();
    if (out_.size() >= kMostOut) {
      resume();
      room_.reset();
      co_await room_.wait();
      continue;
    }
    if (out_.empty()) progress_ = session_.now();
    const std::string_view part = piece.substr(0, kMostOut - out_.size());
    out_.append(part);
    sent_body_ += part.size();
    piece.remove_prefix(part.size());
  }
  if (out_.size() >= kSendAt) resume();
}

Task<void> ServerStream::flush() {
  check_open();
  begin_due_stream();
  resume();
  co_return;
}

void ServerStream::trailer(std::string name, std::string value) {
  trailers_out_.emplace_back(std::move(name), std::move(value));
}

void ServerStream::resume() noexcept {
  if (closed_) return;
  if (std::exchange(deferred_, false)) nghttp2_session_resume_data(session_.library(), id_);
  session_.want_output();
}

void ServerStream::break_stream() noexcept {
  client_gone_ = true;
  if (closed_) return;
  nghttp2_submit_rst_stream(session_.library(), NGHTTP2_FLAG_NONE, id_, NGHTTP2_INTERNAL_ERROR);
  session_.want_output();
}

std::size_t ServerStream::available(std::size_t most, bool& last) {
  const std::size_t all = rest_.size() + out_.size();
  if (all == 0 && file_left_ != 0) return read_file(most, last);
  last = last_ && file_left_ == 0 && all <= most;
  return std::min(all, most);
}

// Straight to where it leaves from, as far as it is in memory.
std::size_t ServerStream::read_file(std::size_t most, bool& last) {
  const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(most, file_left_));
  char* const into = session_.output().room(kFrameHead + wanted).data() + kFrameHead;
  iovec vector{into, wanted};
  ssize_t got = preadv2(file_->descriptor, &vector, 1, static_cast<off_t>(file_at_), RWF_NOWAIT);
  if (got < 0 && errno == EOPNOTSUPP)
    got = pread(file_->descriptor, into, wanted, static_cast<off_t>(file_at_));
  if (got <= 0) {
    CurrentContext restore(Context::current());
    read_from_disk(this);
    return 0;
  }
  last = static_cast<std::uint64_t>(got) == file_left_;
  return static_cast<std::size_t>(got);
}

// The library waits for resume() meanwhile.
detail::Root ServerStream::read_from_disk(ServerStream* self_raw) {
  ServerStream& self = *self_raw;
  ServerSession& session = self.session_;
  self.running_ = true;
  session.started();
  CurrentContext::set(&self.exchange_->context);
  try {
    co_await yield();  // the library is not called from inside of itself
    const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(self.file_left_, kFilePiece));
    char* const into = self.out_.room(part).data();
    auto read = [&self, into, part] {
      posix_fadvise(self.file_->descriptor, static_cast<off_t>(self.file_at_), kAhead, POSIX_FADV_WILLNEED);
      read_fully(self.file_->descriptor, into, part, self.file_at_);
    };
    co_await blocking(read);
    self.out_.commit(part);
    self.file_at_ += part;
    self.file_left_ -= part;
    self.sent_body_ += part;
    self.progress_ = session.now();
    self.resume();
  } catch (...) {
    if (!self.client_gone_ && !self.aborted_) log_failed_stream(self.exchange_->request);
    self.break_stream();
  }
  CurrentContext::set(nullptr);
  self.running_ = false;
  if (self.closed_) session.ended(self);
  session.finished();
}

void ServerStream::give(std::size_t bytes, net::Buffer& output) {
  progress_ = session_.now();
  if (rest_.empty() && out_.empty()) {  // read_file() has put it there
    output.commit(bytes);
    file_at_ += bytes;
    file_left_ -= bytes;
    sent_body_ += bytes;
    return;
  }
  const std::size_t first = std::min(bytes, rest_.size());
  if (first != 0) output.append(rest_.substr(0, first));
  rest_.remove_prefix(first);
  bytes -= first;
  if (bytes == 0) return;
  output.append(out_.view().substr(0, bytes));
  out_.consume(bytes);
  if (out_.empty()) out_.release();
  if (out_.size() <= kMostOut / 2) room_.set();
}

TimePoint ServerStream::stalled_since() const noexcept {
  return rest_.empty() && out_.empty() && file_left_ == 0 ? TimePoint::max() : progress_;
}

}  // namespace ngo::http::http2
