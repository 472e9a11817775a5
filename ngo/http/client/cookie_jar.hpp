// The cookies that servers have set, and which of them go with a request (RFC 6265). For a client that keeps
// a session; services that call services rarely want it. Any thread.
//
// There is no list of public suffixes in it: a Domain must have a dot in it and be the host's own or a parent
// of it, so of two customers below one registry's suffix (a.co.uk, b.co.uk) one could set cookies for the
// other. Do not share a jar among users.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/base/civil_time.hpp"
#include "ngo/http/client/url.hpp"

namespace ngo::http {

class CookieJar {
 public:
  // Takes the value of a Set-Cookie field of an answer from `url`; one that breaks a rule is passed over.
  void take(const Url& url, std::string_view set_cookie, SystemTime now);
  // "a=1; b=2", what goes to `url`: longer paths first, then older ones. Empty: nothing does.
  [[nodiscard]] std::string cookies_for(const Url& url, SystemTime now);
  [[nodiscard]] std::size_t size() const;
  void clear();

 private:
  struct Cookie {
    std::string name;
    std::string value;
    std::string domain;
    std::string path;
    SystemTime expires;
    std::size_t order = 0;
    bool host_only = true;
    bool secure = false;
  };
  static constexpr std::size_t kMost = 1000;
  static constexpr std::size_t kLongest = 4096;

  [[nodiscard]] static bool parse(const Url& url, std::string_view text, SystemTime now, Cookie& cookie);

  mutable std::mutex mutex_;
  std::vector<Cookie> cookies_;
  std::size_t order_ = 0;
};

}  // namespace ngo::http
