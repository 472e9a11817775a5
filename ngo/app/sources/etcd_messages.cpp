#include "ngo/app/sources/etcd_messages_impl.hpp"

#include <charconv>
#include <optional>
#include <utility>

#include "ngo/base/error.hpp"
#include "ngo/codec/base64.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/codec/json_value.hpp"

namespace ngo::app::etcd {
namespace {

struct WireHeader {
  std::string revision = "0";
};

struct WirePair {
  std::string key;
  std::string value;
};

struct WireRange {
  WireHeader header;
  std::vector<WirePair> kvs;
};

struct WireToken {
  std::string token;
};

struct WireWatch {
  bool created = false;
  bool canceled = false;
  std::string compact_revision = "0";
  std::string cancel_reason;
  std::vector<JsonValue> events;
};

struct WireFailure {
  std::string message;
};

struct WireNews {
  std::optional<WireWatch> result;
  std::optional<WireFailure> error;
};

[[noreturn]] void refuse(const char* what) {
  throw Error(Code::internal, std::string("etcd's answer is ") + what);
}

template <class T>
T read(std::string_view text) {
  json::ReadOptions options;
  options.ignore_unknown = true;
  T out;
  Problems problems;
  if (!json::parse_into(type_of<T>(), &out, text, options, problems))
    refuse("not the JSON that was expected");
  return out;
}

std::int64_t number(std::string_view text) {
  std::int64_t out = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (problem != std::errc() || end != text.data() + text.size() || out < 0) refuse("without its revision");
  return out;
}

std::string bytes(std::string_view text) {
  std::optional<std::string> out = base64::decode(text);
  if (!out) refuse("not in Base64");
  return std::move(*out);
}

JsonValue keys(std::string_view key, std::string_view end) {
  JsonValue out = JsonValue::object();
  out["key"] = base64::encode(key);
  if (!end.empty()) out["range_end"] = base64::encode(end);
  return out;
}

}  // namespace

std::string end_of_prefix(std::string prefix) {
  while (!prefix.empty() && prefix.back() == '\xFF') prefix.pop_back();
  if (prefix.empty()) return std::string(1, '\0');
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

std::string range_request(std::string_view key, std::string_view end) {
  return json::to_string(keys(key, end));
}

std::string watch_request(std::string_view key, std::string_view end, std::int64_t revision) {
  JsonValue out = JsonValue::object();
  out["create_request"] = keys(key, end);
  out["create_request"]["start_revision"] = std::to_string(revision);
  return json::to_string(out);
}

std::string login_request(std::string_view user, std::string_view password) {
  JsonValue out = JsonValue::object();
  out["name"] = user;
  out["password"] = password;
  return json::to_string(out);
}

Range read_range(std::string_view json) {
  const WireRange wire = read<WireRange>(json);
  Range out;
  out.revision = number(wire.header.revision);
  for (const WirePair& each : wire.kvs) out.pairs.push_back({bytes(each.key), bytes(each.value)});
  return out;
}

News read_news(std::string_view line) {
  const WireNews wire = read<WireNews>(line);
  News out;
  if (wire.error) {
    out.ended = true;
    out.why = wire.error->message;
  } else if (wire.result) {
    out.created = wire.result->created;
    out.changed = !wire.result->events.empty();
    out.ended = wire.result->canceled;
    out.compacted = number(wire.result->compact_revision);
    out.why = wire.result->cancel_reason;
  }
  return out;
}

std::string read_token(std::string_view json) {
  std::string token = read<WireToken>(json).token;
  if (token.empty()) refuse("without a token");
  return token;
}

std::string read_failure(std::string_view json) {
  json::ReadOptions options;
  options.ignore_unknown = true;
  WireFailure out;
  Problems problems;
  if (!json::parse_into(type_of<WireFailure>(), &out, json, options, problems)) return {};
  return out.message;
}

bool is_about_token(std::string_view failure) noexcept {
  for (const std::string_view each :
       {"invalid auth token", "revision of auth store is old", "user name is empty"}) {
    if (failure.find(each) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace ngo::app::etcd
