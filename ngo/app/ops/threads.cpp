#include "ngo/app/ops/threads.hpp"

#include <dirent.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>

namespace ngo::app {
namespace {

constexpr std::chrono::milliseconds kPatience{20};

// "1234 (name) S ...": a name may hold brackets itself.
ThreadState read_state(int id) {
  ThreadState thread;
  thread.id = id;
  std::ifstream file("/proc/self/task/" + std::to_string(id) + "/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t open = line.find('(');
  const std::size_t close = line.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close + 2 >= line.size()) return thread;
  thread.name = line.substr(open + 1, close - open - 1);
  thread.state = line[close + 2];
  return thread;
}

// Whether the thread would answer a signal, real-time ones in particular.
bool takes_signals(int id) {
  std::ifstream file("/proc/self/task/" + std::to_string(id) + "/status");
  std::string line;
  while (std::getline(file, line)) {
    if (!line.starts_with("SigBlk:")) continue;
    // The last real-time signals are the highest bits.
    return (std::strtoull(line.c_str() + 7, nullptr, 16) >> 60U) == 0;
  }
  return false;
}

}  // namespace

std::vector<ThreadState> all_threads() {
  std::vector<ThreadState> threads;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc/self/task"), &closedir);
  if (folder == nullptr) return threads;
  const auto own = static_cast<int>(syscall(SYS_gettid));
  // readdir is safe here: the stream is this function's own.
  while (const dirent* const entry = readdir(folder.get())) {  // NOLINT(concurrency-mt-unsafe)
    const int id = std::atoi(entry->d_name);
    if (id <= 0) continue;
    ThreadState thread = read_state(id);
    if (id == own) {
      thread.stack = StackTrace::capture();
    } else if (takes_signals(id)) {
      thread.stack = StackTrace::capture_thread(id, kPatience);
    }
    threads.push_back(std::move(thread));
  }
  return threads;
}

Frame parse_frame(std::string_view line) {
  Frame frame;
  if (line.ends_with(')')) {
    const std::size_t open = line.rfind(" (");
    if (open != std::string_view::npos) {
      frame.file = line.substr(open + 2, line.size() - open - 3);
      line = line.substr(0, open);
    }
  }
  if (const std::size_t offset = line.rfind("+0x"); offset != std::string_view::npos && offset != 0)
    line = line.substr(0, offset);
  // The last "::" that is in no brackets.
  std::size_t split = std::string_view::npos;
  int depth = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '(' && depth == 0 && !line.substr(i).starts_with("(anonymous")) break;
    if (c == '<' || c == '(' || c == '{' || c == '[') ++depth;
    if (c == '>' || c == ')' || c == '}' || c == ']') --depth;
    if (depth == 0 && c == ':' && i + 1 < line.size() && line[i + 1] == ':') split = i;
  }
  frame.function = split == std::string_view::npos ? line : line.substr(split + 2);
  if (split != std::string_view::npos) frame.scope = line.substr(0, split);
  return frame;
}

}  // namespace ngo::app
