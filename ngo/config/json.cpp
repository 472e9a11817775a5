// JSON (RFC 8259) to a tree. Strict, but its messages know what people write by mistake: comments, a comma
// too many, single quotes.
#include <cstddef>
#include <string>
#include <utility>

#include "ngo/base/problem.hpp"
#include "ngo/config/cursor_impl.hpp"
#include "ngo/config/readers_impl.hpp"

namespace ngo::config {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr int kDeepest = 256;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// RFC 8259, section 6.
bool is_number(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const auto digits = [&] {
    const std::size_t from = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at > from;
  };
  if (at < text.size() && text[at] == '0') {
    ++at;
  } else if (!digits()) {
    return false;
  }
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (!digits()) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (!digits()) return false;
  }
  return at == text.size();
}

class JsonReader {
 public:
  explicit JsonReader(Cursor& at) : at_(at) {}

  void document(Node& root) {
    at_.skip(kSpace);
    if (at_.at_end()) return;
    if (at_.peek() != '{') at_.fail("expected an object, such as { \"httpServer\": { ... } }");
    object(root, 0);
    at_.skip(kSpace);
    if (!at_.at_end()) at_.fail("the object ends before this; nothing may stand behind it");
  }

 private:
  Node value(int depth) {
    if (depth > kDeepest) at_.fail("the values are nested too deeply");
    at_.skip(kSpace);
    const Place place = at_.place();
    if (at_.peek() == '{') {
      Node node(Node::Kind::map, place);
      object(node, depth);
      return node;
    }
    if (at_.peek() == '[') return list(depth);
    if (at_.peek() == '"') return Node(string(), false, place);
    const std::string_view word = at_.take_until(" \t\r\n,]}:\"");
    if (word == "null") return Node(Node::Kind::null, place);
    if (word == "true" || word == "false" || is_number(word)) return Node(std::string(word), true, place);
    at_.fail(place, no_value(word));
  }

  static std::string no_value(std::string_view word) {
    if (word.empty()) return "a value is missing here";
    if (word.starts_with("//") || word.starts_with("/*") || word.starts_with('#'))
      return "JSON has no comments; YAML and TOML have";
    if (word.starts_with('\'')) return "a text stands in double quotes";
    return in_quotes(word) + " is no value; a text stands in double quotes";
  }

  void object(Node& node, int depth) {
    const Place open = at_.place();
    at_.take();
    at_.skip(kSpace);
    if (at_.accept("}")) return;
    while (true) {
      at_.skip(kSpace);
      const Place place = at_.place();
      if (at_.at_end()) at_.fail(open, "the \"{\" that opens here is never closed");
      if (at_.peek() == '}') at_.fail("no comma may stand before this \"}\"");
      if (at_.peek() != '"') {
        at_.fail(at_.peek() == '/' || at_.peek() == '#' ? "JSON has no comments; YAML and TOML have"
                                                        : "a key stands in double quotes");
      }
      std::string key = string();
      at_.skip(kSpace);
      if (!at_.accept(":")) at_.fail("a \":\" is missing after the key " + in_quotes(key));
      Node child = value(depth + 1);
      add_once(node, std::move(key), place, std::move(child), at_.report());
      if (!more('}', open)) return;
    }
  }

  Node list(int depth) {
    const Place open = at_.place();
    Node node(Node::Kind::list, open);
    at_.take();
    at_.skip(kSpace);
    if (at_.accept("]")) return node;
    do {
      at_.skip(kSpace);
      if (at_.peek() == ']') at_.fail("no comma may stand before this \"]\"");
      node.elements().push_back(value(depth + 1));
    } while (more(']', open));
    return node;
  }

  bool more(char close, const Place& open) {
    at_.skip(kSpace);
    if (at_.accept(",")) return true;
    if (at_.at_end())
      at_.fail(open,
               std::string("the \"") + (close == '}' ? '{' : '[') + "\" that opens here is never closed");
    if (at_.peek() == close) {
      at_.take();
      return false;
    }
    at_.fail(std::string("a comma or \"") + close + "\" is missing before this");
  }

  std::string string() {
    const Place open = at_.place();
    at_.take();
    std::string out;
    while (true) {
      out += at_.take_until("\"\\\n\t\r");
      if (at_.at_end() || at_.peek() == '\n' || at_.peek() == '\r')
        at_.fail(open, "the quote that opens here is never closed in this line");
      if (at_.accept("\"")) return out;
      if (at_.peek() == '\t') at_.fail("a tab inside of a text is written \\t");
      at_.take();
      escape(out);
    }
  }

  void escape(std::string& out) {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    const char name = at_.take();
    if (name == 'u') return append_unicode_escape(at_, out);
    const std::size_t index = name == '\0' ? std::string_view::npos : kNames.find(name);
    if (index == std::string_view::npos)
      at_.fail("no escape is written like this; a backslash itself is \"\\\\\"");
    out += kMeanings[index];
  }

  Cursor& at_;
};

}  // namespace

void read_json(std::string_view text, const SourceName& source, Node& root, Report& report) {
  Cursor at(text, source, report);
  JsonReader(at).document(root);
}

}  // namespace ngo::config
