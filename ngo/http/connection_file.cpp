// Steps 14 and 15 of the pipeline in connection.hpp for bodies that lie in a file. Small pieces are read
// behind the head and leave with it in one send; large ones go from the page cache to the socket by
// sendfile().
//
// Pages that are not in memory would hold the worker for as long as the disk takes. So a window is probed
// first (a read of its first and last byte that must not wait) and, when it is cold, is read ahead on the
// blocking pool. What is evicted between probe and send, or lies cold between two warm ends, costs one read
// of the disk: that is accepted. A file system that cannot tell (some network ones) is taken to be warm.
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "ngo/base/error.hpp"
#include "ngo/http/connection.hpp"
#include "ngo/http/file_body_impl.hpp"
#include "ngo/http/problem.hpp"
#include "ngo/http/status.hpp"
#include "ngo/runtime/blocking.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo::http {
namespace {

constexpr std::uint64_t kSmallPiece = 16 * 1024;
constexpr std::uint64_t kWindow = 1024 * 1024;    // probed, and sent at most, at a time
constexpr std::uint64_t kTurn = 4 * 1024 * 1024;  // to a fast client before others have their turn

Error became_shorter() { return Error(Code::aborted, "the file became shorter while it was sent"); }

// True: a byte at `offset` can be read without waiting, or nothing can be said about it.
bool is_warm(int file, std::uint64_t offset) noexcept {
  char byte;
  iovec into{&byte, 1};
  return preadv2(file, &into, 1, static_cast<off_t>(offset), RWF_NOWAIT) >= 0 || errno != EAGAIN;
}

void warm_up(int file, std::uint64_t offset, std::uint64_t length) noexcept {
  posix_fadvise(file, static_cast<off_t>(offset), static_cast<off_t>(length), POSIX_FADV_WILLNEED);
  char byte;
  for (std::uint64_t at = 0; at < length; at += 64 * 1024) {
    if (pread(file, &byte, 1, static_cast<off_t>(offset + at)) <= 0) return;
  }
  if (pread(file, &byte, 1, static_cast<off_t>(offset + length - 1)) < 0)
    return;  // sending will say what is wrong
}

// All of it or an exception.
void read_fully(int file, char* into, std::size_t length, std::uint64_t offset) {
  while (length > 0) {
    ssize_t got = pread(file, into, length, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error(Code::internal, std::string("cannot read a file: ") + std::strerror(errno));
    if (got == 0) throw became_shorter();
    into += got;
    length -= static_cast<std::size_t>(got);
    offset += static_cast<std::uint64_t>(got);
  }
}

}  // namespace

Task<void> Connection::write_file(const Response& response, bool head_only) {
  const bool has_body = status_has_body(response.status());
  const FileBody& body = *response.file();
  write_head(response, has_body ? std::optional<std::uint64_t>(body.length) : std::nullopt, false);
  if (!has_body || head_only) co_return;
  try {
    for (const FileBody::Piece& piece : body.pieces) {
      if (!piece.before.empty()) out_.append(piece.before);
      sent_body_ += piece.before.size();
      if (piece.length <= kSmallPiece) {
        co_await write_small_piece(*body.source, piece.offset, static_cast<std::size_t>(piece.length));
      } else {
        co_await send_piece(*body.source, piece.offset, piece.length);
      }
    }
    if (!body.after.empty()) out_.append(body.after);
    sent_body_ += body.after.size();
  } catch (...) {
    // The client has been promised more: the end of the connection says that it did not come.
    if (!client_gone_ && !aborted_) log_failed_stream(exchange_->request);
    client_gone_ = true;
  }
}

Task<void> Connection::write_small_piece(const FileSource& source, std::uint64_t offset, std::size_t length) {
  sent_body_ += length;
  if (length == 0) co_return;
  if (source.memory) {
    out_.append(std::string_view(*source.memory).substr(offset, length));
    co_return;
  }
  if (out_.size() >= kSmallPiece) co_await send();
  char* into = out_.room(length).data();
  iovec vector{into, length};
  ssize_t got = preadv2(source.descriptor, &vector, 1, static_cast<off_t>(offset), RWF_NOWAIT);
  if (got < 0 || static_cast<std::size_t>(got) < length) {
    auto read = [&source, into, length, offset] { read_fully(source.descriptor, into, length, offset); };
    co_await blocking(read);
  }
  out_.commit(length);
}

Task<void> Connection::send_piece(const FileSource& source, std::uint64_t offset, std::uint64_t length) {
  if (source.memory) {
    co_await send();
    co_await send_all(std::string_view(*source.memory).substr(offset, length));
    sent_body_ += length;
    co_return;
  }
  const Phase before = phase_;
  const int file = source.descriptor;
  std::uint64_t warm_until = offset;
  std::uint64_t in_this_turn = 0;
  while (length > 0) {
    if (offset >= warm_until) {
      const std::uint64_t window = std::min(length, kWindow);
      if (!is_warm(file, offset) || !is_warm(file, offset + window - 1)) {
        auto warm = [file, offset, window] { warm_up(file, offset, window); };
        co_await blocking(warm);
      }
      warm_until = offset + window;
    }
    net::Stream::Transfer sent{};
    if (!out_.empty()) {
      sent = stream_.try_write_more(out_.view());
    } else {
      sent = stream_.try_send_file(file, offset,
                                   static_cast<std::size_t>(std::min(length, warm_until - offset)));
    }
    switch (sent.state) {
      case net::Stream::Transfer::State::moved:
        if (!out_.empty()) {
          out_.consume(sent.bytes);
          if (out_.empty()) out_.release();
          break;
        }
        offset += sent.bytes;
        length -= sent.bytes;
        in_this_turn += sent.bytes;
        sent_body_ += sent.bytes;
        if (in_this_turn >= kTurn) {
          in_this_turn = 0;
          co_await yield();
        }
        break;
      case net::Stream::Transfer::State::would_block: {
        co_await wait_writable();
        in_this_turn = 0;
        break;
      }
      case net::Stream::Transfer::State::ended: throw became_shorter();
      case net::Stream::Transfer::State::failed:
        client_gone_ = true;
        throw Error(Code::unavailable, "the client has closed the connection");
    }
  }
  phase_ = before;
  limit_ = TimePoint::max();
}

}  // namespace ngo::http
