#include "ngo/http/unified.hpp"

#include <array>

#include "ngo/codec/json_value.hpp"
#include "ngo/http/status.hpp"

namespace ngo {
namespace unified {
namespace {

struct Entry {
  UnifiedCode code;
  int status;
  std::string_view message;
};

constexpr std::array<Entry, 20> kTable = {{
    {UnifiedCode::success, 200, "成功"},
    {UnifiedCode::system_error, 500, "服务器内部错误"},
    {UnifiedCode::db_error, 500, "服务器内部错误"},
    {UnifiedCode::cache_error, 500, "服务器内部错误"},
    {UnifiedCode::third_service_error, 500, "服务器内部错误"},
    {UnifiedCode::params_lost, 400, "请求参数缺失"},
    {UnifiedCode::params_not_valid, 400, "存在不合法的请求参数"},
    {UnifiedCode::resource_not_exist, 200, "资源不存在"},
    {UnifiedCode::data_out_of_threshold, 200, "数据超过阈值"},
    {UnifiedCode::frequent_operation, 200, "操作频繁"},
    {UnifiedCode::repeat_operation, 200, "重复操作"},
    {UnifiedCode::illegal_request, 200, "非法请求"},
    {UnifiedCode::data_has_exists, 200, "数据已存在"},
    {UnifiedCode::permission_denied, 200, "权限不足"},
    {UnifiedCode::anti_cheating, 200, "请求被拦截"},
    {UnifiedCode::unsupported_client, 200, "不支持的客户端"},
    {UnifiedCode::unsupported_os, 200, "不支持的操作系统"},
    {UnifiedCode::account_frozen, 200, "账号异常-需打开安全中心申诉"},
    {UnifiedCode::account_lock, 200, "账号异常-需打开安全中心解锁"},
    {UnifiedCode::token_error, 400, "token校验失败"},
}};

const Entry* find(int code) noexcept {
  for (const Entry& entry : kTable) {
    if (static_cast<int>(entry.code) == code) return &entry;
  }
  return nullptr;
}

}  // namespace

int status_of(int code) noexcept {
  if (const Entry* entry = find(code)) return entry->status;
  // Those of the service's own lie outside of the range that the table owns.
  return code >= 1000000 && code < 1001000 ? 500 : 200;
}

std::string_view message_of(int code) noexcept {
  const Entry* entry = find(code);
  return entry != nullptr ? entry->message : kTable[1].message;
}

UnifiedCode code_of_status(int status) noexcept {
  switch (status) {
    case 400:
    case 422: return UnifiedCode::params_not_valid;
    case 401: return UnifiedCode::token_error;
    case 403: return UnifiedCode::permission_denied;
    case 404:
    case 410: return UnifiedCode::resource_not_exist;
    case 409: return UnifiedCode::data_has_exists;
    case 413: return UnifiedCode::data_out_of_threshold;
    case 429: return UnifiedCode::frequent_operation;
    case 502: return UnifiedCode::third_service_error;
    default: return status < 500 ? UnifiedCode::illegal_request : UnifiedCode::system_error;
  }
}

void Bare::render(Response& response) const {
  const Unified<JsonValue> body{code_, message_, std::nullopt};
  response.status(status_of(code_)).set_json(type_of<Unified<JsonValue>>(), &body);
}

Bare success() { return {0, std::string(message_of(0))}; }
Bare fail(UnifiedCode code) {
  const int number = static_cast<int>(code);
  return {number, std::string(message_of(number))};
}
Bare fail(int code, std::string message) { return {code, std::move(message)}; }

}  // namespace unified

UnifiedError::UnifiedError(UnifiedCode code, std::string cause)
    : StatusError(unified::status_of(static_cast<int>(code)), Code::aborted,
                  std::string(unified::message_of(static_cast<int>(code)))),
      code_(code),
      cause_(std::move(cause)) {}

void http::unify(Response& response) {
  if (!response.has_media() || response.content_type() != "application/problem+json") return;
  const unified::Bare body = unified::fail(unified::code_of_status(response.status()));
  const int status = response.status();
  body.render(response);
  response.status(status);
}

}  // namespace ngo
