// Bytes on their way: filled at the end, taken from the front, contiguous. The memory comes from a pool of
// the thread when bytes come and goes back when none are left, so an idle connection holds none, and the few
// chunks in use stay in the cache.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

namespace ngo::net {

class Buffer {
 public:
  static constexpr std::size_t kChunk = 16 * 1024;

  Buffer() = default;
  Buffer(Buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        begin_(std::exchange(other.begin_, 0)),
        end_(std::exchange(other.end_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(begin_, other.begin_);
    std::swap(end_, other.end_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~Buffer() { release(); }

  [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }
  [[nodiscard]] std::size_t size() const noexcept { return end_ - begin_; }
  [[nodiscard]] char* data() noexcept { return data_ + begin_; }
  [[nodiscard]] std::string_view view() const noexcept { return {data_ + begin_, end_ - begin_}; }

  // At least `wanted` free bytes after the content; moves or reallocates when needed (views become invalid).
  [[nodiscard]] std::span<char> room(std::size_t wanted) {
    if (capacity_ - end_ < wanted) [[unlikely]]
      grow(wanted);
    return {data_ + end_, capacity_ - end_};
  }
  // Says that the first `size` bytes of room() are content now.
  void commit(std::size_t size) noexcept { end_ += size; }
  void append(std::string_view bytes) {
    if (capacity_ - end_ < bytes.size()) [[unlikely]]
      grow(bytes.size());
    std::memcpy(data_ + end_, bytes.data(), bytes.size());
    end_ += bytes.size();
  }
  // Drops bytes from the front.
  void consume(std::size_t size) noexcept { begin_ += size; }
  // Gives the memory back; the content is dropped.
  void release() noexcept;
  // Gives the memory back if nothing is in it.
  void release_if_empty() noexcept {
    if (empty() && data_ != nullptr) release();
  }

 private:
  void grow(std::size_t wanted);

  char* data_ = nullptr;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace ngo::net
