#include "ngo/trace/pinpoint_metadata.hpp"

#include "ngo/codec/protobuf_writer.hpp"

namespace ngo::trace {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// What may stand right before a digit that belongs to a name: t1, a.b2, $1, @p1, :p1.
bool is_of_name(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '.' ||
         c == '$' || c == '@' || c == ':' || c == '#' || (c & 0x80) != 0;
}

class Normalizer {
 public:
  Normalizer(std::string_view statement, std::string& values) : text_(statement), values_(values) {}

  std::string run() {
    while (at_ < text_.size()) {
      if (text_[at_] == '\'') {
        literal();
      } else if (text_[at_] == '"' || text_[at_] == '`') {
        copy_until(text_.find(text_[at_], at_ + 1), 1);
      } else if (text_.substr(at_, 2) == "--") {
        copy_until(text_.find('\n', at_), 1);
      } else if (text_.substr(at_, 2) == "/*") {
        copy_until(text_.find("*/", at_ + 2), 2);
      } else if (is_digit(text_[at_]) && (at_ == 0 || !is_of_name(text_[at_ - 1]))) {
        number();
      } else {
        out_ += text_[at_++];
      }
    }
    return std::move(out_);
  }

 private:
  void begin_value() {
    if (count_ > 0) values_ += ',';
  }
  void add_value(char c) { values_.append(c == ',' ? 2 : 1, c); }
  void copy_until(std::size_t last, std::size_t and_more) {
    const std::size_t end = last == std::string_view::npos ? text_.size() : last + and_more;
    out_ += text_.substr(at_, end - at_);
    at_ = end;
  }
  void literal() {
    ++at_;
    if (at_ < text_.size() && text_[at_] == '\'' && text_.substr(at_, 2) != "''") {
      out_ += "''";  // an empty one says nothing
      ++at_;
      return;
    }
    begin_value();
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\'') {
        if (text_.substr(at_, 2) != "''") break;
        values_ += text_[at_++];
      }
      add_value(text_[at_]);
    }
    if (at_ < text_.size()) ++at_;
    out_.append(1, '\'').append(std::to_string(count_++)).append("$'");
  }
  void number() {
    begin_value();
    const auto goes_on = [](char c) { return is_digit(c) || c == '.' || c == 'e' || c == 'E' || c == 'x'; };
    for (; at_ < text_.size() && goes_on(text_[at_]); ++at_) values_ += text_[at_];
    out_.append(std::to_string(count_++)).append(1, '#');
  }

  std::string_view text_;
  std::string& values_;
  std::size_t at_ = 0;
  std::size_t count_ = 0;
  std::string out_;
};

}  // namespace

std::int32_t PinpointMetadata::id_of(Kind kind, std::string_view text, std::int32_t type) {
  const auto [found, is_new] = places_.try_emplace({kind, std::string(text)}, entries_.size());
  if (is_new) entries_.push_back({kind, ++last_id_, type, std::string(text), false});
  return entries_[found->second].id;
}

PinpointMetadata::Entry* PinpointMetadata::untold() noexcept {
  while (told_ < entries_.size() && entries_[told_].told) ++told_;
  return told_ < entries_.size() ? &entries_[told_] : nullptr;
}

void PinpointMetadata::tell_again() noexcept {
  for (Entry& each : entries_) each.told = false;
  told_ = 0;
}

void PinpointMetadata::shorten(std::size_t most) {
  if (entries_.size() <= most) return;
  entries_.clear();
  places_.clear();
  told_ = 0;
}

std::string encode_pinpoint_metadata(const PinpointMetadata::Entry& entry) {
  std::string bytes;
  ProtobufWriter out(bytes);
  out.integer(1, entry.id);
  out.text(2, entry.text);
  if (entry.kind == PinpointMetadata::Kind::api && entry.type != PinpointMetadata::kCall)
    out.integer(4, entry.type);
  return bytes;
}

std::string pinpoint_sql(std::string_view statement, std::string& values) {
  return Normalizer(statement, values).run();
}

}  // namespace ngo::trace
