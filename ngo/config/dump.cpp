#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ngo/config/known_impl.hpp"
#include "ngo/config/secret.hpp"
#include "ngo/config/tree.hpp"

namespace ngo::config {
namespace {

class Dump {
 public:
  explicit Dump(std::span<const KnownKey> known) : known_(known) {}

  std::string take() { return std::move(out_); }

  void map(const Node& node, std::size_t depth, bool secret, const std::string& path) {
    bool first = in_list_;
    in_list_ = false;
    for (const Node::Entry& entry : node.entries()) {
      if (!first) out_.append(depth * 2, ' ');
      first = false;
      out_.append(entry.key).push_back(':');
      value(entry.value, depth + 1, secret || entry.value.secret() || is_secret_name(entry.key),
            join_path(path, entry.key));
    }
  }

 private:
  // What stands behind a key or a dash, with its line end.
  void value(const Node& node, std::size_t depth, bool secret, const std::string& path) {
    if (node.is_map() && !node.entries().empty()) {
      if (!in_list_) out_ += '\n';
      map(node, depth, secret, path);
      return;
    }
    if (node.is_list() && !node.elements().empty()) {
      out_ += '\n';
      std::size_t index = 0;
      for (const Node& element : node.elements()) {
        out_.append(depth * 2, ' ').append("-");
        in_list_ = element.is_map();
        if (in_list_ && !element.entries().empty()) out_ += ' ';
        value(element, depth + 1, secret || element.secret(), join_path(path, std::to_string(index++)));
        in_list_ = false;
      }
      return;
    }
    out_.append(" ").append(text_of(node, secret)).append("  # ").append(node.place().to_string());
    for (const Place& shadow : node.shadows()) out_.append(", over ").append(shadow.to_string());
    if (is_live(known_, path)) out_ += "; live";
    out_ += '\n';
  }

  static std::string text_of(const Node& node, bool secret) {
    if (node.is_map()) return "{}";
    if (node.is_list()) return "[]";
    if (node.is_null()) return "~";
    if (secret) return std::string(kMask);
    const std::string text = mask_urls(node.text());
    return node.plain() ? text : quoted(text);
  }

  // In full, unlike in_quotes().
  static std::string quoted(std::string_view text) {
    constexpr char kHex[] = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : text) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') {
        out.append("\\").push_back(c);
      } else if (c == '\n') {
        out += "\\n";
      } else if (byte < 0x20 || byte == 0x7F) {
        out.append("\\x").push_back(kHex[byte >> 4]);
        out.push_back(kHex[byte & 15]);
      } else {
        out += c;
      }
    }
    return out += '"';
  }

  std::span<const KnownKey> known_;
  std::string out_;
  bool in_list_ = false;  // the next entry stands behind a dash
};

}  // namespace

std::string Tree::dump() const {
  const std::vector<KnownKey> known = known_keys(known_);
  Dump dump(known);
  dump.map(root_, 0, false, {});
  return dump.take();
}

}  // namespace ngo::config
