#include "ngo/metrics/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "ngo/metrics/prometheus_names_impl.hpp"

namespace ngo::metrics {
namespace {

// Appends `text` with each special character behind a backslash.
void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || (quotes && c == '"')) out += '\\';
    out += c;
  }
}

void append_number(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else {
    fmt::format_to(std::back_inserter(out), "{}", value);
  }
}

// As OpenMetrics wants the bounds of buckets: always with a point or an exponent.
void append_canonical(std::string& out, double value) {
  const std::size_t begin = out.size();
  append_number(out, value);
  if (out.find_first_of(".eInN", begin) == std::string::npos) out += ".0";
}

void append_seconds(std::string& out, std::int64_t nanoseconds) {
  fmt::format_to(std::back_inserter(out), "{}.{:03}", nanoseconds / 1'000'000'000,
                 nanoseconds / 1'000'000 % 1000);
}

// k="v",k="v" without the braces. Two keys that become the same have their values joined, as the
// specification wants.
std::string label_text(const Labels& labels) {
  std::string out;
  std::vector<std::pair<std::string, std::string>> plain;
  for (const Label& label : labels) {
    std::string key = label_name(label.key);
    auto same = std::find_if(plain.begin(), plain.end(), [&](const auto& one) { return one.first == key; });
    if (same != plain.end()) {
      same->second += ";" + label.value;
    } else {
      plain.emplace_back(std::move(key), label.value);
    }
  }
  for (const auto& [key, value] : plain) {
    if (!out.empty()) out += ',';
    out += key;
    out += "=\"";
    append_escaped(out, value, true);
    out += '"';
  }
  return out;
}

std::string_view type_name(Kind kind) {
  if (kind == Kind::counter) return "counter";
  return kind == Kind::up_down_counter || kind == Kind::gauge ? "gauge" : "histogram";
}

}  // namespace

TextWriter::TextWriter(Exposition format, std::string& out, std::vector<std::string> wanted)
    : format_(format), out_(out), wanted_(std::move(wanted)) {}

bool TextWriter::is_wanted(std::string_view name, Kind kind) const {
  if (wanted_.empty()) return true;
  return std::any_of(wanted_.begin(), wanted_.end(), [&](std::string_view each) {
    if (!each.starts_with(name)) return false;
    const std::string_view rest = each.substr(name.size());
    if (rest.empty()) return true;
    if (kind == Kind::counter) return rest == "_total";
    return (kind == Kind::histogram || kind == Kind::exponential_histogram) &&
           (rest == "_bucket" || rest == "_sum" || rest == "_count");
  });
}

bool TextWriter::write(const Family& family) {
  const std::string name = prometheus_name(family.name, family.unit, family.kind);
  if (!is_wanted(name, family.kind)) return true;
  if (!written_.insert(name).second) return false;
  const bool total = family.kind == Kind::counter && format_ == Exposition::prometheus;
  write_head(total ? name + "_total" : name, prometheus_unit(family.unit, family.kind),
             type_name(family.kind), family.description);
  for (const Point& point : family.points) write_point(name, family.kind, point);
  return true;
}

void TextWriter::write_head(std::string_view name, std::string_view unit, std::string_view type,
                            std::string_view description) {
  const auto help = [&] {
    if (description.empty()) return;
    fmt::format_to(std::back_inserter(out_), "# HELP {} ", name);
    append_escaped(out_, description, format_ == Exposition::open_metrics);
    out_ += '\n';
  };
  if (format_ == Exposition::prometheus) help();
  fmt::format_to(std::back_inserter(out_), "# TYPE {} {}\n", name, type);
  if (format_ == Exposition::prometheus) return;
  // A unit must be the end of the name; the words of a ratio are no unit there.
  if (!unit.empty() && name.ends_with("_" + std::string(unit)))
    fmt::format_to(std::back_inserter(out_), "# UNIT {} {}\n", name, unit);
  help();
}

