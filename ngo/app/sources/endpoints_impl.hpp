// Several servers that can do the same. The first is drawn at random; one that fails is left for the next.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "ngo/http/client/client.hpp"

namespace ngo::app {

class Endpoints {
 public:
  // A call that is made to the server at the given beginning of a URL.
  using Make = std::function<HttpCall(const std::string& server)>;

  Endpoints() = default;
  explicit Endpoints(std::vector<std::string> servers) { replace(std::move(servers)); }

  // A server that is in both is not left.
  void replace(std::vector<std::string> servers);
  [[nodiscard]] std::size_t size() const noexcept { return servers_.size(); }
  [[nodiscard]] const std::string& current() const { return servers_[at_]; }
  // The present one has failed.
  void next() noexcept { at_ = (at_ + 1) % servers_.size(); }

  // What a server answers: the present one, or, while one cannot be reached or answers with 5xx or 429, the
  // next, each once. Throws Error{unavailable} that says what is wrong with each. Other answers are given
  // back as they are.
  [[nodiscard]] Task<HttpResponse> ask(const Make& make);

 private:
  std::vector<std::string> servers_;
  std::size_t at_ = 0;
};

}  // namespace ngo::app
