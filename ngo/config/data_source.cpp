#include "ngo/config/data_source.hpp"

#include <algorithm>
#include <cstddef>

#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/base/text.hpp"
#include "ngo/codec/url.hpp"
#include "ngo/config/secret.hpp"

namespace ngo::config {
namespace {

std::string decoded(std::string_view text) {
  std::string out;
  return url::decode_path(text, out) ? out : std::string(text);
}

std::string decoded_parameter(std::string_view text) {
  std::string out;
  return url::decode_query(text, out) ? out : std::string(text);
}

void read_parameters(std::string_view query, Address& out) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = pair.find('=');
    if (!pair.empty()) {
      out.parameters.emplace_back(
          decoded_parameter(pair.substr(0, equals)),
          equals == std::string_view::npos ? "" : decoded_parameter(pair.substr(equals + 1)));
    }
    if (end == std::string_view::npos) return;
    query.remove_prefix(end + 1);
  }
}

// Passwords before the host and values of parameters whose names tell of a secret. A "key" is where something
// lies at a centre.
std::string masked(std::string_view text) {
  const std::size_t query = text.find_first_of("?#");
  std::string out = mask_urls(text.substr(0, query));
  if (query == std::string_view::npos) return out;
  text.remove_prefix(query);
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find_first_of("&#", 1));
    text.remove_prefix(pair.size());
    const std::size_t equals = pair.find('=');
    const std::string_view name = pair.substr(1, equals == std::string_view::npos ? equals : equals - 1);
    const bool hide = equals != std::string_view::npos && name != "key" && is_secret_name(name);
    out.append(hide ? pair.substr(0, equals + 1) : pair);
    if (hide) out.append(kMask);
  }
  return out;
}

}  // namespace

DataSource::~DataSource() = default;

bool same_content(const std::vector<Document>& a, const std::vector<Document>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Document& x, const Document& y) {
    return x.source == y.source && x.format == y.format && x.text == y.text && x.key == y.key &&
           x.secret == y.secret;
  });
}

std::string_view Address::parameter(std::string_view name, std::string_view otherwise) const noexcept {
  for (const auto& [its_name, value] : parameters) {
    if (its_name == name) otherwise = value;
  }
  return otherwise;
}

Address parse_address(std::string_view text) {
  Address out;
  out.text = out.shown = std::string(text);
  const std::size_t colon = text.find("://");
  out.scheme = colon == std::string_view::npos ? "file" : std::string(text.substr(0, colon));
  for (char& c : out.scheme) c = ascii_lower(c);
  std::string_view rest = colon == std::string_view::npos ? text : text.substr(colon + 3);
  if (out.scheme == "file") {
    // A path may hold any character; only what ngo understands is taken off its end.
    const std::size_t query = rest.rfind("?format=");
    if (query != std::string_view::npos) read_parameters(rest.substr(query + 1), out);
    out.path = std::string(rest.substr(0, query));
    return out;
  }
  out.shown = masked(text);
  // A web address may keep its query for its server; what is for us then stands behind a "#".
  const std::size_t ours = rest.find(rest.find('#') == std::string_view::npos ? '?' : '#');
  if (ours != std::string_view::npos) read_parameters(rest.substr(ours + 1), out);
  rest = rest.substr(0, rest.find_first_of("?#"));
  const std::size_t slash = rest.find('/');
  std::string_view authority = rest.substr(0, slash);
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    const std::string_view who = authority.substr(0, at);
    const std::size_t mark = who.find(':');
    out.user = decoded(who.substr(0, mark));
    if (mark != std::string_view::npos) out.password = decoded(who.substr(mark + 1));
    authority.remove_prefix(at + 1);
  }
  out.host = decoded(authority);
  if (slash != std::string_view::npos) out.path = decoded(rest.substr(slash));
  return out;
}

DataSources DataSources::built_in() {
  DataSources out;
  out.add("k8s", &make_directory_source);
  return out;
}

void DataSources::add(std::string scheme, Make make) {
  for (auto& [name, maker] : makers_) {
    if (name != scheme) continue;
    maker = std::move(make);
    return;
  }
  makers_.emplace_back(std::move(scheme), std::move(make));
}

std::unique_ptr<DataSource> DataSources::make(const Address& address) const {
  std::string known = "file (or a path)";
  Nearest nearest(address.scheme);
  for (const auto& [name, maker] : makers_) {
    if (name == address.scheme) return maker(address);
    known.append(", ").append(name);
    nearest.offer(name);
  }
  throw Error(Code::invalid_argument,
              "no source is called " + in_quotes(address.scheme) + "; " +
                  (nearest.best().empty() ? "" : "did you mean " + in_quotes(nearest.best()) + "? ") +
                  "known: " + known);
}

}  // namespace ngo::config
