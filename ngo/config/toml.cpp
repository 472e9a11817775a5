// TOML 1.0 to a tree, by toml++. Its tables are sorted by key; the tree has the order of the file.
// What a user writes trips assertions of this version of the library ("[=": a table without a name), which
// would end the process, or be undefined with NDEBUG. They become an exception here.
#undef NDEBUG
namespace {

struct BrokenAssertion {};

constexpr void require(bool good) {
  if (!good) throw BrokenAssertion();
}

}  // namespace
#define TOML_ASSERT(expression) require(static_cast<bool>(expression))
#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#define TOML_ENABLE_WINDOWS_COMPAT 0
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>
#include <utility>
#include <vector>

#include "ngo/config/cursor_impl.hpp"
#include "ngo/config/readers_impl.hpp"

namespace ngo::config {
namespace {

constexpr std::size_t kMostParts = 64;  // of a dotted key

// The text in ASCII alone: this version of the library has undefined behaviour at other letters outside of
// texts and comments. Every other byte becomes a mark and two digits, and is put back afterwards.
class AsciiText {
 public:
  explicit AsciiText(std::string_view text) {
    for (int number = 0; text.find(mark_) != std::string_view::npos; ++number)
      mark_ = "ngoByte" + std::to_string(number) + "x";
    constexpr char kDigits[] = "0123456789ABCDEF";
    lines_.push_back(0);
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte < 0x80) {
        text_ += c;
      } else {
        text_.append(mark_).push_back(kDigits[byte >> 4]);
        text_ += kDigits[byte & 15];
      }
      if (c == '\n') lines_.push_back(text_.size());
    }
  }

  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  [[nodiscard]] std::string original(std::string_view text) const {
    std::string out;
    const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'A' + 10; };
    while (true) {
      const std::size_t at = text.find(mark_);
      if (at == std::string_view::npos || at + mark_.size() + 2 > text.size()) return out.append(text);
      out += text.substr(0, at);
      text.remove_prefix(at + mark_.size());
      out += static_cast<char>(digit(text[0]) * 16 + digit(text[1]));
      text.remove_prefix(2);
    }
  }

  // The column in bytes of the original.
  [[nodiscard]] std::uint32_t column(const toml::source_position& at) const {
    if (at.line == 0 || at.line > lines_.size()) return at.column;
    const std::string_view before = std::string_view(text_).substr(lines_[at.line - 1], at.column - 1);
    std::size_t marks = 0;
    for (std::size_t i = before.find(mark_); i != std::string_view::npos; i = before.find(mark_, i + 1))
      ++marks;
    return at.column - static_cast<std::uint32_t>(marks * (mark_.size() + 1));
  }

 private:
  std::string mark_ = "ngoBytex";
  std::string text_;
  std::vector<std::size_t> lines_;  // where each begins
};

class TomlReader {
 public:
  TomlReader(SourceName source, const AsciiText& text) : source_(std::move(source)), text_(text) {}

  void table(const toml::table& from, Node& to) const {
    using Entry = std::pair<const toml::key*, const toml::node*>;
    std::vector<Entry> entries;
    for (const auto& [key, value] : from) entries.emplace_back(&key, &value);
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
      return a.first->source().begin < b.first->source().begin;
    });
    for (const auto& [key, value] : entries) {
      to.add(text_.original(key->str()), place(key->source()), node(*value, key->source()));
    }
  }

 private:
  [[nodiscard]] Place place(const toml::source_region& region) const {
    return {source_, region.begin.line, text_.column(region.begin)};
  }

  // A table that [a.b] makes has no place of its own; it stands where its key stands.
  [[nodiscard]] Node node(const toml::node& from, const toml::source_region& key) const {
    const Place here = place(from.source().begin ? from.source() : key);
    if (const toml::table* const map = from.as_table()) {
      Node out(Node::Kind::map, here);
      table(*map, out);
      return out;
    }
    if (const toml::array* const list = from.as_array()) {
      Node out(Node::Kind::list, here);
      for (const toml::node& each : *list) out.elements().push_back(node(each, key));
      return out;
    }
    if (const auto* const text = from.as_string()) return Node(text_.original(text->get()), false, here);
    if (const auto* const number = from.as_integer()) return Node(std::to_string(number->get()), true, here);
    if (const auto* const truth = from.as_boolean()) return Node(truth->get() ? "true" : "false", true, here);
    if (const auto* const number = from.as_floating_point()) return Node(digits(number->get()), true, here);
    std::ostringstream out;
    if (const auto* const date = from.as_date()) out << date->get();
    if (const auto* const time = from.as_time()) out << time->get();
    if (const auto* const both = from.as_date_time()) out << both->get();
    return Node(out.str(), false, here);
  }

  // The shortest text that is this number; always one with a point or an exponent.
  static std::string digits(double number) {
    if (std::isnan(number)) return ".nan";
    if (std::isinf(number)) return number < 0 ? "-.inf" : ".inf";
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof(buffer), number).ptr;
    std::string out(buffer, end);
    if (out.find_first_of(".e") == std::string::npos) out += ".0";
    return out;
  }

  SourceName source_;
  const AsciiText& text_;
};

