// A tree from lines such as "redis[0].addr = host": what properties, INI and dotenv files hold. Lines may
// come in any order; the elements of a list are put in order by their numbers at the end, and a number that
// is missing is a mistake.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "ngo/config/node.hpp"
#include "ngo/config/report.hpp"

namespace ngo::config {

class Dotted {
 public:
  explicit Dotted(Report& report) : report_(report) {}

  // Sets what "a.b[0].c" names; false, with a mistake in the report, when the key makes no sense or is taken.
  bool set(std::string_view key, const Place& key_place, Node value);
  // Makes sure that the map of that key exists.
  void open(std::string_view key, const Place& key_place);
  // Everything, as entries of `root`.
  void finish(Node& root);

 private:
  struct Branch {
    Place place;
    bool has_value = false;
    bool is_map = false;
    Node value;
    std::vector<std::pair<std::string, std::unique_ptr<Branch>>> keys;  // in the order of the lines
    std::unordered_map<std::string, Branch*> by_name;
    std::map<std::size_t, std::unique_ptr<Branch>> elements;
  };

  Branch* find(std::string_view key, const Place& place);
  Branch* descend(Branch* at, std::string_view key, std::string_view name, const Place& place);
  Branch* index(Branch* at, std::string_view key, std::string_view text, const Place& place);
  bool clash(const Branch& at, std::string_view key, const Place& place);
  Node to_node(Branch& branch, const std::string& path);

  Report& report_;
  Branch root_;
};

}  // namespace ngo::config
