#include "http/router.h"

#include <gtest/gtest.h>

#include "http/problem.h"

namespace pawfect::http {
namespace {

Router router() {
  return Router({{"GET", "/v1/jobs/{id}", {}},
                 {"GET", "/v1/jobs/all", {}},
                 {"DELETE", "/v1/jobs/{id}", {}, 0, "cancel"},
                 {"GET", "/v1/{what}/{id}/result", {}},
                 {"GET", "/v1/jobs/{id}/result", {}},
                 {"GET", "/", {}}});
}

std::string name_of(std::string_view method, std::string_view path) {
  static const Router routes = router();
  const Router::Found found = routes.find(method, path);
  return found.route == nullptr ? found.allowed : found.route->name;
}

TEST(Router, FindsTheRouteWithTheMostSpeltOut) {
  EXPECT_EQ(name_of("GET", "/"), "/");
  EXPECT_EQ(name_of("GET", "/v1/jobs/all"), "/v1/jobs/all");
  EXPECT_EQ(name_of("GET", "/v1/jobs/a"), "/v1/jobs/{id}");
  EXPECT_EQ(name_of("DELETE", "/v1/jobs/all"), "cancel");
  EXPECT_EQ(name_of("GET", "/v1/jobs/a/result"), "/v1/jobs/{id}/result");
  EXPECT_EQ(name_of("GET", "/v1/sessions/a/result"), "/v1/{what}/{id}/result");
}

TEST(Router, TellsWhatAPathTakesEachOnce) {
  EXPECT_EQ(name_of("PUT", "/v1/jobs/a"), "GET, HEAD, DELETE, OPTIONS");
  EXPECT_EQ(name_of("PUT", "/v1/jobs/all"), "GET, HEAD, DELETE, OPTIONS");
  EXPECT_EQ(name_of("get", "/"), "GET, HEAD, OPTIONS");
}

TEST(Router, FindsNothingElsewhere) {
  for (const char* path : {"/v1", "/v1/jobs", "/v1/jobs/", "/v1/jobs/a/", "/v1/jobs//result",
                           "/v1/jobs/a/result/b", "//", "/v1/jobs/a/Result", "/v1//a/result"})
    EXPECT_EQ(name_of("GET", path), "") << path;
}

TEST(Router, TellsThePartsOfThePath) {
  const Router::Found found = router().find("GET", "/v1/x y/{id}/result");
  const Texts expected = {{"what", "x y"}, {"id", "{id}"}};
  EXPECT_EQ(found.parts, expected);
}

TEST(Problem, IsADocumentThatProgramsCanRead) {
  const Problem problem{410, "expired", "a \"quoted\" line", {}, {{"expiredAt", "today"}}};
  EXPECT_EQ(to_text(problem), R"({"type":"/problems/expired","title":"Gone","status":410,)"
                              R"("detail":"a \"quoted\" line","expiredAt":"today"})");
}

TEST(Problem, SurvivesTextsThatAreNoUtf8) {
  EXPECT_NE(to_text({400, "x",
                     "a\xff"
                     "b"})
                .find("a\xef\xbf\xbd"
                      "b"),
            std::string::npos);
}

TEST(Problem, HasATitleForEachStatus) {
  EXPECT_EQ(status_title(413), "Content Too Large");
  EXPECT_EQ(status_title(507), "Insufficient Storage");
  EXPECT_EQ(status_title(799), "Unknown");
}

}  // namespace
}  // namespace pawfect::http
