// File names as clients send them, made safe to be used as names: nothing of a path, nothing that hides or
// runs. For showing and for storing below a directory of one's own; two clients may well send the same name.
#pragma once

#include <string>
#include <string_view>

namespace ngo::http {

// One path component that is never empty, ".", ".." or hidden: what stands behind the last slash or
// backslash, as UTF-8 of at most 200 bytes that keeps its extension; without control characters and without
// those that turn the direction of text; with "_" for what a file system, a shell or a browser could take for
// something else, and before what begins with "-" or is a device on Windows. "file" where nothing is left.
[[nodiscard]] std::string safe_file_name(std::string_view sent);

}  // namespace ngo::http
