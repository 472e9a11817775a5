// Step 9 of the pipeline in connection.hpp, as far as it is the same for every transport: decompression and
// the limits of a body.
#include <algorithm>

#include "ngo/base/problem.hpp"
#include "ngo/codec/compression.hpp"
#include "ngo/http/body_decoder_impl.hpp"
#include "ngo/http/problem.hpp"
#include "ngo/http/server.hpp"
#include "ngo/http/transaction.hpp"

namespace ngo::http {

// One coding at most: nobody compresses twice but to do harm.
void Transaction::open_decoder() {
  std::string_view name = exchange_->head.headers().get(KnownHeader::content_encoding);
  std::optional<Coding> coding = coding_from_string(name);
  if (coding == Coding::identity || name.empty()) return;
  if (!coding || !settings_->options.decompression.enabled) {
    incoming_->refused_coding = true;
    return;
  }
  incoming_->decoder = std::make_unique<BodyDecoder>(*coding);
}

Task<std::string_view> Transaction::read() {
  if (incoming_ == nullptr || (!incoming_->decoder && !incoming_->refused_coding))
    co_return co_await read_coded();
  if (incoming_->refused_coding) {
    fail_body(415, "a body with the Content-Encoding " +
                       in_quotes(exchange_->head.headers().get(KnownHeader::content_encoding)) +
                       " is not taken here");
  }
  BodyDecoder& decoder = *incoming_->decoder;
  const std::uint64_t limit = exchange_->route->max_body;
  for (;;) {
    std::string_view piece;
    std::string broken;
    try {
      piece = decoder.next();
    } catch (const Error& error) {
      broken = error.message();
    }
    if (!broken.empty()) fail_body(400, std::move(broken));
    if (!piece.empty()) {
      if (decoder.bytes_out() > limit) {
        fail_body(413,
                  "the body is too large decompressed; " + std::to_string(limit) + " bytes are allowed here");
      }
      if (decoder.ratio_above(settings_->options.decompression.max_ratio)) {
        fail_body(413, "the body is compressed more than is allowed here");
      }
      co_return piece;
    }
    std::string_view coded = co_await read_coded();
    if (coded.empty()) {
      if (!decoder.ended()) fail_body(400, "the compressed body ends too early");
      co_return std::string_view();
    }
    decoder.give(coded);
  }
}

Task<void> Transaction::read_whole_body() {
  Exchange& exchange = *exchange_;
  const std::optional<std::uint64_t> length = exchange.head.content_length();
  if (length && *length <= exchange.route->max_body) exchange.body.reserve(*length);
  for (;;) {
    std::string_view piece = co_await read();
    if (piece.empty()) break;
    exchange.body += piece;
  }
  set_body(exchange.body);
}

void Transaction::check_body_size(std::uint64_t more) {
  const std::uint64_t limit = exchange_->route->max_body;
  if (more > limit - std::min(limit, incoming_->total)) {
    fail_body(413, "the body is too large; " + std::to_string(limit) + " bytes are allowed here");
  }
}

void Transaction::fail_body(int status, std::string why) {
  incoming_->failed = true;
  body_broke();
  throw StatusError(status, Code::invalid_argument, std::move(why));
}

}  // namespace ngo::http