// How many parts the longest dotted key has, about, and where: the library makes a table in a table of each,
// however many there are, and its destructor descends into them.
std::size_t longest_key(std::string_view text, std::uint32_t& line) {
  std::size_t longest = 0;
  std::size_t parts = 1;
  std::uint32_t here = 1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' || c == '\'') {
      const std::string_view rest = text.substr(i);
      const std::string_view end =
          rest.substr(0, 3) == std::string(3, c) ? rest.substr(0, 3) : rest.substr(0, 1);
      std::size_t at = i + end.size();
      while (at < text.size() && text.substr(at, end.size()) != end && (end.size() == 3 || text[at] != '\n'))
        at += c == '"' && text[at] == '\\' ? 2 : 1;
      here += static_cast<std::uint32_t>(
          std::count(text.begin() + static_cast<std::ptrdiff_t>(i),
                     text.begin() + static_cast<std::ptrdiff_t>(std::min(at, text.size())), '\n'));
      i = at + end.size() - 1;
      if (at < text.size() && text[at] == '\n') --i;
    } else if (c == '#') {
      i = std::min(text.find('\n', i), text.size()) - 1;
    } else if (c == '.') {
      if (++parts > longest) {
        longest = parts;
        line = here;
      }
    } else if (std::string_view("\n,={[").find(c) != std::string_view::npos) {
      parts = 1;
      if (c == '\n') ++here;
    }
  }
  return longest;
}

// The line that most likely trips an assertion: the first header of a table whose name cannot begin so.
std::uint32_t suspicious_line(std::string_view text) {
  std::uint32_t number = 1;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    const std::size_t bracket = line.find_first_not_of(" \t");
    const std::size_t name = line.find_first_not_of("[ \t", bracket);
    if (bracket != std::string_view::npos && line[bracket] == '[' && name != std::string_view::npos &&
        std::string_view("=^!@#$%&*()+{}|:;<>?,./~`").find(line[name]) != std::string_view::npos) {
      return number;
    }
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
    ++number;
  }
  return 1;
}

}  // namespace

void read_toml(std::string_view text, const SourceName& source, Node& root, Report& report) {
  const AsciiText ascii(text);
  std::uint32_t line = 1;
  if (const std::size_t parts = longest_key(text, line); parts > kMostParts) {
    report.error(
        {source, line, 1}, {},
        "a key has " + std::to_string(parts) + " parts; expected " + std::to_string(kMostParts) + " at most");
    return;
  }
  try {
    const toml::table table = toml::parse(ascii.text());
    TomlReader(source, ascii).table(table, root);
  } catch (const toml::parse_error& error) {
    const toml::source_position at = error.source().begin;
    std::string message = ascii.original(error.description());
    for (char& c : message) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    }
    report.error({source, at.line, ascii.column(at)}, {}, "this is not TOML: " + message);
  } catch (const BrokenAssertion&) {
    report.error(
        {source, suspicious_line(text), 1}, {},
        "this is not TOML: a key or a table's name is missing, or begins with a character that needs quotes");
  }
}

}  // namespace ngo::config