void TextWriter::write_point(std::string_view name, Kind kind, const Point& point) {
  const std::string labels = label_text(*point.labels);
  if (const auto* histogram = std::get_if<HistogramData>(&point.value))
    return write_histogram(name, labels, *histogram);
  if (const auto* exponential = std::get_if<ExponentialData>(&point.value))
    return write_exponential(name, labels, *exponential);
  out_ += name;
  if (kind == Kind::counter) out_ += "_total";
  if (!labels.empty()) out_.append("{").append(labels).append("}");
  out_ += ' ';
  if (const auto* whole = std::get_if<std::int64_t>(&point.value)) {
    fmt::format_to(std::back_inserter(out_), "{}", *whole);
  } else {
    append_number(out_, std::get<double>(point.value));
  }
  out_ += '\n';
}

void TextWriter::write_bucket(std::string_view name, const std::string& labels, double bound,
                              std::uint64_t count, const Exemplar* exemplar) {
  out_.append(name).append("_bucket{").append(labels);
  if (!labels.empty()) out_ += ',';
  out_ += "le=\"";
  if (format_ == Exposition::open_metrics) {
    append_canonical(out_, bound);
  } else {
    append_number(out_, bound);
  }
  fmt::format_to(std::back_inserter(out_), "\"}} {}", count);
  if (exemplar != nullptr && format_ == Exposition::open_metrics) {
    fmt::format_to(std::back_inserter(out_), " # {{trace_id=\"{}\",span_id=\"{}\"}} ",
                   exemplar->trace.to_string(), exemplar->span.to_string());
    append_number(out_, exemplar->value);
    out_ += ' ';
    append_seconds(out_, exemplar->time);
  }
  out_ += '\n';
}

void TextWriter::write_sum(std::string_view name, const std::string& labels, double sum,
                           std::uint64_t count) {
  for (const bool is_sum : {true, false}) {
    out_.append(name).append(is_sum ? "_sum" : "_count");
    if (!labels.empty()) out_.append("{").append(labels).append("}");
    out_ += ' ';
    if (is_sum) {
      append_number(out_, sum);
    } else {
      fmt::format_to(std::back_inserter(out_), "{}", count);
    }
    out_ += '\n';
  }
}

void TextWriter::write_histogram(std::string_view name, const std::string& labels,
                                 const HistogramData& data) {
  std::uint64_t below = 0;
  auto exemplar = data.exemplars.begin();
  for (std::size_t i = 0; i < data.counts.size(); ++i) {
    below += data.counts[i];
    const bool has = exemplar != data.exemplars.end() && exemplar->bucket == i;
    write_bucket(name, labels, i < data.bounds->size() ? (*data.bounds)[i] : HUGE_VAL, below,
                 has ? &exemplar->exemplar : nullptr);
    if (has) ++exemplar;
  }
  write_sum(name, labels, data.sum, data.count);
}

void TextWriter::write_exponential(std::string_view name, const std::string& labels,
                                   const ExponentialData& data) {
  // The same buckets in every answer, whatever was counted: one to each power of two, as many as there are.
  std::uint64_t below = data.zeros;
  const int step = 1 << data.scale;
  for (std::size_t i = 0; i < data.counts.size(); ++i) {
    below += data.counts[i];
    const int upper = data.offset + static_cast<int>(i) + 1;
    if (i + 1 == data.counts.size()) break;  // what is greater counts there too
    if (upper % step == 0) write_bucket(name, labels, data.bound(upper), below, nullptr);
  }
  write_bucket(name, labels, HUGE_VAL, data.count, nullptr);
  write_sum(name, labels, data.sum, data.count);
}

void TextWriter::write_resource(const Labels& resource) {
  if (!is_wanted("target_info", Kind::gauge) || !written_.insert("target_info").second) return;
  const bool open = format_ == Exposition::open_metrics;
  write_head(open ? "target" : "target_info", "", open ? "info" : "gauge", "who these metrics are of");
  out_.append("target_info{").append(label_text(resource)).append("} 1\n");
}

void TextWriter::finish() {
  if (format_ == Exposition::open_metrics) out_ += "# EOF\n";
}

}  // namespace ngo::metrics
