#include "ngo/http/grpc_client.hpp"

#include <gtest/gtest.h>

#include <string>

namespace ngo::http {
namespace {

using namespace std::string_literals;

TEST(GrpcReply, GivesTheFirstMessageOfAnAnswer) {
  std::string body;
  GrpcClient::frame("abc", body);
  EXPECT_EQ(body, "\0\0\0\0\3abc"s);
  const GrpcReply reply = read_grpc_reply(200, "0", "", body + "\0\0\0\0\0"s);
  EXPECT_TRUE(reply.ok());
  EXPECT_EQ(reply.answer, "abc");
}

TEST(GrpcReply, TellsAFailureInItsWords) {
  const GrpcReply reply = read_grpc_reply(200, "7", "no%20way", "");
  EXPECT_EQ(reply.status, 7);
  EXPECT_EQ(reply.message, "no way");
  EXPECT_FALSE(reply.may_retry());
}

TEST(GrpcReply, MakesAStatusOfAnAnswerThatIsNoneOfGrpc) {
  EXPECT_EQ(read_grpc_reply(503, "", "", "<html>").status, GrpcReply::kUnavailable);
  EXPECT_TRUE(read_grpc_reply(503, "", "", "").may_retry());
  EXPECT_EQ(read_grpc_reply(404, "", "", "").status, 12);
  EXPECT_EQ(read_grpc_reply(200, "x", "", "").status, GrpcReply::kUnknown);
}

TEST(GrpcReply, TakesNoMessageThatIsCutOffOrCompressed) {
  EXPECT_TRUE(read_grpc_reply(200, "0", "", "").ok());
  EXPECT_FALSE(read_grpc_reply(200, "0", "", "\0\0\0"s).ok());
  EXPECT_FALSE(read_grpc_reply(200, "0", "", "\0\0\0\0\4abc"s).ok());
  EXPECT_FALSE(read_grpc_reply(200, "0", "", "\1\0\0\0\3abc"s).ok());
  EXPECT_FALSE(read_grpc_reply(200, "0", "",
                               "\0\xff\xff\xff\xff"
                               "abc"s)
                   .ok());
}

}  // namespace
}  // namespace ngo::http
