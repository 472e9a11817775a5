#include "ngo/http/unified.hpp"

#include <gtest/gtest.h>

namespace ngo {
namespace {

struct Named {
  std::string name;
};

TEST(Unified, CarriesCodeMessageAndData) {
  Response response;
  http::Result<Unified<Named>>::render(unified::success(Named{"Ada"}), response);
  EXPECT_EQ(response.status(), 200);
  EXPECT_EQ(response.body(), R"({"code":0,"message":"成功","data":{"name":"Ada"}})");
}

TEST(Unified, HasNullForDataThatIsNotThere) {
  Response response;
  const Unified<Named> body = unified::fail(UnifiedCode::token_error);
  http::Result<Unified<Named>>::render(body, response);
  EXPECT_EQ(response.status(), 400);
  EXPECT_EQ(response.body(), R"({"code":1000202,"message":"token校验失败","data":null})");
  http::Result<unified::Bare>::render(unified::success(), response);
  EXPECT_EQ(response.body(), R"({"code":0,"message":"成功","data":null})");
}

TEST(Unified, AnswersWithTheStatusesOfTheOriginalsTable) {
  for (const auto& [code, status] : {std::pair{0, 200},
                                     {1000000, 500},
                                     {1000003, 500},
                                     {1000100, 400},
                                     {1000101, 400},
                                     {1000102, 200},
                                     {1000111, 200},
                                     {1000201, 200},
                                     {1000202, 400},
                                     {1000999, 500},
                                     {2000001, 200},
                                     {-1, 200}}) {
    EXPECT_EQ(unified::status_of(code), status) << code;
    EXPECT_NE(unified::message_of(code), "") << code;
  }
}

TEST(Unified, KeepsTheStatusOfAProblemThatItReplaces) {
  Response response;
  http::render_problem(405, "this address answers GET", "/x", response);
  http::unify(response);
  EXPECT_EQ(response.status(), 405);
  EXPECT_EQ(response.body(), R"({"code":1000106,"message":"非法请求","data":null})");
  EXPECT_EQ(response.content_type(), "application/json");
  Response text(500, "as the handler wants it");
  http::unify(text);
  EXPECT_EQ(text.body(), "as the handler wants it");
}

TEST(Unified, HasACodeForEveryStatus) {
  for (int status = 400; status < 600; ++status)
    EXPECT_NE(static_cast<int>(unified::code_of_status(status)), 0) << status;
}

}  // namespace
}  // namespace ngo
