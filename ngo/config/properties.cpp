// Java's .properties: "key = value", "key: value" or "key value" a line; "#" and "!" begin comments, a "\" at
// the end of a line continues it.
#include <string>

#include "ngo/base/text.hpp"
#include "ngo/config/cursor_impl.hpp"
#include "ngo/config/dotted_impl.hpp"
#include "ngo/config/readers_impl.hpp"

namespace ngo::config {
namespace {

constexpr std::string_view kBlank = " \t";

// What stands behind a backslash; nothing where the line goes on in the next.
void escape(Cursor& at, std::string& out) {
  const char c = at.take();
  switch (c) {
    case 'n': out += '\n'; return;
    case 't': out += '\t'; return;
    case 'r': out += '\r'; return;
    case 'f': out += '\f'; return;
    case 'u': append_unicode_escape(at, out); return;
    case '\0': return;
    case '\r':
      at.accept("\n");
      at.skip(kBlank);
      return;
    case '\n': at.skip(kBlank); return;
    default: out += c;
  }
}

std::string take(Cursor& at, std::string_view ends) {
  std::string out;
  while (true) {
    out += at.take_until(ends);
    if (!at.accept("\\")) return out;
    escape(at, out);
  }
}

}  // namespace

void read_properties(std::string_view text, const SourceName& source, Node& root, Report& report) {
  Cursor at(text, source, report);
  Dotted tree(report);
  while (true) {
    at.skip(" \t\r\n");
    if (at.at_end()) break;
    if (at.peek() == '#' || at.peek() == '!') {
      at.take_line();
      continue;
    }
    const Place key_place = at.place();
    const std::string key = take(at, "=: \t\r\n\\");
    at.skip(kBlank);
    if (at.peek() == '=' || at.peek() == ':') at.take();
    at.skip(kBlank);
    const Place place = at.place();
    const std::string value = take(at, "\r\n\\");
    tree.set(key, key_place, plain_scalar(trim(value), place));
  }
  tree.finish(root);
}

}  // namespace ngo::config
