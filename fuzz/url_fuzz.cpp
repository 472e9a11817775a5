// Parses the input as a URL and as a reference to a fixed one. What is accepted must be normal already, must
// be a target that our own server takes, and must say the same in its parts as in its text.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "ngo/base/error.hpp"
#include "ngo/http/client/url.hpp"
#include "ngo/http/target.hpp"

namespace {

void require(bool condition, const char* what, const std::string& detail) {
  if (condition) return;
  std::fprintf(stderr, "url: %s: %s\n", what, detail.c_str());
  std::abort();
}

void check(const ngo::Url& url) {
  ngo::Url again;
  std::string problem;
  require(ngo::Url::parse(url.text(), again, problem), "its own text is refused",
          url.text() + ": " + problem);
  require(again.text() == url.text(), "is not normal", url.text() + " became " + again.text());
  require(again.socket_path() == url.socket_path() && again.port() == url.port(), "differs", url.text());
  std::string parts(url.origin());
  parts.append(url.path());
  if (url.has_query()) parts.append("?").append(url.query());
  require(parts == url.text(), "has parts that are not its text", parts);
  for (const char byte : url.text())
    require(byte > ' ' && byte < 0x7f, "has a byte that is not visible ASCII", url.text());
  if (url.socket_path().empty())
    require(ngo::http::is_authority(url.authority()), "has an authority that is none", url.text());
  ngo::http::Target target;
  const auto refused =
      ngo::http::parse_target(ngo::http::Method::get, url.target(), ngo::http::QueryRule::rfc3986, target);
  // The server is stricter with escapes that would mean something to a file system.
  const bool about_escapes = std::string_view(url.path()).find('%') != std::string_view::npos;
  require(!refused || about_escapes, "has a target that the server refuses", url.text());
  (void)url.masked();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  ngo::Url url;
  std::string problem;
  if (ngo::Url::parse(text, url, problem)) {
    check(url);
    require(url.join("").text() == url.text(), "the empty reference changes it", url.text());
  } else {
    require(!problem.empty(), "refused without a reason", text);
  }
  static const ngo::Url base("http://user:x@example.com/a/b?c");
  try {
    check(base.join(text));
  } catch (const ngo::Error&) {  // that it is refused is no finding
  }
  return 0;
}
