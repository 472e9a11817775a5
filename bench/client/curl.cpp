// libcurl's multi interface with epoll (curl_multi_socket_action), one easy handle for each connection.
// Usage: bench_client_curl PORT CONNECTIONS SECONDS
#include <curl/curl.h>
#include <sys/epoll.h>

#include <algorithm>
#include <string>
#include <vector>

#include "report.hpp"

namespace {

struct State {
  int poller = epoll_create1(0);
  long timeout_ms = -1;
};

std::size_t take(char*, std::size_t size, std::size_t count, void* into) {
  *static_cast<std::size_t*>(into) += size * count;
  return size * count;
}

int watch(CURL*, curl_socket_t socket, int what, void* of, void* known) {
  auto& state = *static_cast<State*>(of);
  if (what == CURL_POLL_REMOVE) {
    epoll_ctl(state.poller, EPOLL_CTL_DEL, socket, nullptr);
    return 0;
  }
  epoll_event event{};
  event.data.fd = socket;
  event.events =
      (what & CURL_POLL_IN ? unsigned{EPOLLIN} : 0U) | (what & CURL_POLL_OUT ? unsigned{EPOLLOUT} : 0U);
  if (epoll_ctl(state.poller, EPOLL_CTL_MOD, socket, &event) != 0)
    epoll_ctl(state.poller, EPOLL_CTL_ADD, socket, &event);
  static_cast<void>(known);
  return 0;
}

int set_timer(CURLM*, long milliseconds, void* of) {
  static_cast<State*>(of)->timeout_ms = milliseconds;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const bench::Wanted wanted = bench::read_arguments(argc, argv);
  const std::string url = "http://127.0.0.1:" + std::to_string(wanted.port) + "/hello";
  curl_global_init(CURL_GLOBAL_ALL);
  CURLM* multi = curl_multi_init();
  State state;
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, &state);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, &state);
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, static_cast<long>(wanted.connections));
  std::size_t received = 0;
  for (int i = 0; i < wanted.connections; ++i) {
    CURL* easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &received);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 30'000L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_multi_add_handle(multi, easy);
  }
  bench::Report report(wanted);
  int running = 0;
  curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
  std::vector<epoll_event> events(256);
  while (!report.over()) {
    const int wait = state.timeout_ms < 0 ? 100 : static_cast<int>(std::min(state.timeout_ms, 100L));
    const int ready = epoll_wait(state.poller, events.data(), static_cast<int>(events.size()), wait);
    if (ready == 0) curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
    for (int i = 0; i < ready; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      const int what = ((event.events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                       ((event.events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0);
      curl_multi_socket_action(multi, event.data.fd, what, &running);
    }
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi, &left)) {
      long status = 0;
      curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
      if (message->data.result != CURLE_OK || status != 200) return 2;
      report.answered();
      CURL* easy = message->easy_handle;
      curl_multi_remove_handle(multi, easy);
      curl_multi_add_handle(multi, easy);
    }
  }
  report.print();
  return 0;
}
