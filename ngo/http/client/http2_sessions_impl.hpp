// The connections of one worker to one address that speak HTTP/2, which many calls use at once. Each holds a
// lease of the pool for as long as it lives, so maxConnsPerHost counts it. For the sources of the client
// only.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "ngo/http/client/exchange_impl.hpp"
#include "ngo/http/client/single_flight_impl.hpp"
#include "ngo/http/http2/client_session.hpp"
#include "ngo/runtime/sync.hpp"
#include "ngo/runtime/timer.hpp"

namespace ngo::http {

struct ServerPool;

// One connection; lives as long as the group offers it, or a call uses it. Its end closes the connection.
struct SharedSession {
  SharedSession(std::shared_ptr<ServerPool> its_pool, ConnectionPool::Lease its_lease);
  SharedSession(const SharedSession&) = delete;
  SharedSession& operator=(const SharedSession&) = delete;
  ~SharedSession();

  std::shared_ptr<ServerPool> pool;
  ConnectionPool::Lease lease;  // empty of a connection: that is the session's
  std::unique_ptr<http2::ClientSession> session;
  TimePoint opened;
  TimePoint idle_since;
  bool used = false;
};

class SessionGroup final : private http2::ClientSession::Listener {
 public:
  // One of them: a session that has room for a request now, or a connection of HTTP/1.1.
  struct Way {
    Way() {}  // no aggregate: g++ 12 destroys those twice in a co_await expression
    std::shared_ptr<SharedSession> session;
    ConnectionPool::Lease lease;
  };

  explicit SessionGroup(std::shared_ptr<ServerPool> pool);
  SessionGroup(const SessionGroup&) = delete;
  SessionGroup& operator=(const SessionGroup&) = delete;
  ~SessionGroup();

  // Calls that come while one opens the first connection wait for what it turns out to speak. Another
  // connection is opened when the server takes no more requests on those that are there. Throws what
  // Pool::checkout() throws.
  [[nodiscard]] Task<Way> take();
  // Offers none of those that are there any more; they end with the last call on them.
  void retire() noexcept;

 private:
  enum class Speaks : std::uint8_t { unknown, http1, http2 };

  [[nodiscard]] std::shared_ptr<SharedSession> find() const;
  [[nodiscard]] bool too_old(const SharedSession& session) const;
  [[nodiscard]] bool at_limit() const;
  Task<void> wait_for_room(TimePoint until);
  Task<void> open(Way& way);
  Way sort(ConnectionPool::Lease lease);
  void on_session_change() noexcept override;
  void sweep() noexcept;
  void sweep_at(TimePoint at) noexcept;

  std::shared_ptr<ServerPool> pool_;
  EventLoop& loop_;
  std::vector<std::shared_ptr<SharedSession>> sessions_;
  SingleFlight opening_;
  Event room_;  // on a session
  Speaks speaks_ = Speaks::unknown;
  CallbackTimer<SessionGroup, &SessionGroup::sweep> timer_{this};
};

// As converse() and read_piece(), on a stream of HTTP/2.
[[nodiscard]] Task<void> converse_http2(ClientExchange& x);
[[nodiscard]] Task<std::string_view> read_http2_piece(ClientExchange& x);
// Takes over what is known of a request that has failed.
void note_end_of_request(ClientExchange& x) noexcept;

}  // namespace ngo::http
