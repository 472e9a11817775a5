#include "ngo/http/client/events.hpp"

#include <algorithm>
#include <charconv>

#include "ngo/base/error.hpp"
#include "ngo/http/client/exchange_impl.hpp"
#include "ngo/http/content_type.hpp"
#include "ngo/runtime/wait.hpp"

namespace ngo {
namespace http {

void EventParser::reset() {
  pending_.clear();
  data_.clear();
  event_.clear();
  at_ = 0;
  has_data_ = ready_ = false;
  first_line_ = true;
}

std::optional<ServerEvent> EventParser::next() {
  while (true) {
    const std::string_view rest = std::string_view(pending_).substr(at_);
    const std::size_t end = rest.find_first_of("\r\n");
    // A CR at the end may be half of a CRLF.
    if (end == std::string_view::npos || (rest[end] == '\r' && end + 1 == rest.size())) {
      pending_.erase(0, at_);
      at_ = 0;
      if (pending_.size() + data_.size() > most_)
        throw Error(Code::internal, "an event has more than " + std::to_string(most_) + " bytes");
      return std::nullopt;
    }
    const bool pair = rest[end] == '\r' && rest[end + 1] == '\n';
    at_ += end + (pair ? 2 : 1);
    take_line(rest.substr(0, end));
    if (!ready_) continue;
    ready_ = false;
    ServerEvent event(std::move(data_), std::move(event_), last_id_);
    event.retry = retry_;
    data_.clear();
    event_.clear();
    has_data_ = false;
    return event;
  }
}

void EventParser::take_line(std::string_view line) {
  if (first_line_ && line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
  first_line_ = false;
  if (line.empty()) {
    ready_ = has_data_;
    if (!has_data_) event_.clear();
    return;
  }
  const std::size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") {
    if (has_data_) data_ += '\n';
    if (data_.size() + value.size() > most_)
      throw Error(Code::internal, "an event has more than " + std::to_string(most_) + " bytes");
    data_ += value;
    has_data_ = true;
  } else if (field == "event") {
    event_ = value;
  } else if (field == "id") {
    if (value.find('\0') == std::string_view::npos) last_id_ = value;
  } else if (field == "retry") {
    std::uint32_t milliseconds = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), milliseconds);
    if (error == std::errc() && end == value.data() + value.size())
      retry_ = std::chrono::milliseconds(milliseconds);
  }
}

}  // namespace http

constexpr Duration kShortestPause = std::chrono::milliseconds(100);  // whatever the server says

HttpEvents::HttpEvents(HttpCall call) : call_(std::move(call)) {
  call_.header("Accept", "text/event-stream").header("Cache-Control", "no-store");
  if (!call_.exchange_->own_read_timeout) call_.read_timeout(Duration::zero());
}

Task<bool> HttpEvents::connect() {
  HttpCall call = call_.again();
  if (!last_id_.empty()) call.header("Last-Event-ID", last_id_);
  stream_ = co_await call.stream();
  if (stream_->status() == 204) co_return false;
  if (stream_->status() != 200) {
    if (stream_->ok()) throw Error(Code::internal, stream_->describe("answered neither 200 nor 204"));
    stream_->require_ok();
  }
  const auto type = http::MediaType::parse(stream_->header("Content-Type").value_or(""));
  if (!type || !type->is("text/event-stream")) {
    throw Error(Code::internal,
                stream_->describe("the answer is no stream of events; its Content-Type is \"" +
                                  std::string(stream_->header("Content-Type").value_or("")) + "\""));
  }
  parser_.reset();
  co_return true;
}

// Longer with each failure, up to a minute.
Task<void> HttpEvents::pause() {
  const Duration wanted = parser_.retry().value_or(std::chrono::seconds(3)) * (1U << std::min(failures_, 6U));
  co_await sleep(std::clamp<Duration>(wanted, kShortestPause, std::chrono::minutes(1)));
}

Task<std::optional<ServerEvent>> HttpEvents::next() {
  while (true) {
    if (auto event = parser_.next()) {
      last_id_ = parser_.last_id();
      co_return event;
    }
    bool lost = false;
    try {
      if (!stream_) {
        if (!co_await connect()) co_return std::nullopt;
        connected_before_ = true;
        failures_ = 0;
      }
      const auto piece = co_await stream_->next();
      if (piece) {
        parser_.give(*piece);
      } else {
        lost = true;
      }
    } catch (const Error& error) {
      const bool passes = error.code() == Code::unavailable || error.code() == Code::deadline_exceeded;
      Context::current().check();
      if (!connected_before_ || !passes) throw;
      lost = true;
      ++failures_;
    }
    if (lost) {
      stream_.reset();
      co_await pause();
    }
  }
}

}  // namespace ngo
