#include "ngo/app/sources/nacos_messages_impl.hpp"

#include "ngo/base/error.hpp"
#include "ngo/base/text.hpp"
#include "ngo/codec/json.hpp"
#include "ngo/codec/json_value.hpp"
#include "ngo/codec/url.hpp"

namespace ngo::app::nacos {
namespace {

constexpr char kField = '\x02';
constexpr char kEnd = '\x01';

// The text of a member; empty when it is none.
std::string member_of(std::string_view json, std::string_view name) {
  JsonValue wire;
  Problems problems;
  if (!json::parse_into(type_of<JsonValue>(), &wire, json, {}, problems))
    throw Error(Code::internal, "Nacos' answer is not the JSON that was expected");
  const JsonValue* const found = wire.find(name);
  return found != nullptr && found->is_string() ? found->as_string() : "";
}

}  // namespace

std::string write_watched(const std::vector<Watched>& all) {
  std::string out;
  for (const Watched& each : all) {
    out.append(each.data_id).append(1, kField).append(each.group).append(1, kField).append(each.md5);
    if (!each.tenant.empty()) out.append(1, kField).append(each.tenant);
    out += kEnd;
  }
  return out;
}

std::vector<std::string> read_changed(std::string_view body) {
  body = trim(body);
  std::string unpacked;
  if (body.starts_with('{')) {
    unpacked = member_of(body, "data");
    body = trim(unpacked);
  }
  std::string text;
  if (!url::decode_query(body, text)) throw Error(Code::internal, "Nacos' answer is not percent-encoded");
  std::vector<std::string> out;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view one = rest.substr(0, rest.find(kEnd));
    rest.remove_prefix(one.size() < rest.size() ? one.size() + 1 : one.size());
    if (!one.empty()) out.emplace_back(one.substr(0, one.find(kField)));
  }
  return out;
}

std::string read_data(std::string_view json) { return member_of(json, "data"); }

std::string read_token(std::string_view json) {
  std::string token = member_of(json, "accessToken");
  if (token.empty()) throw Error(Code::internal, "Nacos' answer has no token");
  return token;
}

}  // namespace ngo::app::nacos
