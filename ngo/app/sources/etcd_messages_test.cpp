#include "ngo/app/sources/etcd_messages_impl.hpp"

#include <gtest/gtest.h>

#include "ngo/app/sources/tree_of_keys_impl.hpp"
#include "ngo/base/error.hpp"

namespace ngo::app {
namespace {

// As etcd 3.4.23 has sent them.
constexpr std::string_view kHeader =
    R"("header":{"cluster_id":"15118495548433857066","member_id":"13668033151171901709","revision":"5","raft_term":"2"})";

TEST(Etcd, AskedForOneKeyOrAllThatBeginSo) {
  EXPECT_EQ(etcd::range_request("/app/a", ""), R"({"key":"L2FwcC9h"})");
  EXPECT_EQ(etcd::range_request("/app/", etcd::end_of_prefix("/app/")),
            R"({"key":"L2FwcC8=","range_end":"L2FwcDA="})");
  EXPECT_EQ(etcd::watch_request("/app/a", "", 6),
            R"({"create_request":{"key":"L2FwcC9h","start_revision":"6"}})");
  EXPECT_EQ(etcd::login_request("u", "p\""), R"({"name":"u","password":"p\""})");
  EXPECT_EQ(etcd::end_of_prefix("a\xFF\xFF"), "b");
  EXPECT_EQ(etcd::end_of_prefix("\xFF"), std::string(1, '\0'));
}

TEST(Etcd, ARangeIsTheStateOfOneRevision) {
  const etcd::Range range = etcd::read_range(
      "{" + std::string(kHeader) +
      R"(,"kvs":[{"key":"L2FwcC9h","create_revision":"2","mod_revision":"2","version":"1","value":"YTogMQ=="},{"key":"L2FwcC9i"}],"count":"2"})");
  EXPECT_EQ(range.revision, 5);
  ASSERT_EQ(range.pairs.size(), 2U);
  EXPECT_EQ(range.pairs[0].key, "/app/a");
  EXPECT_EQ(range.pairs[0].value, "a: 1");
  EXPECT_EQ(range.pairs[1].value, "");
  EXPECT_TRUE(etcd::read_range("{" + std::string(kHeader) + "}").pairs.empty());
  for (const std::string_view wrong : {"", "[]", "{", R"({"header":{"revision":"x"}})",
                                       R"({"header":{"revision":"-1"}})", R"({"kvs":[{"key":"?"}]})"})
    EXPECT_THROW(static_cast<void>(etcd::read_range(wrong)), Error) << wrong;
}

TEST(Etcd, AWatchTellsWhatHappened) {
  const auto read = [](std::string_view rest) {
    return etcd::read_news(R"({"result":{)" + std::string(kHeader) + "," + std::string(rest) + "}}");
  };
  EXPECT_TRUE(read(R"("created":true)").created);
  EXPECT_FALSE(read(R"("created":true)").changed);
  EXPECT_TRUE(read(R"("events":[{"kv":{"key":"L2FwcC9h","mod_revision":"3","value":"YTogMQ=="}}])").changed);
  EXPECT_TRUE(read(R"("events":[{"type":"DELETE","kv":{"key":"L2FwcC9h","mod_revision":"3"}}])").changed);
  const etcd::News compacted = read(R"("canceled":true,"compact_revision":"4")");
  EXPECT_TRUE(compacted.ended);
  EXPECT_EQ(compacted.compacted, 4);
  const etcd::News refused = read(
      R"("watch_id":"-1","created":true,"canceled":true,"cancel_reason":"rpc error: code = Unauthenticated desc = etcdserver: invalid auth token")");
  EXPECT_TRUE(refused.ended);
  EXPECT_TRUE(etcd::is_about_token(refused.why));
  const etcd::News failed = etcd::read_news(
      R"({"error":{"grpc_code":14,"http_code":503,"message":"etcdserver: no leader","http_status":"Service Unavailable"}})");
  EXPECT_TRUE(failed.ended);
  EXPECT_EQ(failed.why, "etcdserver: no leader");
}

TEST(Etcd, AFailureIsReadFromBothGateways) {
  EXPECT_EQ(etcd::read_failure(R"({"error":"etcdserver: x","message":"etcdserver: x","code":9})"),
            "etcdserver: x");
  EXPECT_EQ(etcd::read_failure(R"({"code":9,"message":"etcdserver: x","details":[]})"), "etcdserver: x");
  EXPECT_EQ(etcd::read_failure("404 page not found\n"), "");
}

TEST(KeysOfAStore, AreDocumentsOrValues) {
  KeyChoice below;
  below.key = "/app/";
  EXPECT_EQ(document_of(below, "etcd", "/app/redis/0/password", "x\n").key, "redis.0.password");
  EXPECT_EQ(document_of(below, "etcd", "/app/redis/0/password", "x\n").text, "x");
  EXPECT_EQ(document_of(below, "etcd", "/app/db.toml", "a=1").key, "");
  EXPECT_EQ(document_of(below, "etcd", "/app/db.toml", "a=1").format, config::Format::toml);
  EXPECT_EQ(document_of(below, "etcd", "/app/db.toml", "a=1").source, "etcd:/app/db.toml");
  below.format = config::Format::json;
  EXPECT_EQ(document_of(below, "etcd", "/app/redis", "{}").key, "");
  KeyChoice one;
  one.key = "/app";
  EXPECT_EQ(document_of(one, "etcd", "/app", "a: 1").format, config::Format::yaml);
  EXPECT_EQ(document_of(one, "etcd", "/app", "a: 1").key, "");
}

}  // namespace
}  // namespace ngo::app
