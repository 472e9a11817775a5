// The configuration as a tree: texts, lists and maps as they were written, each of which knows where it came
// from and what it took the place of. What the texts mean is decided when they are bound to a type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ngo::config {

// Where something was written: a file with line and column (both from 1), or a source without lines (line 0),
// such as "environment variable NGO_OPS__PORT" or "--set ops.port".
struct Place {
  std::shared_ptr<const std::string> source;  // null: nowhere
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  // "app.yaml:3:7", or the source alone; empty for nowhere.
  [[nodiscard]] std::string to_string() const;
};

class Node {
 public:
  enum class Kind : std::uint8_t { null, scalar, list, map };
  struct Entry;

  // A null at no place.
  Node() noexcept;
  Node(Kind kind, Place place) noexcept;
  // A scalar. `plain`: written without quotes.
  Node(std::string text, bool plain, Place place) noexcept;
  Node(const Node&);
  Node(Node&&) noexcept;
  Node& operator=(const Node&);
  Node& operator=(Node&&) noexcept;
  ~Node();

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] bool is_null() const noexcept { return kind_ == Kind::null; }
  [[nodiscard]] bool is_scalar() const noexcept { return kind_ == Kind::scalar; }
  [[nodiscard]] bool is_list() const noexcept { return kind_ == Kind::list; }
  [[nodiscard]] bool is_map() const noexcept { return kind_ == Kind::map; }
  // "a list", for messages.
  [[nodiscard]] std::string_view kind_name() const noexcept;

  [[nodiscard]] const Place& place() const noexcept { return place_; }
  // Where the values stood that this one took the place of, the latest first.
  [[nodiscard]] const std::vector<Place>& shadows() const noexcept { return shadows_; }
  // Whether no dump or message may show it.
  [[nodiscard]] bool secret() const noexcept { return secret_; }
  void mark_secret() noexcept { secret_ = true; }
  // Whether a mistake in it has been reported, so that nobody needs to read it.
  [[nodiscard]] bool faulty() const noexcept { return faulty_; }
  void mark_faulty() noexcept { faulty_ = true; }

  // Of a scalar.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] bool plain() const noexcept { return plain_; }
  void set_text(std::string text) noexcept;

  // Of a list.
  [[nodiscard]] const std::vector<Node>& elements() const noexcept { return elements_; }
  [[nodiscard]] std::vector<Node>& elements() noexcept { return elements_; }

  // Of a map: its entries in the order in which they were written.
  [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }
  [[nodiscard]] std::vector<Entry>& entries() noexcept {
    index_.forget();
    return entries_;
  }
  // The entry of that key; else one whose key is another spelling of it (same_name). Null when there is none.
  [[nodiscard]] const Entry* find(std::string_view key) const;
  [[nodiscard]] Entry* find(std::string_view key);
  Node& add(std::string key, Place key_place, Node value);

  // Lays another tree over this one: maps merge entry by entry, everything else is replaced. An empty value
  // (null) over a map or list leaves it as it is.
  void merge(Node over);

 private:
  // Where the keys of a large map are, whatever their spelling: made while it grows, gone when the entries
  // are changed otherwise.
  class Index {
   public:
    Index() noexcept;
    Index(const Index&) noexcept;  // an empty one
    Index(Index&&) noexcept;
    Index& operator=(const Index&) noexcept;
    Index& operator=(Index&&) noexcept;
    ~Index();

    [[nodiscard]] bool there() const noexcept { return places_ != nullptr; }
    void forget() noexcept;
    void begin();
    void add(std::string_view key, std::size_t place);
    [[nodiscard]] const Entry* find(const std::vector<Entry>& entries, std::string_view key) const;

   private:
    struct Places;
    std::unique_ptr<Places> places_;
  };
  void index_entries();

  Kind kind_ = Kind::null;
  bool plain_ = false;
  bool secret_ = false;
  bool faulty_ = false;
  Place place_;
  std::string text_;
  std::vector<Node> elements_;
  std::vector<Entry> entries_;
  Index index_;
  std::vector<Place> shadows_;
};

struct Node::Entry {
  std::string key;
  Place key_place;
  Node value;
};

// A source's name, ready to be shared by all places in it.
[[nodiscard]] std::shared_ptr<const std::string> source_name(std::string name);

}  // namespace ngo::config
