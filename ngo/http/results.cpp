#include "ngo/http/results.hpp"

#include "ngo/base/error.hpp"
#include "ngo/codec/url.hpp"

namespace ngo::http {

void LocationBuilder::next(std::string_view encoded) {
  std::size_t place = rest_.find("{}");
  if (place == std::string_view::npos) {
    throw Error(Code::internal, "the location pattern has fewer {} than there are arguments");
  }
  made_ += rest_.substr(0, place);
  made_ += encoded;
  rest_.remove_prefix(place + 2);
}

void LocationBuilder::add(std::string_view text) { next(url::encode_segment(text)); }
void LocationBuilder::add(std::int64_t number) { next(std::to_string(number)); }
void LocationBuilder::add(std::uint64_t number) { next(std::to_string(number)); }

std::string LocationBuilder::finish() && {
  if (rest_.find("{}") != std::string_view::npos) {
    throw Error(Code::internal, "the location pattern has more {} than there are arguments");
  }
  made_ += rest_;
  return std::move(made_);
}

}  // namespace ngo::http
