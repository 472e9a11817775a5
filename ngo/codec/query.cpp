#include <vector>

#include "ngo/base/utf8.hpp"
#include "ngo/codec/scalar.hpp"
#include "ngo/codec/url.hpp"

namespace ngo::query {

std::string_view Reader::decoded(std::string_view text, std::string& scratch) {
  if (text.find_first_of("%+") == std::string_view::npos) return text;
  scratch.clear();
  if (url::decode_query(text, scratch)) return scratch;
  broken_ = true;
  return text;
}

bool Reader::next(Pair& out) {
  broken_ = false;
  while (!rest_.empty()) {
    const std::size_t end = rest_.find('&');
    const std::string_view piece = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (piece.empty()) continue;
    const std::size_t equals = piece.find('=');
    out.key = decoded(piece.substr(0, equals), key_);
    out.value =
        equals == std::string_view::npos ? std::string_view() : decoded(piece.substr(equals + 1), value_);
    return true;
  }
  return false;
}

std::optional<std::string> find(std::string_view raw, std::string_view key) {
  Reader reader(raw);
  Pair pair;
  while (reader.next(pair)) {
    if (!reader.broken() && pair.key == key) return std::string(pair.value);
  }
  return std::nullopt;
}

namespace {

bool is_single(const Type& type) {
  if (type.kind() == Kind::optional) return is_single(type.element());
  return type.is_scalar() && type.kind() != Kind::string_view;
}

bool is_list(const Type& type) {
  return type.kind() == Kind::sequence && type.sequence().append != nullptr && is_single(type.element());
}

class Binder {
 public:
  Binder(const BindOptions& options, Problems& problems)
      : options_(options), problems_(problems), limit_(problems.size() + options.max_problems) {}

  void run(const Type& type, void* out, std::string_view raw) {
    const std::size_t before = problems_.size();
    Reader reader(raw);
    Pair pair;
    seen_.resize(type.members().size());
    while (problems_.size() < limit_ && reader.next(pair)) {
      if (reader.broken()) {
        note(pair.key, "encoding",
             "\"%\" must be followed by two hexadecimal digits; found " + in_quotes(pair.value));
      } else if (!is_utf8(pair.key)) {
        note("", "encoding", "a key is not valid UTF-8");
      } else if (type.kind() == Kind::map) {
        into_map(type, out, pair);
      } else {
        into_member(type, out, pair);
      }
    }
    finish(type, out, before);
  }

 private:
  void note(std::string_view key, const char* code, std::string message) {
    const Path root;
    problems_.push_back({key.empty() ? std::string() : Path(root, key).pointer(), code, std::move(message)});
  }

  void into_member(const Type& type, void* out, const Pair& pair) {
    const Member* const member = type.member(pair.key);
    if (member == nullptr) {
      if (!options_.ignore_unknown) note(pair.key, "unknown", unknown_member(type, pair.key));
      return;
    }
    const auto index = static_cast<std::size_t>(member - type.members().data());
    const bool again = seen_[index];
    seen_[index] = true;
    const std::size_t before = problems_.size();
    set(*member->type, member->in(out), pair, again);
    if (member->secret) hide_value(*member, problems_, before);
  }

  void into_map(const Type& type, void* out, const Pair& pair) {
    if (void* slot = type.map().insert(out, pair.key)) return set(type.element(), slot, pair, false);
    if (!is_list(type.element())) {
      note(pair.key, "duplicate", "the key is there twice");
      return;
    }
    set(type.element(), type.map().find(out, pair.key), pair, true);
  }

  void set(const Type& type, void* slot, const Pair& pair, bool again) {
    Problem problem;
    bool good = false;
    if (is_list(type)) {
      if (!again) type.sequence().clear(slot);
      type.sequence().append(slot, [&](void* element) {
        good = scalar_from_text(type.element(), element, pair.value, problem);
      });
    } else if (again) {
      note(pair.key, "duplicate", "the key is there twice");
      return;
    } else {
      good = scalar_from_text(type, slot, pair.value, problem);
    }
    if (!good) note(pair.key, problem.code.c_str(), std::move(problem.message));
  }

  // Rules are checked last: of a list all elements have to be there. A member that is wrong already is left
  // alone.
  void finish(const Type& type, const void* out, std::size_t before) {
    const Path root;
    for (std::size_t i = 0; i < seen_.size(); ++i) {
      const Member& member = type.members()[i];
      const Path here(root, member.name);
      if (!seen_[i]) {
        check_absent(member, member.in(out), here, problems_);
      } else if (member.rules != nullptr && !has_problem(here.pointer(), before)) {
        check_rules(member, member.in(out), here, problems_);
      }
    }
    if (problems_.size() == before) check_struct(type, out, root, problems_);
  }

  bool has_problem(const std::string& pointer, std::size_t before) const {
    for (std::size_t i = before; i < problems_.size(); ++i) {
      if (problems_[i].path == pointer) return true;
    }
    return false;
  }

  const BindOptions& options_;
  Problems& problems_;
  std::size_t limit_;
  std::vector<bool> seen_;
};

}  // namespace

std::string why_not_bindable(const Type& type) {
  const auto fits = [](const Type& each) { return is_single(each) || is_list(each); };
  if (type.kind() == Kind::map) {
    return fits(type.element())
               ? std::string()
               : "a map of " + std::string(type.element().name()) + " has no form in a query";
  }
  if (type.kind() != Kind::object)
    return std::string(type.name()) + " is no struct, so a query has no keys for it";
  for (const Member& member : type.members()) {
    if (!fits(*member.type)) {
      return "the member " + in_quotes(member.name) + " of " + std::string(type.name()) + " (" +
             std::string(member.type->name()) + ") is neither a scalar nor a list of scalars";
    }
  }
  return {};
}

bool bind_into(const Type& type, void* value, std::string_view raw, const BindOptions& options,
               Problems& problems) {
  const std::size_t before = problems.size();
  if (std::string reason = why_not_bindable(type); !reason.empty())
    throw Error(Code::internal, std::move(reason));
  Binder(options, problems).run(type, value, raw);
  return problems.size() == before;
}

}  // namespace ngo::query
