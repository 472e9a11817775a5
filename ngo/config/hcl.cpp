// HCL, as far as configuration needs it: attributes, blocks, lists, maps, heredocs and three kinds of
// comments; no expressions and functions. ${...} in a text is left for the tree's own substitution.
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "ngo/base/problem.hpp"
#include "ngo/base/text.hpp"
#include "ngo/config/cursor_impl.hpp"
#include "ngo/config/readers_impl.hpp"

namespace ngo::config {
namespace {

constexpr int kDeepest = 128;

bool is_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         static_cast<unsigned char>(c) >= 0x80;
}

class HclReader {
 public:
  explicit HclReader(Cursor& at) : at_(at) {}

  // Attributes and blocks, up to `close` (0: to the end).
  void body(Node& map, char close, const Place& open, int depth) {
    if (depth > kDeepest) at_.fail("the blocks are nested too deeply");
    while (true) {
      blank();
      if (at_.at_end()) {
        if (close == '\0') return;
        at_.fail(open, "the \"{\" that opens here is never closed");
      }
      if (close != '\0' && at_.peek() == close) {
        at_.take();
        return;
      }
      entry(map, depth);
      at_.skip(" \t\r");
      if (close != '\0') at_.accept(",");
    }
  }

 private:
  void blank() {
    while (true) {
      at_.skip(" \t\r\n");
      if (at_.peek() == '#' || at_.rest().starts_with("//")) {
        at_.take_line();
      } else if (at_.rest().starts_with("/*")) {
        const Place open = at_.place();
        while (!at_.at_end() && !at_.rest().starts_with("*/")) at_.take();
        if (!at_.accept("*/")) at_.fail(open, "the comment that opens here is never closed");
      } else {
        return;
      }
    }
  }

  std::string name() {
    if (at_.peek() == '"') return string();
    std::string out;
    while (is_name(at_.peek()) || (!out.empty() && at_.peek() == '.')) out += at_.take();
    if (out.empty()) at_.fail("expected a key, such as port = 8080, or a block, such as httpServer { ... }");
    return out;
  }

  void entry(Node& map, int depth) {
    const Place place = at_.place();
    std::string key = name();
    at_.skip(" \t\r");
    if (at_.peek() == '=' || at_.peek() == ':') {
      at_.take();
      blank();
      Node child = value(depth + 1);
      add_once(map, std::move(key), place, std::move(child), at_.report());
      return;
    }
    std::string label;
    const bool has_label = at_.peek() == '"' || is_name(at_.peek());
    const Place label_place = at_.place();
    if (has_label) {
      label = name();
      at_.skip(" \t\r");
    }
    if (at_.peek() != '{') {
      at_.fail(has_label ? "expected \"{\"; a block has at most one label"
                         : "expected \"=\" or \"{\" behind " + in_quotes(key));
    }
    const Place open = at_.place();
    at_.take();
    Node block(Node::Kind::map, open);
    if (has_label) block.add("name", label_place, Node(std::move(label), false, label_place));
    body(block, '}', open, depth + 1);
    add_block(map, std::move(key), place, std::move(block), has_label);
  }

  // A second block of the same kind makes a list of both; one with a label is in a list from the start.
  void add_block(Node& map, std::string key, const Place& place, Node block, bool in_list) {
    if (Node::Entry* const there = map.find(key); there != nullptr && there->key == key) {
      if (there->value.is_map()) {
        Node list(Node::Kind::list, there->value.place());
        list.elements().push_back(std::move(there->value));
        there->value = std::move(list);
      }
      if (!there->value.is_list())
        at_.fail(place,
                 "the key is a value in line " + std::to_string(there->key_place.line) + " and a block here");
      there->value.elements().push_back(std::move(block));
      return;
    }
    if (!in_list) {
      map.add(std::move(key), place, std::move(block));
      return;
    }
    Node list(Node::Kind::list, block.place());
    list.elements().push_back(std::move(block));
    map.add(std::move(key), place, std::move(list));
  }

