#include "ngo/config/data_source.hpp"

#include <array>
#include <cstddef>

#include "ngo/base/error.hpp"
#include "ngo/base/problem.hpp"
#include "ngo/base/text.hpp"
#include "ngo/codec/url.hpp"

namespace ngo::config {
namespace {

// Those of the original, or announced, that this version has no source for.
constexpr std::array<std::string_view, 6> kNotYet = {"apollo", "etcd", "nacos", "consul", "http", "https"};

std::string decoded(std::string_view text) {
  std::string out;
  return url::decode_query(text, out) ? out : std::string(text);
}

void read_parameters(std::string_view query, Address& out) {
  while (!query.empty()) {
    const std::size_t end = query.find('&');
    const std::string_view pair = query.substr(0, end);
    const std::size_t equals = pair.find('=');
    if (!pair.empty()) {
      out.parameters.emplace_back(decoded(pair.substr(0, equals)),
                                  equals == std::string_view::npos ? "" : decoded(pair.substr(equals + 1)));
    }
    if (end == std::string_view::npos) return;
    query.remove_prefix(end + 1);
  }
}

}  // namespace

DataSource::~DataSource() = default;

std::string_view Address::parameter(std::string_view name, std::string_view otherwise) const noexcept {
  for (const auto& [its_name, value] : parameters) {
    if (its_name == name) otherwise = value;
  }
  return otherwise;
}

Address parse_address(std::string_view text) {
  Address out;
  out.text = std::string(text);
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
  const std::size_t query = rest.find('?');
  if (query != std::string_view::npos) read_parameters(rest.substr(query + 1), out);
  rest = rest.substr(0, query);
  const std::size_t slash = rest.find('/');
  out.host = std::string(rest.substr(0, slash));
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
  for (const std::string_view name : kNotYet) {
    if (name != address.scheme) continue;
    throw Error(Code::invalid_argument,
                "this version of ngo cannot read from " + address.scheme + " yet; it knows: " + known);
  }
  throw Error(Code::invalid_argument,
              "no source is called " + in_quotes(address.scheme) + "; " +
                  (nearest.best().empty() ? "" : "did you mean " + in_quotes(nearest.best()) + "? ") +
                  "known: " + known);
}

}  // namespace ngo::config
