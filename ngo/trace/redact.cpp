#include "ngo/trace/redact.hpp"

#include <algorithm>
#include <array>

namespace ngo::trace {
namespace {

constexpr std::array<std::string_view, 7> kSecret = {
    "X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "AWSAccessKeyId", "Signature", "sig",
    "X-Goog-Signature"};

}  // namespace

std::string redact_query(std::string_view query) {
  std::string out;
  while (!query.empty()) {
    const std::size_t ampersand = query.find('&');
    const std::string_view pair = query.substr(0, ampersand);
    query = ampersand == std::string_view::npos ? std::string_view() : query.substr(ampersand + 1);
    const std::size_t equals = pair.find('=');
    const bool secret = equals != std::string_view::npos &&
                        std::find(kSecret.begin(), kSecret.end(), pair.substr(0, equals)) != kSecret.end();
    out.append(secret ? pair.substr(0, equals + 1) : pair);
    if (secret) out += "REDACTED";
    if (ampersand != std::string_view::npos) out.push_back('&');
  }
  return out;
}

std::string redact_url(std::string_view url) {
  std::string out;
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) {
    const std::size_t begin = scheme + 3;
    const std::size_t end = std::min(url.find_first_of("/?#", begin), url.size());
    const std::size_t at = url.substr(begin, end - begin).rfind('@');
    if (at != std::string_view::npos) {
      out.append(url.substr(0, begin)).append("REDACTED:REDACTED");
      url.remove_prefix(begin + at);
    }
  }
  const std::size_t question = url.find('?');
  if (question == std::string_view::npos) return out.append(url);
  const std::size_t hash = std::min(url.find('#', question), url.size());
  out.append(url.substr(0, question + 1));
  out.append(redact_query(url.substr(question + 1, hash - question - 1)));
  return out.append(url.substr(hash));
}

}  // namespace ngo::trace
