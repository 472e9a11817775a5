#include "ngo/base/id.hpp"

#include <pthread.h>
#include <sys/random.h>

#include <bit>
#include <chrono>
#include <ctime>

#include "ngo/base/problem.hpp"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace ngo {
namespace {

__extension__ using Wide = unsigned __int128;

// xoshiro256** 1.0 by Blackman and Vigna (2018): 256 bits of state, never all zero.
struct Generator {
  std::uint64_t state[4] = {};
  bool seeded = false;
};

constinit thread_local Generator generator;

// Spreads one number over a state (splitmix64): only when the kernel gives nothing.
void seed_poorly(Generator& target) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  auto x = static_cast<std::uint64_t>(now.tv_nsec) ^ (static_cast<std::uint64_t>(now.tv_sec) << 30) ^
           reinterpret_cast<std::uintptr_t>(&target);
  for (std::uint64_t& word : target.state) {
    x += 0x9E3779B97F4A7C15U;
    std::uint64_t z = x;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
    word = z ^ (z >> 31);
  }
}

void seed(Generator& target) noexcept {
  // Only the thread that forked lives on in the child, and this handler runs on it.
  static const int registered = pthread_atfork(nullptr, nullptr, [] { generator.seeded = false; });
  static_cast<void>(registered);
  const ssize_t got = getrandom(target.state, sizeof(target.state), 0);
  if (got != ssize_t{sizeof(target.state)}) seed_poorly(target);
  target.state[0] |= 1;
  target.seeded = true;
}

// A digit's value; 16 and more for what is no digit.
unsigned hex_value(char c, bool upper_too) noexcept {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (upper_too && c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return 16;
}

}  // namespace

std::uint64_t random_bits() noexcept {
  Generator& own = generator;
  if (!own.seeded) [[unlikely]]
    seed(own);
  std::uint64_t* const s = own.state;
  const std::uint64_t result = std::rotl(s[1] * 5, 7) * 9;
  const std::uint64_t t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = std::rotl(s[3], 45);
  return result;
}

// Lemire, "Fast Random Integer Generation in an Interval" (2019): a multiplication, and rarely a division.
std::uint64_t random_below(std::uint64_t limit) noexcept {
  Wide product = Wide{random_bits()} * limit;
  if (static_cast<std::uint64_t>(product) < limit) {
    const std::uint64_t surplus = (0 - limit) % limit;
    while (static_cast<std::uint64_t>(product) < surplus) product = Wide{random_bits()} * limit;
  }
  return static_cast<std::uint64_t>(product >> 64);
}

char* write_hex(std::uint64_t number, char* out) noexcept {
#if defined(__SSE2__)
  // All sixteen at once: each byte becomes its two halves, and what is over 9 skips to the letters.
  const __m128i bytes = _mm_cvtsi64_si128(static_cast<std::int64_t>(__builtin_bswap64(number)));
  const __m128i mask = _mm_set1_epi8(0x0f);
  const __m128i high = _mm_and_si128(_mm_srli_epi16(bytes, 4), mask);
  const __m128i halves = _mm_unpacklo_epi8(high, _mm_and_si128(bytes, mask));
  const __m128i letters =
      _mm_and_si128(_mm_cmpgt_epi8(halves, _mm_set1_epi8(9)), _mm_set1_epi8('a' - '0' - 10));
  const __m128i digits = _mm_add_epi8(_mm_add_epi8(halves, _mm_set1_epi8('0')), letters);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), digits);
  return out + 16;
#else
  for (int shift = 60; shift >= 0; shift -= 4) *out++ = "0123456789abcdef"[(number >> shift) & 15];
  return out;
#endif
}

