#include "ngo/metrics/prometheus_names_impl.hpp"

#include <array>
#include <utility>

#include "ngo/metrics/text.hpp"

namespace ngo::metrics {
namespace {

using Word = std::pair<std::string_view, std::string_view>;
constexpr std::array kUnits{
    Word{"d", "days"},         Word{"h", "hours"},         Word{"min", "minutes"},
    Word{"s", "seconds"},      Word{"ms", "milliseconds"}, Word{"us", "microseconds"},
    Word{"ns", "nanoseconds"}, Word{"By", "bytes"},        Word{"KiBy", "kibibytes"},
    Word{"MiBy", "mebibytes"}, Word{"GiBy", "gibibytes"},  Word{"TiBy", "tibibytes"},
    Word{"KBy", "kilobytes"},  Word{"MBy", "megabytes"},   Word{"GBy", "gigabytes"},
    Word{"TBy", "terabytes"},  Word{"m", "meters"},        Word{"V", "volts"},
    Word{"A", "amperes"},      Word{"J", "joules"},        Word{"W", "watts"},
    Word{"g", "grams"},        Word{"Cel", "celsius"},     Word{"Hz", "hertz"},
    Word{"%", "percent"},
};
constexpr std::array kPer{Word{"s", "second"}, Word{"min", "minute"}, Word{"h", "hour"}, Word{"d", "day"},
                          Word{"w", "week"},   Word{"mo", "month"},   Word{"y", "year"}};

bool is_plain(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == ':';
}

// Whatever Prometheus has no room for becomes "_", several of them one.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const char next = is_plain(c) ? c : '_';
    if (next != '_' || out.empty() || out.back() != '_') out += next;
  }
  if (!out.empty() && out.front() >= '0' && out.front() <= '9') out.insert(out.begin(), '_');
  return out;
}

template <std::size_t N>
std::string word_of(const std::array<Word, N>& words, std::string_view unit) {
  for (const auto& [short_form, word] : words) {
    if (short_form == unit) return std::string(word);
  }
  return plain(unit);
}

std::string trimmed(std::string text) {
  while (text.ends_with('_')) text.pop_back();
  while (text.starts_with('_')) text.erase(text.begin());
  return text;
}

}  // namespace

std::string prometheus_unit(std::string_view unit, Kind kind) {
  if (unit.empty() || unit.find('{') != std::string_view::npos) return {};
  if (unit == "1") return kind == Kind::gauge ? "ratio" : "";
  const std::size_t slash = unit.find('/');
  if (slash == std::string_view::npos) return trimmed(word_of(kUnits, unit));
  std::string text = slash == 0 ? std::string() : trimmed(word_of(kUnits, unit.substr(0, slash))) + "_";
  return text + "per_" + trimmed(word_of(kPer, unit.substr(slash + 1)));
}

std::string label_name(std::string_view key) {
  std::string name = plain(key);
  for (char& c : name) {
    if (c == ':') c = '_';
  }
  // Those that begin with "__" are Prometheus' own; several have become one above.
  return name;
}

std::string prometheus_name(std::string_view name, std::string_view unit, Kind kind) {
  std::string text = plain(name);
  if (kind == Kind::counter && text.ends_with("_total")) text.resize(text.size() - 6);
  const std::string word = prometheus_unit(unit, kind);
  // "x.seconds" in "s", and "x_per_second" in "{x}/s", say it already.
  if (!word.empty() && text != word && !text.ends_with("_" + word)) text += "_" + word;
  return text;
}

}  // namespace ngo::metrics
