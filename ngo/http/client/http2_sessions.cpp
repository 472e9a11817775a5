#include "ngo/http/client/http2_sessions_impl.hpp"

#include <algorithm>
#include <utility>

#include "ngo/http/client/client_impl.hpp"
#include "ngo/runtime/combine.hpp"

namespace ngo::http {
namespace {

constexpr std::uint32_t kStreamWindow = 512 * 1024;
constexpr std::uint32_t kConnectionWindow = 8 * 1024 * 1024;

http2::ClientSettings settings_for(const HttpClient::Impl& client) {
  http2::ClientSettings settings;
  settings.stream_window = kStreamWindow;
  settings.connection_window = kConnectionWindow;
  settings.header_list_bytes = client.response_limits().head_bytes;
  settings.ping_after = client.options().http2_ping_after;
  return settings;
}

}  // namespace

SharedSession::SharedSession(std::shared_ptr<ServerPool> its_pool, ConnectionPool::Lease its_lease)
    : pool(std::move(its_pool)), lease(std::move(its_lease)) {
  EventLoop& loop = EventLoop::current();
  opened = idle_since = loop.now();
  const std::shared_ptr<ClientConnection> connection = std::move(*lease);
  session = std::make_unique<http2::ClientSession>(
      loop, std::shared_ptr<net::Stream>(connection, &connection->stream), settings_for(pool->client));
  lease.describe([this] {
    return "HTTP/2, " + std::to_string(session->in_flight()) + " of " +
           std::to_string(session->most_in_flight()) + " requests";
  });
}

SharedSession::~SharedSession() {
  session.reset();
  lease.discard();
}

SessionGroup::SessionGroup(std::shared_ptr<ServerPool> pool)
    : pool_(std::move(pool)), loop_(EventLoop::current()) {}

SessionGroup::~SessionGroup() { retire(); }

void SessionGroup::retire() noexcept {
  for (const auto& each : sessions_) each->session->set_listener(nullptr);
  sessions_.clear();
  timer_.disarm();
}

bool SessionGroup::too_old(const SharedSession& session) const {
  const Duration most = pool_->client.options().max_conn_duration;
  return most > Duration::zero() && loop_.now() - session.opened >= most;
}

// The first with room, so that few connections are busy and the others age.
std::shared_ptr<SharedSession> SessionGroup::find() const {
  for (const auto& each : sessions_) {
    const http2::ClientSession& session = *each->session;
    if (session.in_flight() < session.most_in_flight() && session.usable() && !too_old(*each)) return each;
  }
  return nullptr;
}

bool SessionGroup::at_limit() const {
  const net::PoolStats stats = pool_->pool.stats();
  return stats.in_use + stats.idle + stats.opening >= stats.limit;
}

Task<SessionGroup::Way> SessionGroup::take() {
  const TimePoint wait_until = later(loop_.now(), pool_->client.options().max_conn_wait_timeout);
  while (true) {
    if (auto found = find()) {
      Way way;
      way.session = std::move(found);
      co_return way;
    }
    if (speaks_ == Speaks::http1) {
      ConnectionPool::Lease lease = pool_->pool.try_checkout();
      if (!lease) lease = co_await pool_->pool.checkout();
      co_return sort(std::move(lease));
    }
    if (!sessions_.empty() && at_limit()) {
      co_await wait_for_room(wait_until);
      continue;
    }
    Way way;
    co_await opening_.run(open(way));
    if (way.lease || way.session) co_return way;
  }
}

Task<void> SessionGroup::wait_for_room(TimePoint until) {
  const Error none(
      Code::resource_exhausted,
      "the server takes no more requests on the connections to it, and there are as many as there "
      "may be (maxConnsPerHost)");
  if (until <= loop_.now()) throw none;
  room_.reset();
  Context context(Context::current(), until);
  const auto wait = [this]() -> Task<void> { co_await room_.wait(); };
  try {
    co_await with_context(context, wait());
  } catch (const Error& error) {
    if (error.code() != Code::deadline_exceeded || context.cause() != Code::deadline_exceeded) throw;
    throw none;
  }
}

Task<void> SessionGroup::open(Way& way) {
  ConnectionPool::Lease lease = co_await pool_->pool.checkout();
  way = sort(std::move(lease));
}

// By what the connection speaks.
SessionGroup::Way SessionGroup::sort(ConnectionPool::Lease lease) {
  Way way;
  if (!(*lease)->http2) {
    speaks_ = Speaks::http1;
    way.lease = std::move(lease);
    return way;
  }
  speaks_ = Speaks::http2;
  way.session = std::make_shared<SharedSession>(pool_, std::move(lease));
  way.session->session->set_listener(this);
  sessions_.push_back(way.session);
  on_session_change();
  return way;
}

// A request has ended, or a session has.
void SessionGroup::on_session_change() noexcept {
  room_.set();
  const Duration idle = pool_->client.options().max_idle_conn_duration;
  bool over = false;
  for (const auto& each : sessions_) {
    if (each->session->in_flight() == 0) each->idle_since = loop_.now();
    over = over || !each->session->usable();
  }
  if (over) {
    sweep_at(loop_.now());
  } else if (idle > Duration::zero()) {
    sweep_at(later(loop_.now(), idle));
  }
}

void SessionGroup::sweep_at(TimePoint at) noexcept {
  if (!timer_.armed() || timer_.deadline() > at) loop_.timers().arm(timer_, at);
}

// Stops to offer what has ended, is idle for too long, or too old.
void SessionGroup::sweep() noexcept {
  const Duration idle = pool_->client.options().max_idle_conn_duration;
  const Duration age = pool_->client.options().max_conn_duration;
  const TimePoint now = loop_.now();
  TimePoint next = TimePoint::max();
  std::erase_if(sessions_, [&](const std::shared_ptr<SharedSession>& each) {
    const bool rests = each->session->in_flight() == 0;
    const TimePoint ends =
        idle > Duration::zero() && rests ? later(each->idle_since, idle) : TimePoint::max();
    const TimePoint ages = age > Duration::zero() ? later(each->opened, age) : TimePoint::max();
    if (each->session->usable() && ends > now && ages > now) {
      next = std::min({next, ends, ages});
      return false;
    }
    each->session->set_listener(nullptr);
    return true;
  });
  if (next != TimePoint::max()) sweep_at(next);
}

}  // namespace ngo::http
