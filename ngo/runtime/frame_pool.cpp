#include "ngo/runtime/frame_pool.hpp"

#include <array>
#include <new>

#if defined(__SANITIZE_ADDRESS__)
#define NGO_PLAIN_FRAMES 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NGO_PLAIN_FRAMES 1
#endif
#endif

namespace ngo::detail {

#ifdef NGO_PLAIN_FRAMES

void* allocate_frame(std::size_t size) { return ::operator new(size); }
void free_frame(void* frame, std::size_t size) noexcept { ::operator delete(frame, size); }

#else

namespace {

constexpr std::size_t kGranule = 64;
constexpr std::size_t kClasses = 32;  // frames up to 2 KiB
constexpr std::size_t kKeep = 256;    // free frames kept for each class

struct FreeFrame {
  FreeFrame* next;
};

struct Class {
  FreeFrame* first = nullptr;
  std::size_t count = 0;
};

// Trivial, so that reaching it costs one instruction and it can be used while a thread ends.
constinit thread_local std::array<Class, kClasses> free_frames{};
constinit thread_local bool closed = false;

struct AtThreadEnd {
  ~AtThreadEnd() {
    closed = true;
    for (Class& of_size : free_frames) {
      while (FreeFrame* frame = of_size.first) {
        of_size.first = frame->next;
        ::operator delete(frame);
      }
    }
  }
};

void register_thread() {
  static thread_local AtThreadEnd at_thread_end;
  (void)at_thread_end;
}

}  // namespace

void* allocate_frame(std::size_t size) {
  std::size_t index = (size - 1) / kGranule;
  if (index >= kClasses) return ::operator new(size);
  Class& of_size = free_frames[index];
  if (FreeFrame* frame = of_size.first) {
    of_size.first = frame->next;
    --of_size.count;
    return frame;
  }
  register_thread();
  return ::operator new((index + 1) * kGranule);
}

void free_frame(void* frame, std::size_t size) noexcept {
  std::size_t index = (size - 1) / kGranule;
  if (index >= kClasses || closed || free_frames[index].count >= kKeep) {
    ::operator delete(frame);
    return;
  }
  Class& of_size = free_frames[index];
  if (of_size.first == nullptr) register_thread();
  of_size.first = new (frame) FreeFrame{of_size.first};
  ++of_size.count;
}

#endif

}  // namespace ngo::detail
