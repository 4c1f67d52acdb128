#include "labeler/label_routes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "labeler/test_labeling.h"

namespace pawfect {
namespace {

using fakes::Labeling;
using testing::HasSubstr;

class TextBody : public http::Body {
 public:
  explicit TextBody(std::string text) : text_(std::move(text)) {}

  http::asio::awaitable<std::expected<std::size_t, http::Problem>> read(
      std::span<std::byte> room) override {
    const std::size_t size = std::min({room.size(), text_.size(), std::size_t(100)});
    std::copy_n(reinterpret_cast<const std::byte*>(text_.data()), size, room.begin());
    text_.erase(0, size);
    co_return size;
  }

 private:
  std::string text_;
};

http::Response post(LabelService* service, std::string text,
                    std::string type = "application/json") {
  const http::Route route = label_route(service);
  http::Request request;
  request.method = route.method;
  request.path = route.pattern;
  request.headers = {{"content-type", std::move(type)}};
  TextBody body(std::move(text));
  http::Response response;
  http::asio::io_context context;
  http::asio::co_spawn(
      context,
      [&]() -> http::asio::awaitable<void> { response = co_await route.handler(request, body); },
      http::asio::detached);
  context.run();
  return response;
}

std::string text_of(const http::Response& response) { return std::get<std::string>(response.body); }

const std::string kSession(32, '1');

TEST(LabelRequests, ReadBackAsThemselves) {
  const auto request =
      parse_label_request(R"({"sessionId":")" + kSession + R"(","image":"sessions/1/photo.a"})");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->session.text(), kSession);
  EXPECT_EQ(request->photo, "sessions/1/photo.a");
  const auto again = parse_label_request(to_text(*request));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->photo, request->photo);
}

TEST(LabelRequests, AreReadStrictly) {
  const std::string session = R"("sessionId":")" + kSession + '"';
  const std::pair<std::string, std::string> wrong[] = {
      {"", "no JSON"},
      {"[]", "object"},
      {"{}", "sessionId"},
      {"{" + session + "}", "image"},
      {"{" + session + R"(,"image":7})", "image"},
      {"{" + session + R"(,"image":"../../etc/passwd"})", "image"},
      {R"({"sessionId":"1","image":"a"})", "32 lower-case"},
      {"{" + session + R"(,"image":"a","url":"http://x"})", "only sessionId and image"},
      {"{" + session + "," + session + R"(,"image":"a"})", "twice"},
      {"{" + session + R"(,"image":"a"})" + std::string(5'000, ' '), "4096"},
  };
  for (const auto& [text, word] : wrong) {
    const auto request = parse_label_request(text);
    ASSERT_FALSE(request) << text;
    EXPECT_THAT(request.error().message, HasSubstr(word));
  }
}

TEST(TheLabelRoute, TakesAPhotoAtOnce) {
  Labeling world;
  LabelService service(world.labeler, world.stores, world.limits, world.context);
  const SessionRecord session = world.add_session('1');
  const auto response = post(&service, to_text(LabelRequest{session.id, session.photo}));
  EXPECT_EQ(response.status, 202);
  EXPECT_TRUE(fakes::eventually([&] { return world.session('1').labels.has_value(); }));
}

TEST(TheLabelRoute, RefusesWhatItDoesNotUnderstand) {
  Labeling world;
  LabelService service(world.labeler, world.stores, world.limits, world.context);
  EXPECT_EQ(post(&service, "{").status, 400);
  EXPECT_EQ(post(&service, std::string(5'000, ' ')).status, 413);
  EXPECT_EQ(post(&service, "{}", "text/plain").status, 415);
  EXPECT_THAT(text_of(post(&service, "{}")), HasSubstr("sessionId"));
}

TEST(TheLabelRoute, SaysWhenTooManyWait) {
  Labeling world;
  world.labeler.is_shut = true;
  LabelService service(world.labeler, world.stores, world.limits, world.context);
  const SessionRecord session = world.add_session('1');
  ASSERT_EQ(service.put(session.id, session.photo), LabelService::Put::kTaken);
  ASSERT_TRUE(fakes::eventually([&] { return world.labeler.looks == 1; }));
  for (std::size_t i = 0; i < LabelService::kMostWaiting; ++i)
    ASSERT_EQ(service.put(session.id, std::to_string(i)), LabelService::Put::kTaken);
  const auto response = post(&service, to_text(LabelRequest{session.id, session.photo}));
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(text_of(response), HasSubstr("queue-full"));
  EXPECT_THAT(response.headers, testing::Contains(testing::Pair("Retry-After", "5")));
}

TEST(TheLabelRoute, SaysThatThereIsNoModel) {
  const auto response = post(nullptr, "{}");
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(text_of(response), HasSubstr("no-model"));
}

}  // namespace
}  // namespace pawfect
