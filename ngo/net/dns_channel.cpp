#include <ares.h>
#include <arpa/inet.h>
#include <poll.h>

#include <algorithm>
#include <cstring>
#include <list>

#include "ngo/base/error.hpp"
#include "ngo/net/dns_channel_impl.hpp"
#include "ngo/net/resolver_impl.hpp"

namespace ngo::net {
namespace {

constexpr int kInternet = 1;
constexpr int kDatagram = 1232;  // bytes that pass everywhere without being split (DNS flag day 2020)

std::string_view why(int status) {
  switch (status) {
    case ARES_ETIMEOUT: return "no answer in time";
    // c-ares goes on to the next server when one fails, and in the end does not tell how they failed.
    case ARES_ECONNREFUSED:
    case ARES_ESERVFAIL:
    case ARES_EREFUSED:
    case ARES_ENOTIMP: return "no server can be reached, or they fail (SERVFAIL, REFUSED)";
    case ARES_EDESTRUCTION:
    case ARES_ECANCELLED: return "the resolver was closed";
    default: return ares_strerror(status);
  }
}

void check(int status, const char* what) {
  if (status != ARES_SUCCESS)
    throw Error(Code::unavailable, std::string(what) + ": " + ares_strerror(status));
}

}  // namespace

struct DnsChannel::Ares {
  // A socket of c-ares. Watched by edges like every other; c-ares expects levels, so that after each call
  // into it settle() looks at what is left.
  struct Watched final : IoHandler {
    Watched(Ares& its_ares, int socket) : ares(its_ares), descriptor(socket) {}
    void on_ready(Readiness) noexcept override { ares.settle(); }
    Ares& ares;
    int descriptor;
    short events = 0;
    bool registered = false;
  };
  struct Query {
    Ares& ares;
    Done done;
  };

  explicit Ares(EventLoop& its_loop) : loop(its_loop) {}

  static void on_socket(void* self, ares_socket_t socket, int readable, int writable) {
    static_cast<Ares*>(self)->watch(socket, readable != 0, writable != 0);
  }
  static void on_answer(void* argument, int status, int, unsigned char* bytes, int size) {
    std::unique_ptr<Query> query(static_cast<Query*>(argument));
    --query->ares.pending;
    if (bytes != nullptr && size > 0) {
      query->done({bytes, static_cast<std::size_t>(size)}, {});
    } else {
      query->done({}, why(status));
    }
  }

  void watch(int socket, bool readable, bool writable) noexcept {
    auto place = std::find_if(sockets.begin(), sockets.end(),
                              [&](const auto& each) { return each->descriptor == socket; });
    if (!readable && !writable) {
      if (place == sockets.end()) return;
      if ((*place)->registered) loop.poller().remove(socket, **place);
      sockets.erase(place);
      return;
    }
    if (place == sockets.end()) {
      sockets.push_back(std::make_unique<Watched>(*this, socket));
      place = std::prev(sockets.end());
      try {
        loop.poller().add(socket, **place);
        (*place)->registered = true;
      } catch (const Error&) {
        // Out of descriptors: the query ends by its timeout, which looks at the socket once more.
      }
    }
    (*place)->events = static_cast<short>((readable ? POLLIN : 0) | (writable ? POLLOUT : 0));
  }

