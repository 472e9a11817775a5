#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

#include "ngo/log/sink.hpp"

namespace ngo::log {

Console::Console(int descriptor, std::chrono::milliseconds patience) noexcept
    : descriptor_(descriptor), patience_(patience) {
  struct stat status{};
  if (fstat(descriptor, &status) != 0) return;
  if (S_ISSOCK(status.st_mode)) {
    target_ = Target::socket;
  } else if (S_ISFIFO(status.st_mode) || isatty(descriptor) != 0) {
    target_ = Target::pipe;
  }
}

bool Console::write(Level /*level*/, std::string_view line) noexcept {
  const std::lock_guard lock(mutex_);
  if (torn_) {
    if (!put("\n").empty()) return false;
    torn_ = false;
  }
  const std::string_view rest = put(line);
  torn_ = !rest.empty() && rest.size() != line.size();
  return rest.empty();
}

std::string_view Console::put(std::string_view text) noexcept {
  // Asked first, a blocking pipe takes up to PIPE_BUF bytes without blocking. A socket is never made to
  // block.
  while (!text.empty()) {
    if (target_ == Target::pipe && !writable()) return text;
    const std::size_t size = target_ == Target::pipe && text.size() > PIPE_BUF ? PIPE_BUF : text.size();
    const ssize_t written = target_ == Target::socket
                                ? send(descriptor_, text.data(), size, MSG_DONTWAIT | MSG_NOSIGNAL)
                                : ::write(descriptor_, text.data(), size);
    if (written > 0) {
      stalled_ = false;
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (written < 0 && errno == EINTR) {
      continue;
    } else if (written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      if (!writable()) return text;
    } else {
      return text;  // EPIPE, ENOSPC, EIO, EBADF: nobody to tell, and no reason to stop
    }
  }
  return text;
}

bool Console::writable() noexcept {
  pollfd waiting{.fd = descriptor_, .events = POLLOUT, .revents = 0};
  const int timeout = stalled_ ? 0 : static_cast<int>(patience_.count());
  int ready = poll(&waiting, 1, timeout);
  while (ready < 0 && errno == EINTR) ready = poll(&waiting, 1, timeout);
  stalled_ = ready == 0;
  return ready > 0;
}

}  // namespace ngo::log
