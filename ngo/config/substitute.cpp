#include <cstddef>
#include <fstream>
#include <optional>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/codec/url.hpp"
#include "ngo/config/encryption.hpp"
#include "ngo/config/overrides.hpp"

namespace ngo::config {
namespace {

constexpr std::size_t kLargestFile = 1024 * 1024;
constexpr int kDeepest = 8;

class Substitution {
 public:
  Substitution(const Environment& environment, Report& report, std::vector<std::string>* files)
      : environment_(environment), report_(report), files_(files) {}

  void walk(Node& node, const std::string& path) {
    if (node.is_scalar() && node.text().find("${") != std::string::npos) {
      place_ = node.place();
      path_ = path;
      is_secret_ = false;
      const std::size_t before = report_.size();
      std::string text = expand(node.text(), 0);
      node.set_text(std::move(text));
      if (is_secret_) node.mark_secret();
      if (report_.size() != before) node.mark_faulty();
    }
    for (std::size_t i = 0; i < node.elements().size(); ++i)
      walk(node.elements()[i], join_path(path, std::to_string(i)));
    for (Node::Entry& entry : node.entries()) walk(entry.value, join_path(path, entry.key));
  }

  std::string address(std::string_view text, const Place& place) {
    place_ = place;
    std::string out;
    while (true) {
      const std::size_t start = text.find("${");
      out.append(text.substr(0, start));
      if (start == std::string_view::npos) return out;
      const std::optional<std::size_t> end = closing(text, start);
      if (!end) return fail("the \"${\" is never closed");
      out += url::encode_query(expand(text.substr(start, *end - start + 1), 0));
      text.remove_prefix(*end + 1);
    }
  }

 private:
  std::string fail(std::string message) {
    report_.error(place_, path_, std::move(message));
    return {};
  }

  std::string expand(std::string_view text, int depth) {
    if (depth > kDeepest) return fail("${...} inside ${...} too often");
    std::string out;
    while (true) {
      const std::size_t start = text.find("${");
      if (start == std::string_view::npos) return out.append(text);
      if (start > 0 && text[start - 1] == '$') {
        out.append(text.substr(0, start - 1)).append("${");
        text.remove_prefix(start + 2);
        continue;
      }
      out.append(text.substr(0, start));
      const std::optional<std::size_t> end = closing(text, start);
      if (!end) return fail("the \"${\" is never closed; write \"$${\" for the characters themselves");
      out += replace(text.substr(start + 2, *end - start - 2), depth);
      text.remove_prefix(*end + 1);
    }
  }

  // The "}" of the "${" at `start`.
  static std::optional<std::size_t> closing(std::string_view text, std::size_t start) {
    int open = 0;
    for (std::size_t i = start; i < text.size(); ++i) {
      if (text.substr(i).starts_with("${")) ++open;
      if (text[i] == '}' && --open == 0) return i;
    }
    return std::nullopt;
  }

  std::string replace(std::string_view inside, int depth) {
    const std::size_t colon = inside.find(':');
    const std::string_view name = inside.substr(0, colon);
    if (name.empty()) return fail("expected ${NAME}, ${NAME:default}, ${file:PATH} or ${enc:...}");
    if (name == "file" && colon != std::string_view::npos)
      return read_file(std::string(inside.substr(colon + 1)));
    if (name == "enc" && colon != std::string_view::npos) return decrypt(inside.substr(colon + 1));
    if (const auto value = environment_.get(name)) return std::string(*value);
    if (colon != std::string_view::npos) return expand(inside.substr(colon + 1), depth + 1);
    const std::string known(name);
    return fail("the environment variable " + known + " is not set; set it, or give a default: ${" + known +
                ":...}");
  }

  std::string decrypt(std::string_view encrypted) {
    is_secret_ = true;
    try {
      if (!key_) key_ = EncryptionKey::from_environment(environment_);
      if (key_) return key_->decrypt(encrypted);
    } catch (const Error& error) {
      return fail(error.message());
    }
    return fail(
        "the value is encrypted and there is no key: set NGO_CONFIG_KEY, or NGO_CONFIG_KEY_FILE to the path "
        "of a "
        "file that holds it");
  }

  // A mounted secret, without the line end that editors put behind it.
  std::string read_file(const std::string& path) {
    is_secret_ = true;
    if (files_ != nullptr) files_->push_back(path);
    std::ifstream file(path, std::ios::binary);
    std::string text(kLargestFile + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!file.is_open() || file.bad()) return fail("cannot read the file " + in_quotes(path));
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > kLargestFile) return fail("the file " + in_quotes(path) + " is larger than 1 MiB");
    if (text.ends_with('\n')) text.pop_back();
    if (text.ends_with('\r')) text.pop_back();
    return text;
  }

  const Environment& environment_;
  Report& report_;
  std::vector<std::string>* files_;
  Place place_;
  std::string path_;
  bool is_secret_ = false;
  std::optional<EncryptionKey> key_;
};

}  // namespace

void substitute(Node& root, const Environment& environment, Report& report, std::vector<std::string>* files) {
  Substitution(environment, report, files).walk(root, {});
}

std::string substitute_in_address(std::string_view address, const Environment& environment,
                                  const Place& place, Report& report) {
  return Substitution(environment, report, nullptr).address(address, place);
}

}  // namespace ngo::config
