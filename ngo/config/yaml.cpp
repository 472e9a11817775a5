#include "ngo/config/yaml.hpp"

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <sstream>
#include <utility>
#include <vector>

#include "ngo/base/problem.hpp"
#include "ngo/config/cursor_impl.hpp"

namespace ngo::config {
namespace {

constexpr std::string_view kCoreTags = "tag:yaml.org,2002:";

// Far more than any configuration has, and little enough that aliases of aliases cannot fill the memory.
constexpr std::size_t kMostNodes = 100'000;

// Finds places in a text: the library names them by line and column, which is counted in bytes.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {
    starts_.push_back(0);
    for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
      starts_.push_back(at + 1);
  }
  // What begins there.
  [[nodiscard]] std::string_view from(const YAML::Mark& mark) const {
    const auto line = static_cast<std::size_t>(std::max(mark.line, 0));
    if (line >= starts_.size()) return {};
    return text_.substr(
        std::min(starts_[line] + static_cast<std::size_t>(std::max(mark.column, 0)), text_.size()));
  }

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;
};

class Builder final : public YAML::EventHandler {
 public:
  Builder(std::shared_ptr<const std::string> source, std::string_view text, bool many, Report& report)
      : source_(std::move(source)), text_(text), many_(many), report_(report) {}

  // One for each document, and for the part of one that was read before a mistake.
  std::vector<Node> take() {
    if (in_document_) documents_.push_back(std::move(root_));
    return std::move(documents_);
  }

  [[nodiscard]] Place place(const YAML::Mark& mark) const {
    return {source_, static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1)};
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (!many_ && !documents_.empty()) {
      stop(mark,
           "a second document begins here; a configuration file has one: merge both or remove the \"---\"");
    }
    in_document_ = true;
    anchors_.clear();
    root_ = Node(Node::Kind::null, place(mark));
  }
  void OnDocumentEnd() override {
    documents_.push_back(std::move(root_));
    in_document_ = false;
  }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (expects_key()) stop(mark, "a key is missing before the \":\"");
    put(Node(Node::Kind::null, place(mark)), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_tag(mark, tag);
    check_quotes(mark);
    if (expects_key()) return key(mark, value, tag == "?");
    put(Node(value, tag == "?", place(mark)), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (expects_key()) stop(mark, "an alias cannot be a key");
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) stop(mark, "the alias stands inside the value that it names");
    nodes_ += found->second.nodes;
    check_size(mark);
    attach(found->second.node, mark);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    open(Node::Kind::list, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    open(Node::Kind::map, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Node node;
    YAML::Mark mark;
    YAML::anchor_t anchor;
    std::size_t nodes_before;
    bool has_key = false;
    bool key_merges = false;   // the key is <<
    bool key_repeats = false;  // the key was there before; its value is left out
    std::string key;
    Place key_place;
    std::vector<Node> merged;  // the maps that << laid under this one
  };
  struct Anchored {
    Node node;
    std::size_t nodes;
  };

  [[noreturn]] void stop(const YAML::Mark& mark, std::string message) {
    report_.error(place(mark), path(), std::move(message));
    throw Stop();
  }

  // The keys that are open now.
  [[nodiscard]] std::string path() const {
    std::string out;
    for (const Open& each : open_) {
      if (each.node.is_list()) {
        out = join_path(out, std::to_string(each.node.elements().size()));
      } else if (each.has_key) {
        out = join_path(out, each.key);
      }
    }
    return out;
  }

  [[nodiscard]] bool expects_key() const {
    return !open_.empty() && open_.back().node.is_map() && !open_.back().has_key;
  }

  void check_size(const YAML::Mark& mark) {
    if (nodes_ > kMostNodes) stop(mark, "more than " + std::to_string(kMostNodes) + " values");
  }

  void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    // These say what the text looks like anyway; others (binary, set) would change what it means.
    for (const std::string_view known : {"str", "int", "float", "bool", "null", "map", "seq"}) {
      if (tag.starts_with(kCoreTags) && tag.substr(kCoreTags.size()) == known) return;
    }
    stop(mark, "tags such as " + in_quotes(tag) + " are not supported");
  }

  // The library takes an open quote to reach to the end of the file.
  void check_quotes(const YAML::Mark& mark) {
    const std::string_view rest = text_.from(mark);
    if (rest.empty() || (rest.front() != '"' && rest.front() != '\'')) return;
    const char quote = rest.front();
    for (std::size_t i = 1; i < rest.size(); ++i) {
      const bool escape = quote == '"' ? rest[i] == '\\' : rest.substr(i).starts_with("''");
      if (escape) {
        ++i;
      } else if (rest[i] == quote) {
        return;
      }
    }
    stop(mark, "the quote that opens here is never closed");
  }

  // The library takes a text alone for a key without a value.
  void check_colon(const YAML::Mark& mark, const std::string& text) {
    std::string_view rest = text_.from(mark);
    if (!rest.starts_with(text)) return;
    rest.remove_prefix(text.size());
    if (rest.substr(std::min(rest.find_first_not_of(" \t"), rest.size())).starts_with(':')) return;
    const std::size_t colon = text.find(':');
    stop(mark, colon == std::string::npos
                   ? "a \":\" is missing after " + in_quotes(text)
                   : "a space is missing after " + in_quotes(text.substr(0, colon + 1)));
  }

  void key(const YAML::Mark& mark, const std::string& text, bool plain) {
    if (plain) check_colon(mark, text);
    Open& map = open_.back();
    if (plain && text == "<<") {
      map.key_merges = true;
    } else {
      const Node::Entry* const first = map.node.find(text);
      map.key_repeats = first != nullptr && first->key == text;
      if (map.key_repeats) {
        report_.error(
            place(mark), join_path(path(), text),
            "the key is there twice; the first is in line " + std::to_string(first->key_place.line));
      }
    }
    map.has_key = true;
    map.key = text;
    map.key_place = place(mark);
  }

  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    check_tag(mark, tag);
    if (expects_key())
      stop(mark, "a key must be a text, and this is a list or map; does a text need quotes?");
    open_.push_back({Node(kind, place(mark)), mark, anchor, nodes_, false, false, false, {}, {}, {}});
    ++nodes_;
    check_size(mark);
  }

  void close() {
    Open closed = std::move(open_.back());
    open_.pop_back();
    for (Node& under : closed.merged) {
      for (Node::Entry& entry : under.entries()) {
        const Node::Entry* const mine = closed.node.find(entry.key);
        if (mine == nullptr || mine->key != entry.key)
          closed.node.add(std::move(entry.key), std::move(entry.key_place), std::move(entry.value));
      }
    }
    if (closed.anchor != YAML::NullAnchor)
      anchors_[closed.anchor] = {closed.node, nodes_ - closed.nodes_before};
    attach(std::move(closed.node), closed.mark);
  }

  void put(Node node, YAML::anchor_t anchor) {
    ++nodes_;
    if (anchor != YAML::NullAnchor) anchors_[anchor] = {node, 1};
    attach(std::move(node), {});
  }

  void attach(Node node, const YAML::Mark& mark) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.is_list()) {
      parent.node.elements().push_back(std::move(node));
      return;
    }
    if (parent.key_merges) {
      merge_under(parent, std::move(node), mark);
    } else if (!parent.key_repeats) {
      parent.node.add(std::move(parent.key), std::move(parent.key_place), std::move(node));
    }
    parent.has_key = parent.key_merges = parent.key_repeats = false;
  }

  void merge_under(Open& parent, Node node, const YAML::Mark& mark) {
    constexpr const char* kExpected = "\"<<\" takes a map, or a list of maps, to merge";
    if (node.is_map()) {
      parent.merged.push_back(std::move(node));
    } else if (node.is_list()) {
      for (Node& each : node.elements()) {
        if (!each.is_map()) stop(mark, kExpected);
        parent.merged.push_back(std::move(each));
      }
    } else {
      report_.error(parent.key_place, path(), kExpected);
      throw Stop();
    }
  }

  std::shared_ptr<const std::string> source_;
  Lines text_;
  bool many_;
  Report& report_;
  Node root_;
  std::vector<Node> documents_;
  bool in_document_ = false;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::size_t nodes_ = 0;
};

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

