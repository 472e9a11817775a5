// What Pinpoint tells by number instead of by name: calls, texts and statements are registered once with its
// collector, before the spans that speak of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ngo::trace {

class PinpointMetadata {
 public:
  enum class Kind : std::uint8_t { api, text, sql };
  // PApiMetaData's `type` of a request and of a plain call.
  static constexpr std::int32_t kCall = 0;
  static constexpr std::int32_t kWebRequest = 100;
  static constexpr std::int32_t kInvocation = 200;

  struct Entry {
    Kind kind = Kind::api;
    std::int32_t id = 0;
    std::int32_t type = kCall;  // of an api
    std::string text;
    bool told = false;
  };

  // The number of that text, from 1; a new one is to be told.
  [[nodiscard]] std::int32_t id_of(Kind kind, std::string_view text, std::int32_t type = kCall);
  // The first that is not told yet; null without one. It lives until shorten().
  [[nodiscard]] Entry* untold() noexcept;
  // A collector that may not know them is there: all are told again.
  void tell_again() noexcept;
  // Forgets all of them when there are more than `most`; their numbers are not given again.
  void shorten(std::size_t most);

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  std::vector<Entry> entries_;
  std::map<std::pair<Kind, std::string>, std::size_t> places_;
  std::size_t told_ = 0;  // of the entries before it all are told
  std::int32_t last_id_ = 0;
};

// "PApiMetaData", "PStringMetaData" or "PSqlMetaData", as bytes.
[[nodiscard]] std::string encode_pinpoint_metadata(const PinpointMetadata::Entry& entry);

// A statement without its literals, as Pinpoint groups statements: 'text' becomes '0$', a number 0#, each
// with its place among the literals, which go into `values`, between commas (a comma of theirs is doubled).
[[nodiscard]] std::string pinpoint_sql(std::string_view statement, std::string& values);

}  // namespace ngo::trace
