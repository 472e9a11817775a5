#include "ngo/http/server_options.hpp"

#include <gtest/gtest.h>

#include "ngo/base/type.hpp"
#include "ngo/codec/json.hpp"

namespace ngo::http {
namespace {

// The members of `options` as JSON, by whether they are marked live.
std::string members_of(const ServerOptions& options, bool live) {
  std::string out;
  for (const Member& member : type_of<ServerOptions>().members()) {
    if (member.live != live || member.name == "middlewares") continue;
    out.append(member.name).append("=");
    json::write(out, *member.type, member.in(&options));
    out += '\n';
  }
  return out;
}

TEST(ServerOptions, WhatIsNotLiveStaysAsItWas) {
  const ServerOptions now;
  ServerOptions next;
  next.host = "::1";
  next.port = 1;
  next.tls.emplace();
  next.health = HealthEndpoints::all;
  next.http2.enabled = false;
  next.proxy_protocol = true;
  next.request_timeout = std::chrono::seconds(1);
  next.max_connections = 5;
  next.middlewares.maintenance.enabled = true;
  next.middlewares.maintenance.message = "closed";
  next.middlewares.request_id.emplace();
  const ServerOptions taken = with_live(now, next);
  EXPECT_EQ(members_of(taken, false), members_of(now, false));
  EXPECT_EQ(members_of(taken, true), members_of(next, true));
  EXPECT_NE(members_of(next, false), members_of(now, false));
  EXPECT_TRUE(taken.middlewares.maintenance.enabled);
  EXPECT_NE(taken.middlewares.maintenance.message, "closed");
  EXPECT_TRUE(taken.middlewares.request_id.has_value());
}

}  // namespace
}  // namespace ngo::http
