#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "api/test_api.h"
#include "base/utc_text.h"

namespace pawfect {
namespace {

using fakes::Answer;
using fakes::Headers;
using fakes::TestApi;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

constexpr const char* kNobody = "00000000000000000000000000000000";

TEST(CreatingASession, TakesThePhotosBytes) {
  TestApi api;
  for (const char* type : {"image/png", "image/jpeg", "application/octet-stream", "IMAGE/PNG"}) {
    const Answer answer =
        api.ask("POST", "/v1/sessions", {{"Content-Type", type}}, fakes::photo_bytes());
    ASSERT_EQ(answer.status, 201) << type << answer.body;
    const Json json = answer.json();
    const std::string id = json["sessionId"];
    EXPECT_THAT(id, MatchesRegex("[0-9a-f]{32}"));
    EXPECT_EQ(json["width"], 60);
    EXPECT_EQ(json["height"], 40);
    EXPECT_THAT(std::string(json["expiresAt"]),
                MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}.*Z"));
    EXPECT_EQ(answer.header("location"), "/v1/sessions/" + id);
  }
}

TEST(CreatingASession, TakesAForm) {
  TestApi api;
  const Answer answer = api.post_form(
      "/v1/sessions", {{"image", fakes::photo_bytes(Container::kJpeg), "../../x.exe"}});
  ASSERT_EQ(answer.status, 201) << answer.body;
  const SessionRecord session = api.session(answer.json()["sessionId"]);
  EXPECT_EQ(session.container, "JPEG");
  EXPECT_EQ(session.owner, "");
}

TEST(CreatingASession, KeepsThePhotoAsItCame) {
  TestApi api;
  const std::string photo = fakes::photo_bytes();
  const std::string id = api.post_photo(photo).json()["sessionId"];
  const SessionRecord session = api.session(id);
  EXPECT_THAT(session.photo, MatchesRegex("sessions/" + id + "/photo.[0-9a-f]{64}"));
  EXPECT_EQ(session.bytes, photo.size());
  const auto blob = api.real_blobs->open(session.photo).value();
  ASSERT_TRUE(blob);
  std::string stored(blob->size, '\0');
  ASSERT_EQ(pread(blob->file.get(), stored.data(), stored.size(), 0), ssize_t(stored.size()));
  EXPECT_EQ(stored, photo);
}

TEST(CreatingASession, RefusesWhatIsNoPictureAndLeavesNothing) {
  TestApi api;
  const std::string photo = fakes::photo_bytes();
  const std::vector<std::pair<std::string, std::string>> bad{
      {"text", "this is no picture"},
      {"svg", "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"},
      {"half", photo.substr(0, photo.size() / 2)},
      {"kills its reader", "POISON crash"}};
  for (const auto& [name, bytes] : bad) {
    const Answer answer = api.post_photo(bytes);
    EXPECT_EQ(answer.status, 422) << name;
    EXPECT_EQ(answer.type(), "bad-image") << name;
    EXPECT_THAT(answer.json()["detail"].get<std::string>(), HasSubstr("image")) << name;
    EXPECT_EQ(answer.header("content-type"), "application/problem+json") << name;
  }
  EXPECT_EQ(api.post_form("/v1/sessions", {{"image", "", "empty.png"}}).status, 422);
  EXPECT_EQ(api.ask("POST", "/v1/sessions").status, 422) << "no body at all";
  EXPECT_EQ(api.blobs_under(""), 0u);
  EXPECT_EQ(api.count(Kind::kSession), 0u);
  EXPECT_EQ(api.spool_files(), 0u);
}

TEST(CreatingASession, RefusesOtherMediaTypes) {
  TestApi api;
  for (const char* type : {"application/json", "text/html", "application/x-www-form-urlencoded",
                           "multipart/form-data", "multipart/mixed; boundary=a"}) {
    const Answer answer =
        api.ask("POST", "/v1/sessions", {{"Content-Type", type}}, fakes::photo_bytes());
    EXPECT_EQ(answer.status, 415) << type;
    EXPECT_EQ(answer.type(), "media-type") << type;
  }
}

TEST(CreatingASession, RefusesAFormWithoutThePhotoOrWithMore) {
  TestApi api;
  Answer answer = api.post_form("/v1/sessions", {{"picture", fakes::photo_bytes(), "a.png"}});
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.type(), "part-missing");
  answer = api.post_form("/v1/sessions", {{"image", fakes::photo_bytes(), "a.png"},
                                          {"image", fakes::photo_bytes(), "b.png"}});
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.type(), "bad-multipart");
  EXPECT_EQ(api.ask("POST", "/v1/sessions", fakes::form_headers(), "--nothing of that kind").status,
            400);
  EXPECT_EQ(api.spool_files(), 0u);
}

