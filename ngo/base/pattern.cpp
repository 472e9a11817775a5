#include "ngo/base/pattern.hpp"

#include <utility>

#include "ngo/base/problem.hpp"
#include "ngo/base/utf8.hpp"

namespace ngo {
namespace {

using Step = Pattern::Step;
using Range = Pattern::Range;

constexpr std::size_t kMostSteps = 2000;
constexpr unsigned kMostRepetitions = 1000;
constexpr unsigned kDeepestGroup = 50;
constexpr char32_t kLastCodePoint = 0x10FFFF;

// Writes the machine of Thompson's construction straight from the expression. A part is a stretch of steps
// that is entered at its first and left behind its last, so a part is repeated by copying it with its jumps
// moved.
class Compiler {
 public:
  Compiler(std::string_view expression, std::vector<Step>& steps, std::vector<Range>& ranges)
      : whole_(expression), rest_(expression), steps_(steps), ranges_(ranges) {}

  void run() {
    if (!rest_.empty() && rest_.front() == '^') rest_.remove_prefix(1);
    alternatives(0);
    if (!rest_.empty()) fail("\")\" without \"(\"");
    add({Step::Kind::match, 0, 0});
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(Code::invalid_argument, in_quotes(whole_) + " at character " +
                                            std::to_string(whole_.size() - rest_.size() + 1) + ": " + what);
  }

  std::uint32_t here() const { return static_cast<std::uint32_t>(steps_.size()); }

  void add(Step step) {
    if (steps_.size() >= kMostSteps) fail("the expression is too large");
    steps_.push_back(step);
  }

  // Makes room for one step at `position` by moving what stands there and behind, with its jumps.
  void insert(std::uint32_t position, Step step) {
    add({Step::Kind::match, 0, 0});
    for (std::uint32_t i = here() - 1; i > position; --i) steps_[i] = moved(steps_[i - 1], position, 1);
    steps_[position] = step;
  }

  static Step moved(Step step, std::uint32_t from, std::uint32_t by) {
    if (step.kind == Step::Kind::fork || step.kind == Step::Kind::jump) {
      if (step.first >= from) step.first += by;
      if (step.kind == Step::Kind::fork && step.second >= from) step.second += by;
    }
    return step;
  }

  void alternatives(unsigned depth) {
    if (depth > kDeepestGroup) fail("groups are nested too deeply");
    const std::uint32_t start = here();
    sequence(depth);
    if (rest_.empty() || rest_.front() != '|') return;
    rest_.remove_prefix(1);
    // fork(first alternative, the others); first alternative; jump behind; others
    insert(start, {Step::Kind::fork, start + 1, 0});
    const std::uint32_t jump = here();
    add({Step::Kind::jump, 0, 0});
    steps_[start].second = here();
    alternatives(depth);
    steps_[jump].first = here();
  }

  void sequence(unsigned depth) {
    while (!rest_.empty() && rest_.front() != '|' && rest_.front() != ')') {
      if (rest_ == "$") {
        rest_ = {};
        return;
      }
      const std::uint32_t start = here();
      atom(depth);
      repetitions(start);
    }
  }

  void atom(unsigned depth) {
    const char c = rest_.front();
    switch (c) {
      case '(':
        rest_.remove_prefix(1);
        if (rest_.starts_with("?:")) rest_.remove_prefix(2);
        if (rest_.starts_with('?')) fail("look-around and named groups are not supported");
        alternatives(depth + 1);
        if (rest_.empty()) fail("\"(\" without \")\"");
        rest_.remove_prefix(1);
        return;
      case '[':
        rest_.remove_prefix(1);
        character_class();
        return;
      case '*':
      case '+':
      case '?':
      case '{': fail(std::string("nothing to repeat before \"") + c + "\"");
      case '^':
      case '$': fail(std::string("\"") + c + "\" stands only at the ends; the whole text is matched anyway");
      case '.':
        rest_.remove_prefix(1);
        one_of({{0, kLastCodePoint}});
        return;
      case '\\': {
        std::vector<Range> set;
        escape(set);
        one_of(set);
        return;
      }
      default: {
        const char32_t literal = take();
        one_of({{literal, literal}});
      }
    }
  }

  char32_t take() {
    const char32_t code_point = take_code_point(rest_);
    if (code_point == kNoCodePoint) fail("invalid UTF-8");
    return code_point;
  }

