// Floating-point numbers between text and value, exact both ways: what is written is the shortest text that
// reads back as the same number. Ordinary numbers (few digits, small exponents) go a short way of one exact
// operation.
#pragma once

#include <cstddef>
#include <string_view>

namespace ngo::codec {

// Room that any number's text fits into.
inline constexpr std::size_t kNumberRoom = 32;

// Writes a finite number to `to`, which has kNumberRoom bytes; returns the end.
char* floating_to_text(char* to, double number) noexcept;
char* floating_to_text(char* to, float number) noexcept;

// Takes an ordinary number from [at, end): a sign, at most 17 digits, a point among them, no exponent. False:
// it is none, or the longer way is needed; then nothing was taken. What follows is not looked at unless it
// would belong to the number.
bool take_short_number(const char*& at, const char* end, double& out) noexcept;

// Reads a number that follows JSON's grammar. False: too large. What is too small becomes zero of its sign.
bool floating_from_text(std::string_view text, double& out) noexcept;
bool floating_from_text(std::string_view text, float& out) noexcept;

}  // namespace ngo::codec
