// The status codes of RFC 9110 section 15 and of the RFCs that extended it, with their reason phrases.
// A status is an int everywhere in ngo; these names are there to be read.
#pragma once

#include <string_view>

namespace ngo::status {

inline constexpr int kContinue = 100;
inline constexpr int kSwitchingProtocols = 101;
inline constexpr int kEarlyHints = 103;
inline constexpr int kOk = 200;
inline constexpr int kCreated = 201;
inline constexpr int kAccepted = 202;
inline constexpr int kNonAuthoritativeInformation = 203;
inline constexpr int kNoContent = 204;
inline constexpr int kResetContent = 205;
inline constexpr int kPartialContent = 206;
inline constexpr int kMultiStatus = 207;
inline constexpr int kMultipleChoices = 300;
inline constexpr int kMovedPermanently = 301;
inline constexpr int kFound = 302;
inline constexpr int kSeeOther = 303;
inline constexpr int kNotModified = 304;
inline constexpr int kTemporaryRedirect = 307;
inline constexpr int kPermanentRedirect = 308;
inline constexpr int kBadRequest = 400;
inline constexpr int kUnauthorized = 401;
inline constexpr int kPaymentRequired = 402;
inline constexpr int kForbidden = 403;
inline constexpr int kNotFound = 404;
inline constexpr int kMethodNotAllowed = 405;
inline constexpr int kNotAcceptable = 406;
inline constexpr int kProxyAuthenticationRequired = 407;
inline constexpr int kRequestTimeout = 408;
inline constexpr int kConflict = 409;
inline constexpr int kGone = 410;
inline constexpr int kLengthRequired = 411;
inline constexpr int kPreconditionFailed = 412;
inline constexpr int kContentTooLarge = 413;
inline constexpr int kUriTooLong = 414;
inline constexpr int kUnsupportedMediaType = 415;
inline constexpr int kRangeNotSatisfiable = 416;
inline constexpr int kExpectationFailed = 417;
inline constexpr int kMisdirectedRequest = 421;
inline constexpr int kUnprocessableContent = 422;
inline constexpr int kLocked = 423;
inline constexpr int kFailedDependency = 424;
inline constexpr int kTooEarly = 425;
inline constexpr int kUpgradeRequired = 426;
inline constexpr int kPreconditionRequired = 428;
inline constexpr int kTooManyRequests = 429;
inline constexpr int kRequestHeaderFieldsTooLarge = 431;
inline constexpr int kUnavailableForLegalReasons = 451;
inline constexpr int kInternalServerError = 500;
inline constexpr int kNotImplemented = 501;
inline constexpr int kBadGateway = 502;
inline constexpr int kServiceUnavailable = 503;
inline constexpr int kGatewayTimeout = 504;
inline constexpr int kHttpVersionNotSupported = 505;
inline constexpr int kInsufficientStorage = 507;
inline constexpr int kNetworkAuthenticationRequired = 511;

}  // namespace ngo::status

namespace ngo::http {

// "HTTP/1.1 404 Not Found\r\n", ready to be sent; empty when the code is none of the above (write the number
// and an empty phrase then: "HTTP/1.1 299 \r\n", the space is required). Lives for ever.
[[nodiscard]] std::string_view status_line(int status) noexcept;

// "Not Found"; empty for an unknown code.
[[nodiscard]] std::string_view reason_phrase(int status) noexcept;

// 1xx, 204 and 304 never have a body (RFC 9112 section 6.3).
[[nodiscard]] constexpr bool status_has_body(int status) noexcept {
  return status >= 200 && status != 204 && status != 304;
}

}  // namespace ngo::http
