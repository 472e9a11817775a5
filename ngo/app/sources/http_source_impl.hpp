// A URL as a source of configuration: the form in which a company's own centre is usually reached.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "ngo/config/data_source.hpp"

namespace ngo::app {

// https://centre.internal/box-office.yaml?env=prod: asked again every `interval`, with the entity tag or the
// date that came with the last answer, so that nothing is sent when nothing has changed. Where the address
// has a "#", parameters stand behind it and the query belongs to the centre alone.
[[nodiscard]] std::unique_ptr<config::DataSource> make_http_source(const config::Address& address);

// "application/json; charset=utf-8", "text/x-yaml", "application/vnd.centre+json"; nothing for types that say
// nothing of the format.
[[nodiscard]] std::optional<config::Format> format_of_media_type(std::string_view content_type);

}  // namespace ngo::app
