// Dotenv: KEY=value lines as in a shell's environment file. "export " before a key is passed over, "#" begins
// a comment. Between single quotes everything stands for itself; between double quotes \n, \t, \", \\ and \$
// are escapes, and a value may go on over several lines.
#include <string>

#include "ngo/base/problem.hpp"
#include "ngo/base/text.hpp"
#include "ngo/config/cursor_impl.hpp"
#include "ngo/config/dotted_impl.hpp"
#include "ngo/config/readers_impl.hpp"

namespace ngo::config {
namespace {

// NGO_HTTPSERVER__PORT and HTTPSERVER__PORT are httpserver.port; names in lower case stay as they are.
std::string to_key(std::string_view name) {
  if (name.starts_with("NGO_")) name.remove_prefix(4);
  bool has_lower = false;
  for (const char c : name) has_lower |= c >= 'a' && c <= 'z';
  std::string out;
  while (!name.empty()) {
    if (name.starts_with("__")) {
      out += '.';
      name.remove_prefix(2);
    } else {
      out += has_lower ? name.front() : ascii_lower(name.front());
      name.remove_prefix(1);
    }
  }
  return out;
}

std::string quoted(Cursor& at, char quote) {
  const Place open = at.place();
  at.take();
  std::string out;
  while (true) {
    out += at.take_until(quote == '"' ? "\"\\" : "'");
    if (at.at_end()) at.fail(open, "the quote that opens here is never closed");
    const char c = at.take();
    if (c == quote) return out;
    const char escaped = at.take();
    if (escaped == 'n') {
      out += '\n';
    } else if (escaped == 't') {
      out += '\t';
    } else if (escaped == '"' || escaped == '\\' || escaped == '$') {
      out += escaped;
    } else if (escaped != '\0') {
      out.append("\\").push_back(escaped);
    }
  }
}

std::string_view without_comment(std::string_view text) {
  if (text.starts_with('#')) return {};
  const std::size_t hash = text.find(" #");
  return text.substr(0, std::min(hash, text.find("\t#")));
}

Node read_value(Cursor& at) {
  at.skip(" \t");
  const Place place = at.place();
  const char quote = at.peek();
  if (quote != '"' && quote != '\'') return plain_scalar(trim(without_comment(at.take_line())), place);
  std::string text = quoted(at, quote);
  const std::string_view behind = trim(at.take_line());
  if (!behind.empty() && behind.front() != '#') at.fail(place, "the quotes end before " + in_quotes(behind));
  return Node(std::move(text), false, place);
}

}  // namespace

void read_dotenv(std::string_view text, const SourceName& source, Node& root, Report& report) {
  Cursor at(text, source, report);
  Dotted tree(report);
  while (true) {
    at.skip(" \t\r\n");
    if (at.at_end()) break;
    if (at.peek() == '#') {
      at.take_line();
      continue;
    }
    if (at.accept("export ")) at.skip(" \t");
    const Place place = at.place();
    const std::string_view name = trim(at.take_until("=\n"));
    if (!at.accept("=")) at.fail(place, "a \"=\" is missing behind " + in_quotes(name));
    tree.set(to_key(name), place, read_value(at));
  }
  tree.finish(root);
}

}  // namespace ngo::config
