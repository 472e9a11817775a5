// INI: [section] or [section.below], "key = value" or "key: value"; "#" and ";" begin comments, also behind a
// value where a space stands before them. Values may stand in quotes.
#include <string>

#include "ngo/base/problem.hpp"
#include "ngo/base/text.hpp"
#include "ngo/config/cursor_impl.hpp"
#include "ngo/config/dotted_impl.hpp"
#include "ngo/config/readers_impl.hpp"

namespace ngo::config {
namespace {

// The line without a comment behind a value.
std::string_view without_comment(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if ((text[i] == '#' || text[i] == ';') && (text[i - 1] == ' ' || text[i - 1] == '\t'))
      return text.substr(0, i);
  }
  return text.starts_with('#') || text.starts_with(';') ? std::string_view() : text;
}

Node read_value(Cursor& at) {
  at.skip(" \t");
  const Place place = at.place();
  const char quote = at.peek();
  if (quote != '"' && quote != '\'') return plain_scalar(trim(without_comment(at.take_line())), place);
  at.take();
  const std::string_view text = at.take_until(quote == '"' ? "\"\n" : "'\n");
  if (at.take() != quote) at.fail(place, "the quote that opens here is never closed in this line");
  const std::string_view behind = trim(at.take_line());
  if (!behind.empty() && behind.front() != '#' && behind.front() != ';')
    at.fail(place, "the quotes end before " + in_quotes(behind));
  return Node(std::string(text), false, place);
}

}  // namespace

void read_ini(std::string_view text, const SourceName& source, Node& root, Report& report) {
  Cursor at(text, source, report);
  Dotted tree(report);
  std::string section;
  while (true) {
    at.skip(" \t\r\n");
    if (at.at_end()) break;
    const Place place = at.place();
    if (at.peek() == '#' || at.peek() == ';') {
      at.take_line();
    } else if (at.accept("[")) {
      section = std::string(trim(at.take_until("]\n")));
      if (!at.accept("]")) at.fail(place, "the \"[\" that opens here is never closed in this line");
      const std::string_view behind = trim(at.take_line());
      if (section.empty()) at.fail(place, "a section's name is missing between \"[\" and \"]\"");
      if (!behind.empty() && behind.front() != '#' && behind.front() != ';')
        at.fail(place, "a section stands alone in its line, found " + in_quotes(behind) + " behind it");
      if (section == "DEFAULT" || section == "default") {
        section.clear();
      } else {
        tree.open(section, place);
      }
    } else {
      const std::string_view key = trim(at.take_until("=:\n"));
      if (at.peek() != '=' && at.peek() != ':') at.fail(place, "a \"=\" is missing behind " + in_quotes(key));
      at.take();
      tree.set(join_path(section, key), place, read_value(at));
    }
  }
  tree.finish(root);
}

}  // namespace ngo::config