  // Lets c-ares do what it can now, and arms the timer for what it waits for.
  void settle() noexcept {
    if (settling) return;
    settling = true;
    std::vector<pollfd> ready;
    // The bound is against a server that never stops sending; the timer comes back for the rest.
    bool more = true;
    for (int round = 0; round < 64 && more; ++round) {
      ready.clear();
      for (const auto& each : sockets) ready.push_back(pollfd{each->descriptor, each->events, 0});
      more = !ready.empty() && ::poll(ready.data(), ready.size(), 0) > 0;
      for (const pollfd& each : ready) {
        if (each.revents == 0 || !watches(each.fd)) continue;
        const bool read = (each.revents & (POLLIN | POLLHUP | POLLERR)) != 0;
        const bool write = (each.revents & (POLLOUT | POLLHUP | POLLERR)) != 0;
        ares_process_fd(channel, read ? each.fd : ARES_SOCKET_BAD, write ? each.fd : ARES_SOCKET_BAD);
      }
    }
    ares_process_fd(channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    settling = false;
    arm(more);
  }
  [[nodiscard]] bool watches(int descriptor) const noexcept {
    return std::any_of(sockets.begin(), sockets.end(),
                       [&](const auto& each) { return each->descriptor == descriptor; });
  }
  void arm(bool soon) noexcept {
    timeval left{};
    if (soon) {
      loop.timers().arm(timer, loop.now());
    } else if (ares_timeout(channel, nullptr, &left) != nullptr) {
      loop.timers().arm(timer, later(loop.now(), std::chrono::seconds(left.tv_sec) +
                                                     std::chrono::microseconds(left.tv_usec)));
    } else {
      timer.disarm();
    }
  }

  EventLoop& loop;
  ares_channel channel = nullptr;
  std::list<std::unique_ptr<Watched>> sockets;
  std::size_t pending = 0;
  bool settling = false;
  std::string servers;
  std::vector<std::string> search;
  unsigned ndots = 1;
  CallbackTimer<Ares, &Ares::settle> timer{this};
};

DnsChannel::DnsChannel(EventLoop& loop, const DnsOptions& options) : ares_(std::make_unique<Ares>(loop)) {
  Ares& ares = *ares_;
  ares_options wanted{};
  int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB |
             ARES_OPT_EDNSPSZ | ARES_OPT_RESOLVCONF;
  wanted.flags = ARES_FLAG_EDNS;
  wanted.timeout = static_cast<int>(options.timeout.count());
  wanted.tries = static_cast<int>(options.attempts);
  wanted.ednspsz = kDatagram;
  wanted.sock_state_cb = &Ares::on_socket;
  wanted.sock_state_cb_data = &ares;
  std::string resolv_conf = options.resolv_conf;
  wanted.resolvconf_path = resolv_conf.data();
  if (options.ndots) {
    wanted.ndots = static_cast<int>(*options.ndots);
    mask |= ARES_OPT_NDOTS;
  }
  check(ares_init_options(&ares.channel, &wanted, mask), "cannot begin to look up names");

  if (!options.servers.empty()) {
    std::vector<ares_addr_port_node> nodes;
    for (const std::string& text : options.servers) {
      const Address server = parse_dns_server(text);
      ares_addr_port_node node{};
      node.family = server.family() == Address::Family::ipv4 ? AF_INET : AF_INET6;
      std::memcpy(&node.addr, server.bytes().data(), server.bytes().size());
      node.udp_port = node.tcp_port = server.port();
      nodes.push_back(node);
    }
    for (std::size_t i = 0; i + 1 < nodes.size(); ++i) nodes[i].next = &nodes[i + 1];
    check(ares_set_servers_ports(ares.channel, nodes.data()), "cannot set the DNS servers");
  }
  ares_addr_port_node* nodes = nullptr;
  check(ares_get_servers_ports(ares.channel, &nodes), "cannot tell the DNS servers");
  for (const ares_addr_port_node* node = nodes; node != nullptr; node = node->next) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&node->addr);
    const int port = node->udp_port == 0 ? kDnsPort : node->udp_port;
    if (!ares.servers.empty()) ares.servers += ", ";
    ares.servers +=
        Address::from_bytes({bytes, node->family == AF_INET ? 4U : 16U}, static_cast<std::uint16_t>(port))
            .to_string();
  }
  ares_free_data(nodes);

  ares_options found{};
  int found_mask = 0;
  check(ares_save_options(ares.channel, &found, &found_mask), "cannot read the search domains");
  ares.ndots = static_cast<unsigned>(std::max(found.ndots, 0));
  const auto add = [&](const char* domain) {
    bool complete = false;
    try {
      if (std::string_view(domain) != ".") ares.search.push_back(canonical_host_name(domain, complete));
    } catch (const Error&) {
      // A mistake in resolv.conf; the options have been checked.
    }
  };
  for (const std::string& domain : options.search) add(domain.c_str());
  for (int i = 0; options.search.empty() && i < found.ndomains; ++i) add(found.domains[i]);
  ares_destroy_options(&found);
}

DnsChannel::~DnsChannel() {
  if (ares_->channel != nullptr) ares_destroy(std::exchange(ares_->channel, nullptr));
}

void DnsChannel::query(const std::string& name, RecordType type, Done done) {
  ++ares_->pending;
  auto query = std::make_unique<Ares::Query>(Ares::Query{*ares_, std::move(done)});
  ares_query(ares_->channel, name.c_str(), kInternet, static_cast<int>(type), &Ares::on_answer,
             query.release());
  ares_->settle();
}

bool DnsChannel::idle() const noexcept { return ares_->pending == 0; }
const std::string& DnsChannel::servers() const noexcept { return ares_->servers; }
const std::vector<std::string>& DnsChannel::search() const noexcept { return ares_->search; }
unsigned DnsChannel::ndots() const noexcept { return ares_->ndots; }

}  // namespace ngo::net
