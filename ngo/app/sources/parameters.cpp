#include <algorithm>
#include <optional>
#include <utility>

#include "ngo/app/sources/parameters_impl.hpp"
#include "ngo/base/duration.hpp"
#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/base/text.hpp"
#include "ngo/http/client/url.hpp"

namespace ngo::app {
namespace {

[[noreturn]] void refuse(std::string_view name, std::string_view why) {
  throw Error(Code::invalid_argument,
              "the parameter " + in_quotes(name) + " of the address: " + std::string(why));
}

Duration to_duration(std::string_view name, const std::string& value) {
  Duration out{};
  std::string problem;
  if (!parse_duration(value, out, problem)) refuse(name, problem);
  if (out <= Duration::zero()) refuse(name, "expected a time above zero, such as \"30s\"");
  return out;
}

}  // namespace

std::string Parameters::text(std::string_view name, std::string_view otherwise) {
  known_.emplace_back(name);
  std::string out(otherwise);
  for (std::size_t i = 0; i < used_.size(); ++i) {
    if (!same_name(address_.parameters[i].first, name)) continue;
    used_[i] = true;
    out = address_.parameters[i].second;
  }
  return out;
}

std::string Parameters::required(std::string_view name) {
  std::string out = text(name);
  if (out.empty()) refuse(name, "it must be there");
  return out;
}

std::vector<std::string> Parameters::list(std::string_view name) {
  known_.emplace_back(name);
  std::vector<std::string> out;
  for (std::size_t i = 0; i < used_.size(); ++i) {
    if (!same_name(address_.parameters[i].first, name)) continue;
    used_[i] = true;
    for (std::string& each : split_at_commas(address_.parameters[i].second)) out.push_back(std::move(each));
  }
  return out;
}

Duration Parameters::duration(std::string_view name, Duration otherwise) {
  const std::string value = text(name);
  return value.empty() ? otherwise : to_duration(name, value);
}

Duration Parameters::seconds(std::string_view name, Duration otherwise) {
  const std::string value = text(name);
  return value.empty() ? otherwise : to_duration(name, value + "s");
}

bool Parameters::flag(std::string_view name, bool otherwise) {
  const std::string value = text(name, otherwise ? "true" : "false");
  if (value.empty() || value == "true") return true;  // "?tls" is enough
  if (value != "false") refuse(name, "expected true or false");
  return false;
}

std::optional<config::Format> Parameters::format() {
  std::string name = text("configType");
  name = text("format", name);
  if (name.empty()) return std::nullopt;
  const std::optional<config::Format> out = config::format_of_name(name);
  if (!out)
    refuse("format",
           "no format is called " + in_quotes(name) + "; expected one of " + config::format_names());
  return out;
}

void Parameters::done() const {
  for (std::size_t i = 0; i < used_.size(); ++i) {
    if (used_[i]) continue;
    const std::string& name = address_.parameters[i].first;
    std::vector<std::string> known = known_;
    std::sort(known.begin(), known.end());
    Nearest nearest(name);
    for (const std::string& each : known) nearest.offer(each);
    std::string message = "it is not known; ";
    if (!nearest.best().empty())
      message.append("did you mean ").append(in_quotes(nearest.best())).append("? ");
    refuse(name, message + "known: " + join(known, ", "));
  }
}

HttpClientOptions client_options_of(Parameters& parameters, Duration timeout) {
  static_cast<void>(parameters.text("cacheDir"));  // of whoever keeps what was read
  HttpClientOptions out;
  out.name = "ngo-config";
  out.propagate = false;
  out.deadline_header.clear();
  out.max_idemponent_call_attempts = 1;
  out.max_redirects = 0;  // nobody else is to be shown what proves who we are
  out.timeout = std::chrono::ceil<std::chrono::milliseconds>(parameters.duration("timeout", timeout));
  out.connect_timeout = std::min(out.connect_timeout, out.timeout);
  out.tls.ca = parameters.text("ca");
  out.tls.cert = parameters.text("cert");
  out.tls.key = parameters.text("certKey");
  out.tls.key_password = parameters.text("certKeyPassword");
  out.tls.verify = !parameters.flag("insecureSkipVerify", false);
  return out;
}

bool wants_tls(Parameters& parameters) {
  const bool about_tls = !parameters.text("ca").empty() || !parameters.text("cert").empty();
  return parameters.flag("tls", about_tls);
}

std::vector<std::string> server_urls(const std::vector<std::string>& servers, bool tls,
                                     std::string_view port) {
  std::vector<std::string> out;
  for (const std::string& server : servers) {
    std::string url =
        server.find("://") == std::string::npos ? (tls ? "https://" : "http://") + server : server;
    while (url.ends_with('/')) url.pop_back();
    const std::size_t host = url.find("://") + 3;
    const std::size_t end = std::min(url.find('/', host), url.size());
    const std::string_view authority = std::string_view(url).substr(host, end - host);
    const std::size_t bracket = authority.rfind(']');
    const std::size_t colon = authority.rfind(':');
    const bool has_port =
        colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    if (!has_port) url.insert(end, ":" + std::string(port));
    Url parsed;
    std::string problem;
    if (!Url::parse(url, parsed, problem))
      throw Error(Code::invalid_argument, in_quotes(server) + " is no server's address: " + problem);
    out.push_back(std::move(url));
  }
  if (out.empty()) throw Error(Code::invalid_argument, "the address names no server");
  return out;
}

std::vector<std::string> split_at_commas(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    if (!trim(text.substr(0, comma)).empty()) out.emplace_back(trim(text.substr(0, comma)));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return out;
}

}  // namespace ngo::app
