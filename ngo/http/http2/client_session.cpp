#include "ngo/http/http2/client_session.hpp"

#include "ngo/http/http2/client_core_impl.hpp"

namespace ngo::http::http2 {

ClientRequest::ClientRequest(std::shared_ptr<ClientCore> core,
                             std::shared_ptr<ClientExchange> exchange) noexcept
    : core_(std::move(core)), exchange_(std::move(exchange)) {}

ClientRequest::~ClientRequest() { core_->drop(*exchange_); }

Task<void> ClientRequest::write(std::string_view piece) { return core_->write(*exchange_, piece); }
void ClientRequest::end(Fields trailers) { core_->end(*exchange_, std::move(trailers)); }

Task<int> ClientRequest::status() {
  co_await core_->head(*exchange_);
  co_return exchange_->status;
}

const Fields& ClientRequest::fields() const noexcept { return exchange_->fields; }
Task<std::string_view> ClientRequest::read() { return core_->read(*exchange_); }
const Fields& ClientRequest::trailers() const noexcept { return exchange_->trailers; }
bool ClientRequest::unprocessed() const noexcept { return exchange_->unprocessed; }
std::uint32_t ClientRequest::reset_code() const noexcept {
  return exchange_->reset_by_server ? exchange_->code : 0;
}

std::optional<int> ClientRequest::try_status() const {
  if (exchange_->final) return exchange_->status;
  if (exchange_->closed) core_->throw_ended(*exchange_);
  return std::nullopt;
}
ClientRequest::Piece ClientRequest::try_read(std::string_view& piece) {
  return core_->try_read(*exchange_, piece);
}
bool ClientRequest::at_end() const noexcept {
  return exchange_->ended && exchange_->arrived.empty() && exchange_->given.empty();
}
Task<void> ClientRequest::changed() {
  exchange_->news.reset();
  co_await exchange_->news.wait();
}
void ClientRequest::interrupt() noexcept { exchange_->news.set(); }
std::size_t ClientRequest::body_sent() const noexcept { return exchange_->lent_sent; }
bool ClientRequest::head_sent() const noexcept { return exchange_->sent; }
bool ClientRequest::all_sent() const noexcept { return exchange_->all_sent; }

ClientSession::ClientSession(EventLoop& loop, std::shared_ptr<net::Stream> stream, ClientSettings settings)
    : core_(std::make_shared<ClientCore>(loop, std::move(stream), settings)) {
  core_->start();
}

ClientSession::~ClientSession() { core_->shut(); }

Task<std::unique_ptr<ClientRequest>> ClientSession::open(RequestTarget target, Fields fields, bool ends) {
  std::shared_ptr<ClientExchange> exchange = co_await core_->open(std::move(target), std::move(fields), ends);
  co_return std::make_unique<ClientRequest>(core_, std::move(exchange));
}

std::unique_ptr<ClientRequest> ClientSession::try_open(const RequestView& request, bool ends) {
  std::shared_ptr<ClientExchange> exchange = core_->try_open(request, ends);
  return exchange ? std::make_unique<ClientRequest>(core_, std::move(exchange)) : nullptr;
}

void ClientSession::set_listener(Listener* listener) noexcept { core_->set_listener(listener); }
void ClientSession::throw_ended() const { core_->throw_ended(); }
bool ClientSession::usable() const noexcept { return core_->usable(); }
std::size_t ClientSession::in_flight() const noexcept { return core_->in_flight(); }
std::size_t ClientSession::most_in_flight() const noexcept { return core_->most_in_flight(); }

}  // namespace ngo::http::http2
