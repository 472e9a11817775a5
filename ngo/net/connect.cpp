#include "ngo/net/connect.hpp"

#include <deque>
#include <exception>

#include "ngo/base/error.hpp"
#include "ngo/net/resolver_impl.hpp"
#include "ngo/net/stream.hpp"
#include "ngo/runtime/combine.hpp"
#include "ngo/runtime/event_loop.hpp"
#include "ngo/runtime/sync.hpp"

namespace ngo::net {
namespace {

// One connection in the making: addresses come in from the lookup, attempts begin one after the other, and
// the first that succeeds ends it. RFC 8305, sections 3 to 5.
class Race final : private AddressSink {
 public:
  Race(std::shared_ptr<Resolver::State> resolver, std::string host, std::uint16_t port,
       ConnectOptions options)
      : resolver_(std::move(resolver)),
        host_(std::move(host)),
        port_(port),
        options_(std::move(options)),
        family_(options_.bind.family() == Address::Family::ipv4   ? Family::ipv4
                : options_.bind.family() == Address::Family::ipv6 ? Family::ipv6
                                                                  : options_.family) {}

  static Task<Socket> run(Race& self) {
    std::exception_ptr stopped;
    {
      detail::Group group;
      group.start(look_up(self), [] {});
      try {
        while (!self.won_ && !self.lost()) {
          if (std::optional<Address> next = self.next()) {
            self.begin(group, *next);
          } else {
            co_await self.news_.wait();
            self.news_.reset();
          }
        }
        if (!self.won_) Context::current().check();
      } catch (...) {
        stopped = std::current_exception();
      }
      group.children().cancel();
      co_await group;
    }
    if (stopped) self.stop(stopped);
    if (!self.won_) throw self.failure();
    co_return std::move(self.won_);
  }

 private:
  struct Attempt {
    Address address;
    std::string outcome;  // empty while it is under way
  };

  static Task<void> look_up(Race& self) {
    try {
      co_await Resolver::State::resolve(self.resolver_, self.host_, self.family_, &self);
    } catch (const Error& error) {
      self.unresolved_ = error;
    }
    self.resolved_ = true;
    self.news_.set();
  }

  void on_addresses(Family family, const std::vector<Address>& addresses) noexcept override {
    std::deque<Address>& to = family == Family::ipv6 ? six_ : four_;
    for (const Address& address : addresses) to.push_back(Address::from_bytes(address.bytes(), port_));
    if (family == Family::ipv6) {
      six_known_ = true;
    } else if (!addresses.empty() && !six_known_) {
      arm(options_.resolution_delay);
    }
    news_.set();
  }

  void arm(Duration delay) noexcept {
    due_ = false;
    resolver_->loop().timers().arm(timer_, later(resolver_->loop().now(), delay));
  }
  void come_due() noexcept {
    due_ = true;
    news_.set();
  }

  // The address to try now, if any.
  std::optional<Address> next() {
    if (six_.empty() && four_.empty()) return std::nullopt;
    if (attempts_.empty()) {
      // IPv4 alone waits a moment for IPv6.
      if (six_.empty() && !six_known_ && !resolved_ && family_ == Family::any && !due_) return std::nullopt;
    } else if (running_ > 0 && !due_) {
      return std::nullopt;
    }
    std::deque<Address>& from = six_.empty() || (last_six_ && !four_.empty()) ? four_ : six_;
    last_six_ = &from == &six_;
    Address address = std::move(from.front());
    from.pop_front();
    return address;
  }

  void begin(detail::Group& group, const Address& address) {
    attempts_.push_back(Attempt{address, {}});
    ++running_;
    arm(options_.attempt_delay);
    group.start(attempt(*this, attempts_.size() - 1), [] {});
  }

  static Task<void> attempt(Race& self, std::size_t index) {
    const Address address = self.attempts_[index].address;
    std::string outcome;
    try {
      Socket socket = co_await connect(address, self.options_.bind);
      if (!self.won_) self.won_ = std::move(socket);
    } catch (const Error& error) {
      outcome = error.code() == Code::unavailable ? reason(error.message()) : error.message();
      if (Context::current().cancelled()) outcome = "no answer";
    }
    self.attempts_[index].outcome = std::move(outcome);
    --self.running_;
    self.news_.set();
  }

  // Without the address, which the text that it goes into has said.
  static std::string reason(const std::string& message) {
    const std::size_t last = message.rfind(": ");
    return last == std::string::npos ? message : message.substr(last + 2);
  }

  [[nodiscard]] bool lost() const { return resolved_ && running_ == 0 && six_.empty() && four_.empty(); }

  [[nodiscard]] std::string tried() const {
    std::string text;
    for (const Attempt& attempt : attempts_) {
      text += (text.empty() ? "" : "; ") + attempt.address.to_string() + ": ";
      text += attempt.outcome;
    }
    return text;
  }

  [[nodiscard]] std::string target() const {
    const bool bare = host_.find(':') != std::string::npos && host_.front() != '[';
    return (bare ? "[" + host_ + "]" : host_) + ":" + std::to_string(port_);
  }

  [[nodiscard]] Error failure() const {
    if (attempts_.empty() && unresolved_) {
      const Code code =
          unresolved_->code() == Code::invalid_argument ? Code::invalid_argument : Code::unavailable;
      return Error(code, "cannot connect to " + target() + ": " + unresolved_->message());
    }
    return Error(Code::unavailable, "cannot connect to " + target() + ": " + tried()).with("host", host_);
  }

  // Cut off from outside: a deadline says how far it came.
  [[noreturn]] void stop(const std::exception_ptr& why) const {
    try {
      std::rethrow_exception(why);
    } catch (const Error& error) {
      if (error.code() != Code::deadline_exceeded) throw;
      throw Error(error.code(), "the deadline has passed while connecting to " + target() + ": " +
                                    (attempts_.empty() ? "its name was being looked up" : tried()))
          .with("host", host_);
    }
  }

  std::shared_ptr<Resolver::State> resolver_;
  std::string host_;
  std::uint16_t port_;
  ConnectOptions options_;
  Family family_;
  std::deque<Address> six_;
  std::deque<Address> four_;
  bool six_known_ = false;
  bool resolved_ = false;
  bool due_ = false;
  bool last_six_ = false;
  std::optional<Error> unresolved_;
  std::vector<Attempt> attempts_;
  std::size_t running_ = 0;
  Socket won_;
  Event news_;
  CallbackTimer<Race, &Race::come_due> timer_{this};
};

Task<Socket> connect_by_name(std::shared_ptr<Resolver::State> resolver, std::string host, std::uint16_t port,
                             ConnectOptions options) {
  if (host.starts_with("unix:")) {
    const Address address = Address::parse(host, 0);
    co_return co_await connect(address);
  }
  Race race(std::move(resolver), std::move(host), port, std::move(options));
  co_return co_await Race::run(race);
}

}  // namespace

Task<Socket> connect(Resolver& resolver, std::string_view host, std::uint16_t port, ConnectOptions options) {
  return connect_by_name(resolver.state(), std::string(host), port, std::move(options));
}

}  // namespace ngo::net
