#include "ngo/base/thrown.hpp"

#include <dlfcn.h>

#include <array>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <typeinfo>
#include <utility>
#include <vector>

#include "ngo/base/stack_trace.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define NGO_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define NGO_SANITIZED 1
#endif
#endif

namespace ngo {
namespace {

constexpr std::size_t kNoted = 4;        // a handler may throw again while it cleans up
constexpr std::size_t kShown = 12;       // frames
constexpr std::size_t kPlacesKept = 64;  // descriptions

struct Noted {
  const void* object = nullptr;
  StackTrace stack;
};

struct Notes {
  std::array<Noted, kNoted> last;
  std::size_t next = 0;
};

thread_local Notes* notes = nullptr;  // null: this thread does not ask

[[maybe_unused]] void note(const void* object, const std::type_info& type) noexcept {
  if (notes == nullptr || std::strncmp(type.name(), "N3ngo", 5) == 0) return;
  Noted& noted = notes->last[notes->next++ % kNoted];
  noted.object = object;
  noted.stack = StackTrace::capture();
}

// "a()+0x1f (file)" without what is behind the name.
std::string name_of(const std::string& frame) {
  const std::size_t end = frame.rfind("+0x");
  return end == std::string::npos || end == 0 ? frame : frame.substr(0, end);
}

std::string describe(const StackTrace& stack, std::string_view edge) {
  std::string text;
  std::size_t shown = 0;
  for (const std::string& frame : stack.describe()) {
    // Ours, which stands between the throw and the library.
    if (shown == 0 &&
        (frame.find("__cxa_throw") != std::string::npos || frame.find("note(") != std::string::npos))
      continue;
    if (++shown > kShown || (!edge.empty() && frame.substr(0, edge.size()) == edge)) break;
    text.append(text.empty() ? "" : " < ").append(name_of(frame));
  }
  return text;
}

}  // namespace

void remember_throws() noexcept {
  static thread_local Notes own;
  StackTrace::prime();
  notes = &own;
}

std::string where_thrown(const std::exception& error, std::string_view edge) {
  if (notes == nullptr) return {};
  const void* const object = dynamic_cast<const void*>(&error);
  const StackTrace* stack = nullptr;
  for (std::size_t i = 0; i < kNoted && stack == nullptr; ++i) {
    const Noted& noted = notes->last[(notes->next + kNoted - 1 - i) % kNoted];
    if (noted.object == object) stack = &noted.stack;
  }
  if (stack == nullptr) return {};

  using Place = std::vector<const void*>;
  static std::mutex mutex;
  static std::map<Place, std::string> known;
  Place place;
  for (std::size_t i = 0; i < stack->size(); ++i) place.push_back((*stack)[i]);
  const std::lock_guard lock(mutex);
  if (const auto found = known.find(place); found != known.end()) return found->second;
  if (known.size() >= kPlacesKept) known.clear();
  return known.emplace(std::move(place), describe(*stack, edge)).first->second;
}

}  // namespace ngo

#if !defined(NGO_SANITIZED)
// Weak, so that a program may bring its own. The compilers know it with `void*` for the type.
// NOLINTNEXTLINE(bugprone-reserved-identifier): the name that throws have
extern "C" [[noreturn, gnu::weak]] void __cxa_throw(void* object, void* type, void (*destroy)(void*)) {
  using Throw = void (*)(void*, void*, void (*)(void*));
  static const auto next = reinterpret_cast<Throw>(dlsym(RTLD_NEXT, "__cxa_throw"));
  if (type != nullptr) ngo::note(object, *static_cast<const std::type_info*>(type));
  next(object, type, destroy);
  __builtin_unreachable();
}
#endif
