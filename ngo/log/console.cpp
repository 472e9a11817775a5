#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "ngo/log/registry_impl.hpp"
#include "ngo/log/sink.hpp"

namespace ngo::log {

Console::Console(int descriptor, std::chrono::milliseconds patience, bool gathers) noexcept
    : gathers_(gathers), descriptor_(descriptor), patience_(patience) {
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
  if (!gathers_) return put_lines(line);
  // A pipe takes so much in one piece, whoever else writes into it.
  const std::size_t most = target_ == Target::file ? 64 * 1024 : PIPE_BUF;
  if (gathered_.size() + line.size() > most) put_gathered();
  gathered_ += line;
  return true;
}

void Console::flush() noexcept {
  const std::lock_guard lock(mutex_);
  if (!gathered_.empty()) put_gathered();
}

void Console::put_gathered() noexcept {
  if (!put_lines(gathered_)) Registry::add_dropped(lost_);
  gathered_.clear();
}

// False: some were not taken; lost_ says how many.
bool Console::put_lines(std::string_view lines) noexcept {
  std::string_view rest = lines;
  if (!torn_ || put("\n").empty()) {
    torn_ = false;
    rest = put(lines);
    torn_ = !rest.empty() && rest.size() != lines.size() && lines[lines.size() - rest.size() - 1] != '\n';
  }
  lost_ = static_cast<std::uint64_t>(std::count(rest.begin(), rest.end(), '\n'));
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
