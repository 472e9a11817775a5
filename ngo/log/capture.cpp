#include <utility>

#include "ngo/log/sink.hpp"

namespace ngo::log {

class Capture::Memory final : public Sink {
 public:
  bool write(Level level, std::string_view line) noexcept override {
    if (line.ends_with('\n')) line.remove_suffix(1);
    const std::lock_guard lock(mutex);
    lines.push_back({level, std::string(line)});
    return true;
  }

  mutable std::mutex mutex;
  std::vector<Line> lines;
};

Capture::Capture() : memory_(std::make_shared<Memory>()), before_(sink()) { set_sink(memory_); }

Capture::~Capture() { set_sink(std::move(before_)); }

std::vector<Capture::Line> Capture::lines() const {
  const std::lock_guard lock(memory_->mutex);
  return memory_->lines;
}

std::string Capture::text() const {
  std::string out;
  for (const Line& line : lines()) out.append(line.text).push_back('\n');
  return out;
}

void Capture::clear() {
  const std::lock_guard lock(memory_->mutex);
  memory_->lines.clear();
}

}  // namespace ngo::log
