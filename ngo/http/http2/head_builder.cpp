#include <charconv>

#include "ngo/base/text.hpp"
#include "ngo/http/http2/head_builder_impl.hpp"
#include "ngo/http/status.hpp"

namespace ngo::http {
namespace {

constexpr std::uint64_t kFieldOverhead = 32;  // RFC 9113 section 6.5.2

}  // namespace

void HeadBuilder::begin(RequestHead& head, const HeadLimits& limits, std::uint64_t list_bytes) noexcept {
  head_ = &head;
  limits_ = &limits;
  most_ = list_bytes;
  seen_ = 0;
  text_.clear();
  target_ = authority_ = {};
  status_ = 0;
  head.headers_.clear();
  head.major_version_ = 2;
  head.minor_version_ = 0;
  head.method_ = Method::unknown;
  head.method_name_ = head.target_ = head.path_ = head.query_ = head.authority_ = {};
  head.form_ = TargetForm::origin;
  head.size_ = 0;
  head.content_length_ = 0;
  head.path_has_escapes_ = head.has_query_ = head.has_content_length_ = head.chunked_ = false;
  head.expect_continue_ = head.upgrade_ = false;
  head.keep_alive_ = true;
}

bool HeadBuilder::fail(int status, std::string reason) {
  if (status_ == 0) {
    status_ = status;
    reason_ = std::move(reason);
  }
  return false;
}

RequestHead::Range HeadBuilder::append(std::string_view text) {
  const RequestHead::Range range{static_cast<std::uint32_t>(text_.size()),
                                 static_cast<std::uint32_t>(text.size())};
  text_ += text;
  return range;
}

void HeadBuilder::add(std::string_view name, std::string_view value) {
  seen_ += name.size() + value.size() + kFieldOverhead;
  if (status_ != 0) return;
  if (seen_ > most_) {
    fail(status::kRequestHeaderFieldsTooLarge, "the head of the request is longer than this server accepts");
    return;
  }
  if (name.starts_with(':')) return add_pseudo(name, value);
  if (head_->headers_.size() >= limits_->fields) {
    fail(status::kRequestHeaderFieldsTooLarge, "the request has more header fields than this server accepts");
    return;
  }
  const KnownHeader known = known_header(name);
  const RequestHead::Range name_at = append(name);
  const RequestHead::Range value_at = append(value);
  if (known == KnownHeader::content_length) {
    // One, of digits: the session has seen to that.
    const auto [end, error] =
        std::from_chars(value.data(), value.data() + value.size(), head_->content_length_);
    head_->has_content_length_ = error == std::errc() && end == value.data() + value.size();
  } else if (known == KnownHeader::expect) {
    head_->expect_continue_ = equals_ignoring_case(value, "100-continue");
    if (!head_->expect_continue_) fail(417, "the only expectation that is known is 100-continue");
  }
  head_->headers_.add(known, name_at.begin, name_at.length, value_at.begin, value_at.length);
}

void HeadBuilder::add_pseudo(std::string_view name, std::string_view value) {
  if (name == ":method") {
    head_->method_ = method_from_string(value);
    head_->method_name_ = append(value);
    text_ += ' ';  // the access log likes method and target side by side
  } else if (name == ":path") {
    if (value.size() > limits_->target_bytes)
      fail(status::kUriTooLong, "the target is longer than this server accepts");
    target_ = append(value);
  } else if (name == ":authority") {
    authority_ = append(value);
  }
}

bool HeadBuilder::finish(bool ends) {
  if (status_ != 0) return false;
  RequestHead& head = *head_;
  if (ends) {
    head.has_content_length_ = true;
    head.content_length_ = 0;
    head.expect_continue_ = false;
  } else if (!head.has_content_length_) {
    head.chunked_ = true;
  }
  if (!finish_host()) return false;
  head.rebase(text_.data());
  return finish_target();
}

// As Host, for those who ask for it by that name.
bool HeadBuilder::finish_host() {
  RequestHead& head = *head_;
  head.rebase(text_.data());
  const std::string_view authority(text_.data() + authority_.begin, authority_.length);
  const std::size_t at = head.headers_.find(KnownHeader::host, 0);
  if (at != HeaderTable::kNone) {
    const std::string_view host = head.headers_[at].value;
    if (!authority.empty() && !equals_ignoring_case(host, authority))
      return fail(status::kBadRequest, "host and :authority differ");
    if (head.headers_.find(KnownHeader::host, at + 1) != HeaderTable::kNone)
      return fail(status::kBadRequest, "host is repeated");
    authority_ = {static_cast<std::uint32_t>(host.data() - text_.data()),
                  static_cast<std::uint32_t>(host.size())};
  } else {
    const RequestHead::Range name = append("host");
    head.headers_.add(KnownHeader::host, name.begin, name.length, authority_.begin, authority_.length);
    head.rebase(text_.data());
  }
  head.authority_ = authority_;
  if (authority_.length != 0 && !is_authority(head.authority()))
    return fail(status::kBadRequest, "the authority is no host with an optional port");
  return true;
}

bool HeadBuilder::finish_target() {
  RequestHead& head = *head_;
  if (head.method_ == Method::connect) {
    head.form_ = TargetForm::authority;
    head.target_ = head.authority_;
    return true;
  }
  const std::string_view text(text_.data() + target_.begin, target_.length);
  if (text.empty()) return fail(status::kBadRequest, "the path is missing");
  Target parsed;
  if (const TargetProblem problem = parse_target(head.method_, text, limits_->query, parsed))
    return fail(status::kBadRequest, std::string(":path: ") + problem.text);
  if (parsed.form != TargetForm::origin && parsed.form != TargetForm::asterisk)
    return fail(status::kBadRequest, ":path does not begin with \"/\"");
  const auto range_of = [this](std::string_view part) {
    return part.empty() ? RequestHead::Range{}
                        : RequestHead::Range{static_cast<std::uint32_t>(part.data() - text_.data()),
                                             static_cast<std::uint32_t>(part.size())};
  };
  const bool sent = parsed.path.data() >= text.data() && parsed.path.data() < text.data() + text.size();
  head.target_ = target_;
  head.form_ = parsed.form;
  head.path_ = sent ? range_of(parsed.path) : RequestHead::Range{};
  head.query_ = range_of(parsed.query);
  head.has_query_ = parsed.has_query;
  head.path_has_escapes_ = parsed.has_escapes;
  return true;
}

}  // namespace ngo::http