bool is_indented_by_tab(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t\r");
  return first != std::string_view::npos && line.substr(0, first).find('\t') != std::string_view::npos;
}

// The parser's message, with what is most likely the reason for the most common ones.
std::string explain(const YAML::Exception& error, std::string_view text) {
  YAML::Mark start = error.mark;
  start.column = 0;
  const Lines lines(text);
  std::string_view line = first_line(lines.from(start));
  for (; start.line >= 0 && start.line >= error.mark.line - 1; --start.line) {
    if (is_indented_by_tab(first_line(lines.from(start)))) {
      return "line " + std::to_string(start.line + 1) + " is indented by a tab; YAML takes spaces only";
    }
  }
  const std::string& what = error.msg;
  if (dynamic_cast<const YAML::DeepRecursion*>(&error) != nullptr) return "the values are nested too deeply";
  if (what == "illegal map value") {
    return "a \":\" cannot stand here; put the text in quotes, or check the indentation of this line and the "
           "one before";
  }
  if (what.starts_with("end of") && line.find("${") != std::string_view::npos) {
    return what + "; inside { } and [ ] a text with ${...} needs quotes";
  }
  if (what.starts_with("end of"))
    return what + "; check the indentation, and that every \"{\" and \"[\" is closed";
  if (what.find("the referenced anchor is not defined") != std::string::npos)
    return "no anchor has the alias's name";
  if (what == "unknown token") return "a text cannot begin with this character; put it in quotes";
  return what;
}

std::vector<Node> read(std::string_view text, std::string source, bool many, Report& report) {
  const auto name = source_name(std::move(source));
  const Node nothing(Node::Kind::map, {name, 1, 1});
  if (!prepare_text(text, name, report)) return {nothing};
  Builder builder(name, text, many, report);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop&) {
    // The report says why.
  } catch (const YAML::Exception& error) {
    report.error(builder.place(error.mark), {}, "this is not YAML: " + explain(error, text));
  }
  std::vector<Node> documents = builder.take();
  if (documents.empty()) return {nothing};
  for (Node& root : documents) {
    if (!root.is_map() && !root.is_null()) {
      report.error(root.place(), {},
                   "expected sections such as \"httpServer:\", found " + std::string(root.kind_name()));
    }
    if (!root.is_map()) root = nothing;
  }
  return documents;
}

}  // namespace

Node parse_yaml(std::string_view text, std::string source, Report& report) {
  return std::move(read(text, std::move(source), false, report).front());
}

std::vector<Node> parse_yaml_documents(std::string_view text, std::string source, Report& report) {
  return read(text, std::move(source), true, report);
}

}  // namespace ngo::config
