// What an address says behind its "?": read by name, in any spelling. What nobody reads is a mistake, with
// the names that would have been right.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ngo/config/data_source.hpp"
#include "ngo/http/client/options.hpp"
#include "ngo/runtime/clock.hpp"

namespace ngo::app {

// All functions throw Error{invalid_argument} that names the parameter. The address must outlive it.
class Parameters {
 public:
  explicit Parameters(const config::Address& address) : address_(address), used_(address.parameters.size()) {}

  // The last value; empty when it is not there.
  [[nodiscard]] std::string text(std::string_view name, std::string_view otherwise = {});
  // The same, and must be there.
  [[nodiscard]] std::string required(std::string_view name);
  // Of all its values, split at commas.
  [[nodiscard]] std::vector<std::string> list(std::string_view name);
  [[nodiscard]] Duration duration(std::string_view name, Duration otherwise);
  // A number of seconds, as the original writes some.
  [[nodiscard]] Duration seconds(std::string_view name, Duration otherwise);
  [[nodiscard]] bool flag(std::string_view name, bool otherwise);
  // `format`, or the original's `configType`; nothing when neither is there.
  [[nodiscard]] std::optional<config::Format> format();

  // Throws when there is a parameter that was not asked for.
  void done() const;

 private:
  const config::Address& address_;
  std::vector<bool> used_;
  std::vector<std::string> known_;
};

inline constexpr std::chrono::seconds kCallTimeout{3};

// How a source calls: `timeout` of one call, and what goes with TLS: `ca`, `cert`, `certKey`,
// `certKeyPassword`, `insecureSkipVerify`.
[[nodiscard]] HttpClientOptions client_options_of(Parameters& parameters, Duration timeout = kCallTimeout);
// `tls`, or anything that is about TLS.
[[nodiscard]] bool wants_tls(Parameters& parameters);

// The servers of "h1:2379,h2:2379" as the beginnings of URLs, "http://h1:2379". One without a port gets that
// one; one that says http:// or https:// keeps it. Throws Error{invalid_argument} when there are none, or one
// is none.
[[nodiscard]] std::vector<std::string> server_urls(const std::vector<std::string>& servers, bool tls,
                                                   std::string_view port);
// "a,b" as "a" and "b"; blanks around them and empty ones are left out.
[[nodiscard]] std::vector<std::string> split_at_commas(std::string_view text);

}  // namespace ngo::app
