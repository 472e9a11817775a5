// Text in another encoding than UTF-8, as other services still send it. The encodings are those that browsers
// know, by the same names (WHATWG Encoding Standard, 4.2); others are not loaded, whatever a stranger's
// header asks for.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ngo {

// The text as UTF-8, without a byte order mark. `charset` is what a Content-Type calls it, in any case.
// Nothing when that is not known here, when some of the bytes are none of that encoding, or when the result
// would have more than `most` bytes. Any thread.
[[nodiscard]] std::optional<std::string> to_utf8(std::string_view text, std::string_view charset,
                                                 std::size_t most = static_cast<std::size_t>(-1));

}  // namespace ngo