TEST(CreatingASession, CutsOffWhatIsTooLarge) {
  TestApi api([](ServiceConfig& config) { config.uploads.most_bytes = 200'000; });
  const std::string large(400'000, 'x');
  Answer answer = api.post_photo(large);
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(answer.type(), "too-large");
  // Without a length the end is only seen when it is too late.
  fakes::Socket socket(api.server->address());
  socket.send("POST /v1/sessions HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int chunk = 0; chunk < 20 && socket.send("4e20\r\n" + std::string(20'000, 'x') + "\r\n");)
    ++chunk;
  EXPECT_EQ(fakes::parse_head(socket.read_until("\r\n\r\n")).status, 413);
  // Within the form's allowance, but not the picture's.
  answer = api.post_photo(std::string(210'000, 'x'));
  EXPECT_EQ(answer.status, 413);
  EXPECT_EQ(api.spool_files(), 0u);
}

TEST(CreatingASession, PromisesNothingWhenTheStoreIsDown) {
  TestApi api;
  api.sessions.trouble.is_down = true;
  Answer answer = api.post_photo(fakes::photo_bytes());
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(answer.header("retry-after"), "");
  EXPECT_THAT(answer.body, ::testing::Not(HasSubstr("is down"))) << "what is wrong is for the log";
  api.sessions.trouble.is_down = false;
  api.blobs.trouble.is_down = true;
  EXPECT_EQ(api.post_photo(fakes::photo_bytes()).status, 503);
  EXPECT_EQ(api.count(Kind::kSession), 0u);
  EXPECT_EQ(api.spool_files(), 0u);
}

TEST(CreatingASession, LeavesNothingHalfWhenTheClientGoesAtAnyByte) {
  TestApi api;
  const std::string request =
      fakes::request_text("POST", "/v1/sessions", fakes::form_headers(),
                          fakes::form_text({{"image", fakes::photo_bytes(), "a"}}));
  for (std::size_t sent = 0; sent < request.size(); sent += 1 + request.size() / 40) {
    fakes::Socket socket(api.server->address());
    socket.send(std::string_view(request).substr(0, sent));
    socket.close();
  }
  EXPECT_TRUE(fakes::soon([&] { return api.server->connections() == 0; }));
  EXPECT_EQ(api.count(Kind::kSession), 0u);
  EXPECT_EQ(api.blobs_under(""), 0u);
  EXPECT_EQ(api.spool_files(), 0u);
}

TEST(ReadingASession, TellsWhatIsKnown) {
  TestApi api;
  const std::string id = api.new_session();
  Json json = api.get("/v1/sessions/" + id).json();
  EXPECT_EQ(json["sessionId"], id);
  EXPECT_EQ(json["container"], "PNG");
  EXPECT_EQ(json["jobs"], Json::array());
  EXPECT_TRUE(json["sceneLabels"].is_null());

  const std::string job = api.fill(id).json()["jobId"];
  ASSERT_TRUE(api.sessions_of.change(*SessionId::from(id), [](SessionRecord& session) {
    session.labels = SceneLabels{{{"grass", 0.9, 0.8}}, "sam3", "1", wall_time(1'700'000'000'000)};
    return true;
  }));
  const Answer answer = api.get("/v1/sessions/" + id);
  EXPECT_EQ(answer.header("cache-control"), "no-store");
  json = answer.json();
  EXPECT_EQ(json["jobs"], Json::array({job}));
  EXPECT_EQ(json["sceneLabels"]["labels"][0]["label"], "grass");
  EXPECT_EQ(json["sceneLabels"]["model"], "sam3");
  EXPECT_THAT(std::string(json["sceneLabels"]["at"]), ::testing::StartsWith("2023-11-14T22:13:20"));
}

TEST(ReadingASession, SaysSinceWhenItIsGone) {
  TestApi api;
  const std::string id = api.new_session();
  ASSERT_TRUE(api.sessions_of.change(*SessionId::from(id), [](SessionRecord& session) {
    session.is_expired = true;
    return true;
  }));
  const Answer answer = api.get("/v1/sessions/" + id);
  EXPECT_EQ(answer.status, 410);
  EXPECT_EQ(answer.type(), "expired");
  EXPECT_EQ(answer.json()["expiredAt"], utc_text(api.session(id).expires_at));
  EXPECT_EQ(api.fill(id).status, 410);
  EXPECT_EQ(api.get("/v1/sessions/" + std::string(kNobody)).status, 404);
}

TEST(Addresses, WithIdsThatAreNoneLeadNowhere) {
  TestApi api;
  const std::string id = api.new_session();
  std::string upper = id, twin = id;
  for (char& c : upper) c = char(std::toupper(static_cast<unsigned char>(c)));
  const std::string fullwidth_zero = "%EF%BC%90";
  const std::vector<std::string> hostile{"..",
                                         "%2e%2e",
                                         ".%2e",
                                         "%2e",
                                         "%00",
                                         id + "%00",
                                         id + "%20",
                                         "%2f",
                                         id + "%2f..",
                                         id + "%5c",
                                         "%c0%ae",
                                         "%ff",
                                         std::string(300, 'a'),
                                         std::string(1990, 'a'),
                                         upper == id ? id.substr(1) : upper,
                                         id.substr(1),
                                         id + "0",
                                         fullwidth_zero + id.substr(1),
                                         "*",
                                         "%25",
                                         "null",
                                         "-1",
                                         "%zz",
                                         "..%2f..%2fetc%2fpasswd",
                                         "sessions.db",
                                         "'; DROP TABLE documents; --"};
  for (const std::string& text : hostile) {
    std::string escaped = text;
    for (std::size_t at; (at = escaped.find(' ')) != std::string::npos;)
      escaped.replace(at, 1, "%20");
    for (const std::string& target :
         {"/v1/sessions/" + escaped, "/v1/jobs/" + escaped, "/v1/jobs/" + escaped + "/result",
          "/v1/jobs/" + escaped + "/events"}) {
      const Answer answer = api.get(target);
      EXPECT_THAT(answer.status, ::testing::AnyOf(400, 404, 414)) << target;
      EXPECT_EQ(answer.header("content-type"), "application/problem+json") << target;
    }
    const Answer cancelled = api.ask("DELETE", "/v1/jobs/" + escaped);
    EXPECT_THAT(cancelled.status, ::testing::AnyOf(400, 404, 414)) << text;
    const Answer filled = api.fill(escaped);
    EXPECT_THAT(filled.status, ::testing::AnyOf(400, 404, 414)) << text;
  }
  EXPECT_EQ(api.count(Kind::kJob), 0u);
}

TEST(Addresses, TakeOnlyTheirMethods) {
  TestApi api;
  for (const auto& [method, target] : std::vector<std::pair<std::string, std::string>>{
           {"GET", "/v1/fills"},
           {"PUT", "/v1/sessions"},
           {"POST", "/v1/capabilities"},
           {"PATCH", "/v1/jobs/" + std::string(kNobody)},
           {"DELETE", "/healthz"}}) {
    const Answer answer = api.ask(method, target);
    EXPECT_EQ(answer.status, 405) << method << target;
    EXPECT_NE(answer.header("allow"), "") << target;
    EXPECT_EQ(answer.type(), "method");
  }
  EXPECT_EQ(api.get("/v2/sessions").status, 404);
  EXPECT_EQ(api.get("/v1/sessions/" + std::string(kNobody) + "/").status, 404);
}

}  // namespace
}  // namespace pawfect