std::optional<std::uint64_t> read_hex(std::string_view digits) noexcept {
  if (digits.size() != 16) return std::nullopt;
#if defined(__SSE2__)
  // All sixteen at once. Bytes beyond ASCII are negative, and so neither digits nor letters.
  const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(digits.data()));
  const auto between = [text](char low, char high) {
    return _mm_and_si128(_mm_cmpgt_epi8(text, _mm_set1_epi8(static_cast<char>(low - 1))),
                         _mm_cmplt_epi8(text, _mm_set1_epi8(static_cast<char>(high + 1))));
  };
  const __m128i figures = between('0', '9');
  const __m128i letters = between('a', 'f');
  if (_mm_movemask_epi8(_mm_or_si128(figures, letters)) != 0xffff) return std::nullopt;
  const __m128i base = _mm_or_si128(_mm_and_si128(figures, _mm_set1_epi8('0')),
                                    _mm_and_si128(letters, _mm_set1_epi8('a' - 10)));
  const __m128i halves = _mm_sub_epi8(text, base);
  // The first of two is the upper half of a byte: the lower one of a lane of 16 bits.
  const __m128i joined = _mm_or_si128(_mm_slli_epi16(halves, 4), _mm_srli_epi16(halves, 8));
  const __m128i bytes = _mm_packus_epi16(_mm_and_si128(joined, _mm_set1_epi16(0xff)), _mm_setzero_si128());
  return __builtin_bswap64(static_cast<std::uint64_t>(_mm_cvtsi128_si64(bytes)));
#else
  std::uint64_t number = 0;
  for (const char c : digits) {
    const unsigned value = hex_value(c, false);
    if (value > 15) return std::nullopt;
    number = number << 4 | value;
  }
  return number;
#endif
}

TraceId TraceId::generate() noexcept {
  TraceId id{random_bits(), random_bits()};
  while (!id.valid()) id.low = random_bits();
  return id;
}

std::optional<TraceId> TraceId::parse(std::string_view text) noexcept {
  if (text.size() != 32) return std::nullopt;
  const auto high = read_hex(text.substr(0, 16));
  const auto low = read_hex(text.substr(16));
  if (!high || !low || (*high | *low) == 0) return std::nullopt;
  return TraceId{*high, *low};
}

std::string TraceId::to_string() const {
  std::string out(32, '0');
  write_hex(low, write_hex(high, out.data()));
  return out;
}

SpanId SpanId::generate() noexcept {
  SpanId id{random_bits()};
  while (!id.valid()) id.value = random_bits();
  return id;
}

std::optional<SpanId> SpanId::parse(std::string_view text) noexcept {
  const auto value = read_hex(text);
  if (!value || *value == 0) return std::nullopt;
  return SpanId{*value};
}

std::string SpanId::to_string() const {
  std::string out(16, '0');
  write_hex(value, out.data());
  return out;
}

Uuid Uuid::random() noexcept {
  constexpr std::uint64_t kVersion = 0x4000;
  constexpr std::uint64_t kVariant = std::uint64_t{1} << 63;
  return {(random_bits() & ~std::uint64_t{0xF000}) | kVersion, random_bits() >> 2 | kVariant};
}

Uuid Uuid::at(SystemTime time) noexcept {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
  Uuid id = random();
  id.high = static_cast<std::uint64_t>(milliseconds) << 16 | 0x7000 | (id.high & 0x0FFF);
  return id;
}

std::optional<Uuid> Uuid::parse(std::string_view text) noexcept {
  if (text.size() != kTextSize) return std::nullopt;
  Wide number = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const unsigned value = hex_value(text[i], true);
    if (value > 15) return std::nullopt;
    number = number << 4 | value;
  }
  return Uuid{static_cast<std::uint64_t>(number >> 64), static_cast<std::uint64_t>(number)};
}

char* Uuid::write(char* out) const noexcept {
  char digits[32];
  write_hex(low, write_hex(high, digits));
  for (int i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) *out++ = '-';
    *out++ = digits[i];
  }
  return out;
}

std::string Uuid::to_string() const {
  std::string out(kTextSize, '-');
  write(out.data());
  return out;
}

void TextFormat<Uuid>::write(const Uuid& value, std::string& out) { out += value.to_string(); }

bool TextFormat<Uuid>::read(std::string_view text, Uuid& out, std::string& problem) {
  const std::optional<Uuid> parsed = Uuid::parse(text);
  if (!parsed) {
    problem =
        in_quotes(text) + " is not a UUID; expected text such as \"01890a5d-ac96-774b-bcce-b302099a8057\"";
    return false;
  }
  out = *parsed;
  return true;
}

}  // namespace ngo
