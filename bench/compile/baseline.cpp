// What a file of a service costs before ngo: the standard headers that ngo's public headers rest on and the
// containers that a service uses, and nothing else. `./dev bench compile` measures examples/hello against it.
#include <array>
#include <atomic>
#include <chrono>
#include <compare>
#include <concepts>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

int main() {}