  Node value(int depth) {
    const Place place = at_.place();
    if (depth > kDeepest) at_.fail("the values are nested too deeply");
    if (at_.peek() == '"') return Node(string(), false, place);
    if (at_.rest().starts_with("<<")) return Node(heredoc(), false, place);
    if (at_.accept("{")) {
      Node map(Node::Kind::map, place);
      body(map, '}', place, depth + 1);
      return map;
    }
    if (at_.accept("[")) return list(place, depth);
    const std::string_view word = at_.take_until(" \t\r\n,]}#");
    if (word == "null") return Node(Node::Kind::null, place);
    const bool number =
        !word.empty() && (is_ascii_digit(word.front()) || word.front() == '-' || word.front() == '.');
    if (word == "true" || word == "false" || number) return Node(std::string(word), true, place);
    at_.fail(place,
             word.empty()
                 ? "a value is missing here"
                 : in_quotes(word) +
                       " is no value: texts stand in double quotes, and expressions are not supported");
  }

  Node list(const Place& open, int depth) {
    Node out(Node::Kind::list, open);
    while (true) {
      blank();
      if (at_.accept("]")) return out;
      if (at_.at_end()) at_.fail(open, "the \"[\" that opens here is never closed");
      out.elements().push_back(value(depth + 1));
      blank();
      if (at_.accept(",")) continue;
      if (at_.peek() != ']' && !at_.at_end()) at_.fail("a comma or \"]\" is missing before this");
    }
  }

  // Quotes inside of ${...} do not end the text.
  std::string string() {
    const Place open = at_.place();
    at_.take();
    std::string out;
    int braces = 0;
    while (true) {
      const char c = at_.peek();
      if (at_.at_end() || (c == '\n' && braces == 0))
        at_.fail(open, "the quote that opens here is never closed in this line");
      if (c == '"' && braces == 0) {
        at_.take();
        return out;
      }
      if (c == '$' && at_.peek(1) == '{') {
        out += at_.take();
        ++braces;
      } else if (c == '}' && braces > 0) {
        --braces;
      } else if (c == '\\' && braces == 0) {
        at_.take();
        escape(out);
        continue;
      }
      out += at_.take();
    }
  }

  void escape(std::string& out) {
    const char c = at_.take();
    switch (c) {
      case 'n': out += '\n'; return;
      case 't': out += '\t'; return;
      case 'r': out += '\r'; return;
      case '"':
      case '\\': out += c; return;
      case 'u': append_unicode_escape(at_, out); return;
      default: at_.fail("no escape is written like this; a backslash itself is \"\\\\\"");
    }
  }

  // <<END ... END, and <<-END, which takes the indentation of the least indented line away.
  std::string heredoc() {
    const Place open = at_.place();
    at_.accept("<<");
    const bool indented = at_.accept("-");
    const std::string end(trim(at_.take_line()));
    if (end.empty()) at_.fail(open, "a word is missing behind \"<<\", as in <<END");
    std::vector<std::string_view> lines;
    std::size_t margin = std::string_view::npos;
    while (true) {
      if (at_.at_end()) at_.fail(open, "the text that begins here is never ended by " + in_quotes(end));
      const std::string_view line = at_.take_line();
      if (trim(line) == end) break;
      lines.push_back(line);
      const std::size_t first = line.find_first_not_of(" \t");
      if (first != std::string_view::npos) margin = std::min(margin, first);
    }
    std::string out;
    for (const std::string_view line : lines)
      out.append(indented ? line.substr(std::min(margin, line.size())) : line).push_back('\n');
    return out;
  }

  Cursor& at_;
};

}  // namespace

void read_hcl(std::string_view text, const SourceName& source, Node& root, Report& report) {
  Cursor at(text, source, report);
  HclReader(at).body(root, '\0', at.place(), 0);
}

}  // namespace ngo::config