  void one_of(const std::vector<Range>& set) {
    const auto first = static_cast<std::uint32_t>(ranges_.size());
    ranges_.insert(ranges_.end(), set.begin(), set.end());
    add({Step::Kind::one_of, first, static_cast<std::uint32_t>(ranges_.size())});
  }

  // The characters of an escape; rest_ stands at its backslash.
  void escape(std::vector<Range>& set) {
    rest_.remove_prefix(1);
    if (rest_.empty()) fail("\"\\\" at the end");
    const char c = rest_.front();
    rest_.remove_prefix(1);
    const auto add_class = [&](std::vector<Range> ranges) {
      if (c >= 'A' && c <= 'Z') ranges = complement(ranges);
      set.insert(set.end(), ranges.begin(), ranges.end());
    };
    switch (c) {
      case 'd':
      case 'D': add_class({{'0', '9'}}); return;
      case 'w':
      case 'W': add_class({{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}); return;
      case 's':
      case 'S': add_class({{'\t', '\r'}, {' ', ' '}}); return;
      case 'n': set.push_back({'\n', '\n'}); return;
      case 'r': set.push_back({'\r', '\r'}); return;
      case 't': set.push_back({'\t', '\t'}); return;
      default: break;
    }
    const auto byte = static_cast<unsigned char>(c);
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || byte >= 0x80) {
      fail(std::string("no escape \"\\") + c +
           "\"; known: \\d \\w \\s \\D \\W \\S \\n \\r \\t and punctuation");
    }
    set.push_back({byte, byte});
  }

  // `ranges` in ascending order and apart.
  static std::vector<Range> complement(const std::vector<Range>& ranges) {
    std::vector<Range> out;
    char32_t next = 0;
    for (const Range& range : ranges) {
      if (range.low > next) out.push_back({next, range.low - 1});
      next = range.high + 1;
    }
    if (next <= kLastCodePoint) out.push_back({next, kLastCodePoint});
    return out;
  }

  static std::vector<Range> normal(std::vector<Range> ranges) {
    for (std::size_t i = 1; i < ranges.size(); ++i) {
      for (std::size_t j = i; j > 0 && ranges[j].low < ranges[j - 1].low; --j)
        std::swap(ranges[j], ranges[j - 1]);
    }
    std::vector<Range> out;
    for (const Range& range : ranges) {
      if (!out.empty() && range.low <= out.back().high + 1) {
        if (range.high > out.back().high) out.back().high = range.high;
      } else {
        out.push_back(range);
      }
    }
    return out;
  }

  // Behind the "[".
  void character_class() {
    const bool negated = rest_.starts_with('^');
    if (negated) rest_.remove_prefix(1);
    std::vector<Range> set;
    for (bool first = true;; first = false) {
      if (rest_.empty()) fail("\"[\" without \"]\"");
      if (rest_.front() == ']' && !first) break;
      const std::size_t before = set.size();
      if (rest_.front() == '\\') {
        escape(set);
      } else {
        const char32_t literal = take();
        set.push_back({literal, literal});
      }
      // A "-" makes a range unless it stands last.
      if (rest_.size() < 2 || rest_[0] != '-' || rest_[1] == ']') continue;
      rest_.remove_prefix(1);
      std::vector<Range> upper;
      if (rest_.front() == '\\') {
        escape(upper);
      } else {
        const char32_t literal = take();
        upper.push_back({literal, literal});
      }
      const bool single = set.size() == before + 1 && upper.size() == 1 &&
                          set.back().low == set.back().high && upper[0].low == upper[0].high;
      if (!single) fail("a range needs a single character at both ends");
      if (upper[0].low < set.back().low) fail("a range runs from the lower character to the higher");
      set.back().high = upper[0].low;
    }
    rest_.remove_prefix(1);
    set = normal(std::move(set));
    one_of(negated ? complement(set) : set);
  }

  unsigned count() {
    if (rest_.empty() || rest_.front() < '0' || rest_.front() > '9')
      fail("expected a number as in {2,5}; a literal \"{\" is \"\\{\"");
    unsigned number = 0;
    while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
      number = number * 10 + static_cast<unsigned>(rest_.front() - '0');
      if (number > kMostRepetitions) fail("at most 1000 repetitions");
      rest_.remove_prefix(1);
    }
    return number;
  }

