#include "ngo/app/telemetry/trace_exporters.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

#include "ngo/base/problem.hpp"
#include "ngo/base/text.hpp"

namespace ngo::app {
namespace {

using Make = std::unique_ptr<trace::Exporter> (*)(const TracingOptions&, const trace::Resource&);
struct Entry {
  std::string_view type;
  Make make;
};
constexpr Entry kTable[] = {
    {"memory",
     [](const TracingOptions&, const trace::Resource&) -> std::unique_ptr<trace::Exporter> {
       return nullptr;
     }},
};

const Entry* entry_of(std::string_view type) {
  const auto* const found = std::find_if(std::begin(kTable), std::end(kTable),
                                         [&](const Entry& each) { return each.type == type; });
  return found == std::end(kTable) ? nullptr : found;
}

}  // namespace

std::string check_exporter(std::string_view type) {
  if (entry_of(type) != nullptr) return {};
  std::vector<std::string> names;
  for (const Entry& each : kTable) names.emplace_back(each.type);
  return "unsupported type " + in_quotes(type) + "; expected " + list_or(names);
}

std::unique_ptr<trace::Exporter> make_exporter(const TracingOptions& options,
                                               const trace::Resource& resource) {
  const Entry* const found = entry_of(options.type.empty() ? "memory" : options.type);
  return found == nullptr ? nullptr : found->make(options, resource);
}

}  // namespace ngo::app
