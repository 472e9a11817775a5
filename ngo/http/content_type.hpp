// Media types: taking one apart (RFC 9110, 8.3.1), and choosing by Accept (12.5.1).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ngo::http {

// A media type with its parameters; refers to the text that it was made of.
class MediaType {
 public:
  // Nothing when the text is none: type "/" subtype, then `; name=value` or `; name="value"`.
  [[nodiscard]] static std::optional<MediaType> parse(std::string_view text) noexcept;

  // "multipart", "form-data": as they were written.
  [[nodiscard]] std::string_view type() const noexcept { return type_; }
  [[nodiscard]] std::string_view subtype() const noexcept { return subtype_; }
  // Whether it is that type, in any case and with any parameters: is("text/plain").
  [[nodiscard]] bool is(std::string_view essence) const noexcept;
  // Unquoted; nothing when it is missing. A name in any case.
  [[nodiscard]] std::optional<std::string> parameter(std::string_view name) const;
  // Every parameter that the other one has is here with the same value, but for "q".
  [[nodiscard]] bool has_parameters_of(const MediaType& range) const;
  [[nodiscard]] std::size_t parameter_count() const noexcept;

 private:
  std::string_view type_;
  std::string_view subtype_;
  std::string_view parameters_;
};

// How welcome a media type is by the Accept fields, in thousandths: the weight of the most specific range
// that matches it; 0 when it is refused. Without a field everything is.
[[nodiscard]] int acceptance_of(std::span<const std::string_view> accept_fields, std::string_view media_type);

// The one of `offered` that is most welcome, of equals the first; nothing when all are refused.
[[nodiscard]] std::optional<std::size_t> choose_media_type(std::span<const std::string_view> accept_fields,
                                                           std::span<const std::string_view> offered);

}  // namespace ngo::http
