#include "ngo/net/buffer.hpp"

#include <algorithm>
#include <new>

namespace ngo::net {
namespace {

constexpr std::size_t kKeep = 64;  // free chunks kept by each thread: 1 MiB

struct FreeChunk {
  FreeChunk* next;
};

constinit thread_local FreeChunk* free_chunks = nullptr;
constinit thread_local std::size_t free_count = 0;
constinit thread_local bool closed = false;

struct AtThreadEnd {
  ~AtThreadEnd() {
    closed = true;
    while (FreeChunk* chunk = free_chunks) {
      free_chunks = chunk->next;
      ::operator delete(chunk);
    }
  }
};

char* take_chunk() {
  if (FreeChunk* chunk = free_chunks) {
    free_chunks = chunk->next;
    --free_count;
    return reinterpret_cast<char*>(chunk);
  }
  static thread_local AtThreadEnd at_thread_end;
  (void)at_thread_end;
  return static_cast<char*>(::operator new(Buffer::kChunk));
}

void give(char* data, std::size_t capacity) noexcept {
  if (capacity != Buffer::kChunk || closed || free_count >= kKeep) return ::operator delete(data);
  free_chunks = new (data) FreeChunk{free_chunks};
  ++free_count;
}

}  // namespace

void Buffer::release() noexcept {
  if (data_ != nullptr) give(data_, capacity_);
  data_ = nullptr;
  begin_ = end_ = capacity_ = 0;
}

void Buffer::grow(std::size_t wanted) {
  std::size_t used = size();
  if (data_ != nullptr && capacity_ - used >= wanted && begin_ >= capacity_ / 2) {
    std::memmove(data_, data_ + begin_, used);
  } else {
    std::size_t capacity = kChunk;
    while (capacity < used + wanted) capacity *= 2;
    char* data = capacity == kChunk ? take_chunk() : static_cast<char*>(::operator new(capacity));
    if (used != 0) std::memcpy(data, data_ + begin_, used);
    if (data_ != nullptr) give(data_, capacity_);
    data_ = data;
    capacity_ = capacity;
  }
  begin_ = 0;
  end_ = used;
}

}  // namespace ngo::net
