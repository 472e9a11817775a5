// Datagrams to one host by name: sent and forgotten, as UDP is. Belongs to one loop. For exporters only.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "ngo/net/resolver.hpp"
#include "ngo/net/socket.hpp"
#include "ngo/runtime/task.hpp"

namespace ngo::app {

class DatagramSender {
 public:
  DatagramSender(std::string host, std::uint16_t port) : host_(std::move(host)), port_(port) {}

  // How many were handed to the network: all, unless the machine cannot get rid of them. Throws as
  // Resolver::resolve(), and Error{unavailable} when the host cannot be sent to.
  [[nodiscard]] Task<std::size_t> send(std::span<const std::string> packets);
  [[nodiscard]] std::string target() const { return host_ + ":" + std::to_string(port_); }

 private:
  std::string host_;
  std::uint16_t port_;
  std::unique_ptr<net::Resolver> resolver_;
};

}  // namespace ngo::app