  // What follows the part that begins at `start`.
  void repetitions(std::uint32_t start) {
    if (rest_.empty()) return;
    unsigned least = 0;
    unsigned most = 0;  // 0: without end
    bool bounded = false;
    switch (rest_.front()) {
      case '*': break;
      case '+': least = 1; break;
      case '?':
        most = 1;
        bounded = true;
        break;
      case '{':
        rest_.remove_prefix(1);
        least = most = count();
        bounded = true;
        if (rest_.starts_with(',')) {
          rest_.remove_prefix(1);
          if (rest_.starts_with('}')) {
            bounded = false;
          } else {
            most = count();
          }
        }
        if (!rest_.starts_with('}')) fail("\"{\" without \"}\"");
        if (bounded && most < least) fail("the least number of repetitions is above the greatest");
        break;
      default: return;
    }
    rest_.remove_prefix(1);
    if (!rest_.empty() &&
        (rest_.front() == '*' || rest_.front() == '+' || rest_.front() == '?' || rest_.front() == '{')) {
      fail("one repetition after another; use a group");
    }
    repeat(start, least, bounded, most);
  }

  void repeat(std::uint32_t start, unsigned least, bool bounded, unsigned most) {
    const std::vector<Step> part(steps_.begin() + start, steps_.end());
    steps_.resize(start);
    const auto paste = [&] {
      const std::uint32_t at = here();
      for (const Step& step : part) add(moved(step, start, at - start));
    };
    for (unsigned i = 0; i < least; ++i) paste();
    if (!bounded) {
      const std::uint32_t fork = here();
      add({Step::Kind::fork, fork + 1, 0});
      paste();
      add({Step::Kind::jump, fork, 0});
      steps_[fork].second = here();
      return;
    }
    std::vector<std::uint32_t> forks;
    for (unsigned i = least; i < most; ++i) {
      forks.push_back(here());
      add({Step::Kind::fork, here() + 1, 0});
      paste();
    }
    for (const std::uint32_t fork : forks) steps_[fork].second = here();
  }

  std::string_view whole_;
  std::string_view rest_;
  std::vector<Step>& steps_;
  std::vector<Range>& ranges_;
};

// The steps at which the machine stands; each at most once.
class Standing {
 public:
  explicit Standing(std::size_t steps) : marks_(steps, 0) { list_.reserve(steps); }

  void clear() {
    list_.clear();
    ++round_;
  }
  // Follows forks and jumps from `step` without recursion.
  void enter(const std::vector<Step>& steps, std::uint32_t step) {
    pending_.push_back(step);
    while (!pending_.empty()) {
      const std::uint32_t at = pending_.back();
      pending_.pop_back();
      if (marks_[at] == round_) continue;
      marks_[at] = round_;
      switch (steps[at].kind) {
        case Step::Kind::fork: pending_.push_back(steps[at].second); [[fallthrough]];
        case Step::Kind::jump: pending_.push_back(steps[at].first); break;
        case Step::Kind::one_of:
        case Step::Kind::match: list_.push_back(at); break;
      }
    }
  }
  const std::vector<std::uint32_t>& list() const { return list_; }

 private:
  std::vector<std::uint32_t> list_;
  std::vector<std::uint32_t> pending_;
  std::vector<std::uint64_t> marks_;
  std::uint64_t round_ = 1;
};

}  // namespace

Pattern::Pattern(std::string_view expression) : expression_(expression) {
  Compiler(expression_, steps_, ranges_).run();
}

bool Pattern::matches(std::string_view text) const {
  Standing now(steps_.size());
  Standing next(steps_.size());
  now.enter(steps_, 0);
  while (!text.empty()) {
    const char32_t code_point = take_code_point(text);
    if (code_point == kNoCodePoint) return false;
    next.clear();
    for (const std::uint32_t at : now.list()) {
      const Step& step = steps_[at];
      if (step.kind != Step::Kind::one_of) continue;
      for (std::uint32_t i = step.first; i < step.second; ++i) {
        if (code_point >= ranges_[i].low && code_point <= ranges_[i].high) {
          next.enter(steps_, at + 1);
          break;
        }
      }
    }
    if (next.list().empty()) return false;
    std::swap(now, next);
  }
  for (const std::uint32_t at : now.list()) {
    if (steps_[at].kind == Step::Kind::match) return true;
  }
  return false;
}

}  // namespace ngo
