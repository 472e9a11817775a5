// Lists of entity tags, Accept-Encoding and names for Content-Disposition: whatever a client sends, the
// answer is one of those that exist, and nothing that is written back has a line break or a quote too many.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ngo/http/accept_encoding.hpp"
#include "ngo/http/conditions.hpp"
#include "ngo/http/file.hpp"
#include "ngo/http/headers.hpp"

namespace {

void want(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ngo::http;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  // Strong comparison is the stricter one.
  if (matches_any(text, "\"a\"", false)) want(matches_any(text, "\"a\"", true));
  Conditions conditions;
  conditions.if_match = text.substr(0, size / 2);
  conditions.if_none_match = text.substr(size / 2);
  conditions.if_range = text;
  const Validators now{"\"a\"", ngo::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT")};
  (void)evaluate(conditions, Method::get, now);
  (void)range_holds(conditions, now);
  Conditions dates;
  dates.if_unmodified_since = text;
  dates.if_modified_since = text;
  (void)evaluate(dates, Method::get, now);

  constexpr std::array<ngo::Coding, 3> kOffered = {ngo::Coding::zstd, ngo::Coding::br, ngo::Coding::gzip};
  AcceptedCodings accepted(text);
  const ngo::Coding coding = accepted.choose(kOffered);
  want(coding == ngo::Coding::identity || accepted.weight(coding) > 0);

  const std::string value = content_disposition("attachment", text);
  want(is_field_value(value));
  want(std::count(value.begin(), value.end(), '"') == 2);
  return 0;
}
