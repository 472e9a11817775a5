// Tells when files have changed, whatever way they are changed in: written over, moved there, truncated and
// filled, renamed by an editor, swapped by a symbolic link as Kubernetes does it, gone and there again. What
// is being written is waited for. By inotify on the directories; a look now and then finds what inotify does
// not tell (network file systems), and is all there is where the kernel gives no inotify.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "ngo/net/socket.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/sync.hpp"
#include "ngo/runtime/task.hpp"
#include "ngo/runtime/timer.hpp"

namespace ngo::config {

// Belongs to the loop that is current when it is made. One coroutine waits in changed() at a time.
class FileWatch final : private IoHandler {
 public:
  // Nothing moves for so long before a change is told.
  static constexpr std::chrono::milliseconds kQuiet{10};
  // A file that was there and is not: somebody may be about to put another in its place.
  static constexpr std::chrono::milliseconds kGone{200};
  // A file that somebody writes and does not close; after that it is taken as it is.
  static constexpr std::chrono::milliseconds kOpen{1000};
  static constexpr std::chrono::milliseconds kLook{10'000};
  static constexpr std::chrono::milliseconds kLookAlone{1000};

  FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;
  ~FileWatch();

  // Watches these from now on, and nothing else: files, which need not exist; directories, with the files in
  // them; patterns of glob(). What was watched before counts as seen as it was then, what is new as it is
  // now. True when something is new.
  bool watch(const std::vector<std::string>& paths);
  // What is there now counts as seen.
  void see();
  // Whether nothing has happened since see().
  [[nodiscard]] bool is_as_seen();
  // Ends when something is different from what was seen, and is at rest. It may turn out to be the same.
  [[nodiscard]] Task<void> changed();

 private:
  struct Directory {
    std::vector<std::string> names;  // that matter in it
    bool all = false;                // every name does
  };

  void on_ready(Readiness) noexcept override;
  void look() noexcept { stirred_.set(); }
  // Takes what inotify has to tell.
  void drain();
  void take(int wd, std::uint32_t mask, std::string_view name);
  // Has inotify watch the directories in which something could happen, as they are now.
  void arm();
  void add_way(const std::string& path, std::map<std::string, Directory>& directories) const;
  [[nodiscard]] bool is_different() const;
  [[nodiscard]] bool is_something_gone() const;
  [[nodiscard]] bool is_being_written();

  EventLoop& loop_;
  net::Socket descriptor_;                   // of inotify; none: the kernel gives no more
  std::map<std::string, std::string> seen_;  // by path: what it looked like
  std::map<std::string, Directory> directories_;
  std::map<int, std::string> directory_of_;           // by watch
  std::map<int, std::vector<std::string>> files_of_;  // by watch
  std::map<std::string, TimePoint> open_;             // files that are being written, and when last
  bool touched_ = false;                              // something happened to what matters since see()
  bool moved_ = false;                                // arm() has to look again
  Event stirred_;
  CallbackTimer<FileWatch, &FileWatch::look> timer_{this};
};

}  // namespace ngo::config
