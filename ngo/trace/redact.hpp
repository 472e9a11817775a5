// What must not be told about a URL: passwords, and the signatures that give access to what it names.
#pragma once

#include <string>
#include <string_view>

namespace ngo::trace {

// The query with the values of X-Amz-Signature, Signature, sig and their like replaced by REDACTED.
[[nodiscard]] std::string redact_query(std::string_view query);
// An absolute URL with that done, and user and password replaced as well.
[[nodiscard]] std::string redact_url(std::string_view url);

}  // namespace ngo::trace
