// Every way to get the configuration wrong ends in one line that says where, what was found, and
// what to do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "config/test_config.h"

namespace pawfect {
namespace {

using fakes::environment;
using fakes::read_text;
using fakes::TemporaryFile;
using testing::HasSubstr;
using testing::StartsWith;

struct Mistake {
  std::string text;
  std::string begins;              // of the message
  std::vector<std::string> words;  // in it
};

void expect_line(const Result<ConfigReading>& reading, const Mistake& mistake) {
  ASSERT_FALSE(reading) << mistake.text;
  const Error& error = reading.error();
  EXPECT_EQ(error.code, ErrorCode::kUsage);
  EXPECT_THAT(error.message, StartsWith(mistake.begins)) << mistake.text;
  for (const std::string& word : mistake.words) EXPECT_THAT(error.message, HasSubstr(word));
  EXPECT_EQ(error.message.find('\n'), std::string::npos);
}

TEST(MistakesInTheFile, AreNamedWithTheirPlace) {
  const std::string hash(64, 'a');
  const std::string token = "[[token]]\nname = 'a'\nsha256 = '" + hash + "'\n";
  const std::string s3 = "blobs.kind='s3'\nblobs.s3_endpoint='http://a'\nblobs.s3_bucket='abc'\n";
  const Mistake mistakes[] = {
      // The file's form.
      {"[http", "x.toml:1:6: this is no TOML: ", {}},
      {"[http]\nlisten = \n", "x.toml:2:", {"no TOML"}},
      {"[http]\nthreads = 1\nthreads = 2\n", "x.toml:3:", {"no TOML"}},
      {"a = \"\xff\"", "x.toml:1:", {"no TOML"}},
      {"x = " + std::string(400, '['), "x.toml:1:", {"no TOML"}},
      // Keys.
      {"[htp]\n", "x.toml:1:2: \"htp\"", {"no such section", "did you mean 'http'?"}},
      {"[zebra]\n", "x.toml:1:2: \"zebra\"", {"there are token, http, uploads"}},
      {"listen = '127.0.0.1:1'\n", "x.toml:1:1: \"listen\"", {"no such section"}},
      {"http = 3\n", "x.toml:1:8: http", {"found 3", "[http]"}},
      {"[[http]]\n", "x.toml:1:1: http", {"a section"}},
      {"[http]\nlistn = 'x'\n", "x.toml:2:1: [http] \"listn\"", {"did you mean 'listen'?"}},
      {"[http]\nmost_bytes = 1\n", "x.toml:2:1: [http]", {"it belongs into [uploads]"}},
      {"[log]\nzebra = 1\n", "x.toml:2:1: [log] \"zebra\"", {"there are level, format"}},
      {"[log]\n\"a\\nb\" = 1\n", "x.toml:2:1: [log] \"a?b\"", {}},
      // Values.
      {"[http]\nthreads = '4'\n", "x.toml:2:11: [http] threads", {"found \"4\"", "1 to 256"}},
      {"http.threads = 4.0\n", "x.toml:1:16: [http] threads", {"found 4", "whole"}},
      {"http.threads = 9223372036854775807\n", "x.toml:1:16:", {"1 to 256"}},
      {"http.idle_time = 60\n", "x.toml:1:18: [http] idle_time", {"found 60", "\"90s\""}},
      {"http.idle_time = '60'\n", "x.toml:1:18:", {"found \"60\""}},
      {"http.idle_time = '2h'\n", "x.toml:1:18:", {"100ms to 1h"}},
      {"http.longest_wait = '1500ms'\n", "x.toml:1:21:", {"whole seconds"}},
      {"expiry.session = '1500ms'\n", "x.toml:1:18:", {"whole seconds"}},
      {"uploads.most_bytes = 33554432\n", "x.toml:1:22:", {"\"32MiB\"", "1KiB to 1GiB"}},
      {"uploads.most_bytes = '2GiB'\n", "x.toml:1:22:", {"1KiB to 1GiB"}},
      {"http.listen = 'localhost:8080'\n", "x.toml:1:15:", {"localhost", "127.0.0.1:8080"}},
      {"http.listen = ''\n", "x.toml:1:15:", {"found \"\""}},
      {"http.cors_origins = ['*']\n", "x.toml:1:21:", {"[\"*\"]", "https://example.org"}},
      {"http.cors_origins = ['https://a/']\n", "x.toml:1:21:", {"without a path"}},
      {"http.cors_origins = 'https://a'\n", "x.toml:1:21:", {"a list"}},
      {"http.cors_origins = ['https://a', 3]\n", "x.toml:1:21:", {"something else"}},
      {"store.data = 'here'\n", "x.toml:1:14:", {"begins with '/'"}},
      {"store.data = \"/a\\u0000b\"\n", "x.toml:1:14:", {"/a?b"}},
      {"store.kind = 'postgres'\n", "x.toml:1:14:", {"\"sqlite\" or \"nats\""}},
      {"store.nats_url = 'http://secret@a'\n", "x.toml:1:18:", {"found what is not shown"}},
      {"store.nats_prefix = 'a.b'\n", "x.toml:1:21:", {"a-z, 0-9 and '_'"}},
      {"blobs.s3_endpoint = 's3.example.org'\n", "x.toml:1:21:", {"https://"}},
      {"blobs.s3_endpoint = 'https://a:0'\n", "x.toml:1:21:", {"https://"}},
      {"blobs.s3_prefix = '/a'\n", "x.toml:1:19:", {"either end"}},
      {"labeler.url = 'https://a'\n", "x.toml:1:15:", {"http://127.0.0.1:8081"}},
      {"labeler.url = 'http://a'\n", "x.toml:1:15:", {"and a port"}},
      {"labeler.url = 'http://[::1]'\n", "x.toml:1:15:", {"and a port"}},
      {"worker.engine = 'Flux'\n", "x.toml:1:17:", {"\"texture\" or \"flux\""}},
      {"log.level = 'warn'\n", "x.toml:1:13:", {"\"warning\""}},
      {"jobs.jitter = 1.5\n", "x.toml:1:15:", {"0 to 1"}},
      {"jobs.back_off = ['5s']\n", "x.toml:1:17:", {"a list of 4"}},
      {"jobs.label_delays = ['5s', '5s', '2h']\n", "x.toml:1:21:", {"0s to 1h"}},
      {"jobs.label_wait = '25h'\n", "x.toml:1:19:", {"0s to 1d"}},
      {"jobs.most_history = 1001\n", "x.toml:1:21:", {"1000"}},
      {"jobs.most_detail_bytes = 1001\n", "x.toml:1:26:", {"1000"}},
      {"worker.name = '" + std::string(200, 'x') + "'\n", "x.toml:1:15:", {"xxx...", "1 to 100"}},
      // Values that do not fit together.
      {"store.nats_replicas = 2\n", "x.toml:1:23: [store] nats_replicas", {"1, 3 or 5"}},
      {"blobs.kind='s3'\n", "[blobs] s3_endpoint", {"found nothing", "x.toml:1:12"}},
      {s3, "[blobs] s3_access_key", {"found nothing"}},
      {s3 + "blobs.s3_access_key='a'\n", "[blobs] s3_secret_key", {"found nothing"}},
      {"jobs.shortest_lease='2h'\n",
       "x.toml:1:21: [jobs] shortest_lease",
       {"longest_lease", "30m", "default"}},
      {"jobs.longest_run='1m'\n", "[jobs] longest_lease", {"longest_run", "1m", "x.toml:1:18"}},
      {"jobs.lost_message='1h'\n", "x.toml:1:19: [jobs] lost_message", {"16m"}},
      // Tokens.
      {"[token]\nname = 'a'\n", "x.toml:1:1: token", {"[[token]]"}},
      {"token = [1]\n", "x.toml:1:10: token", {"found 1"}},
      {"[[token]]\nname = 'a'\n", "x.toml:1:1: [[token]] sha256", {"found nothing", "sha256sum"}},
      {"[[token]]\nsha256 = '" + hash + "'\n", "x.toml:1:1: [[token]] name", {"found nothing"}},
      {"[[token]]\nname = 'A'\n", "x.toml:2:8: [[token]] name", {"found \"A\"", "a-z"}},
      {"[[token]]\nname = 'a'\nsha256 = 'the token itself'\n",
       "x.toml:3:10: [[token]] sha256",
       {"something else"}},
      {token + "most_open_jobs = 0\n", "x.toml:4:18: [[token]] most_open_jobs", {"1 to 100000"}},
      {token + "most_open_job = 1\n", "x.toml:4:1: [[token]]", {"did you mean 'most_open_jobs'?"}},
      {token + token, "x.toml:4:1: [[token]] name", {"\"a\" is taken", "x.toml:1:1"}},
      {token + "[[token]]\nname = 'b'\nsha256 = '" + hash + "'\n",
       "x.toml:4:1: [[token]] sha256",
       {"\"b\"", "\"a\""}},
  };
  for (const Mistake& mistake : mistakes) expect_line(read_text(mistake.text), mistake);
}

TEST(MistakesInTheFile, DoNotShowASecret) {
  const std::string secret(3'000, 's');
  for (const std::string& text : {"blobs.s3_secret_key = '" + secret + "'",
                                  std::string("store.nats_url = 'nats://u:sss@a/b'"),
                                  std::string("[[token]]\nname='a'\nsha256='sss'")}) {
    const auto reading = read_text(text);
    ASSERT_FALSE(reading);
    EXPECT_EQ(reading.error().message.find("sss"), std::string::npos) << reading.error().message;
  }
}

TEST(MistakesInTheEnvironment, AreNamedWithTheVariable) {
  const std::pair<fakes::Variables, Mistake> mistakes[] = {
      {{{"PAWFECT_HTTP_THREADS", "many"}},
       {"", "PAWFECT_HTTP_THREADS: found \"many\"", {"1 to 256"}}},
      {{{"PAWFECT_HTTP_THREADS", "4 "}}, {"", "PAWFECT_HTTP_THREADS: ", {}}},
      {{{"PAWFECT_JOBS_BACK_OFF", "5s,x"}}, {"", "PAWFECT_JOBS_BACK_OFF: ", {"a list of 4"}}},
      {{{"PAWFECT_JOBS_JITTER", "nan"}}, {"", "PAWFECT_JOBS_JITTER: ", {"0 to 1"}}},
      {{{"PAWFECT_BLOBS_S3_SECRET_KEY", std::string(3'000, 's')}},
       {"", "PAWFECT_BLOBS_S3_SECRET_KEY: found what is not shown", {}}},
      {{{"MODEL_VARIANT", "a b"}}, {"", "MODEL_VARIANT: found \"a b\"", {}}},
      {{{"PAWFECT_STORE_NATS_REPLICAS", "4"}}, {"", "PAWFECT_STORE_NATS_REPLICAS: found 4", {"3"}}},
  };
  for (const auto& [variables, mistake] : mistakes) expect_line(read_text("", variables), mistake);
}

TEST(Files, ThatCannotBeReadAreNamed) {
  expect_line(read_config("/nowhere/x.toml", environment()),
              {"", "/nowhere/x.toml: cannot be read", {"No such file"}});
  expect_line(read_config("/tmp", environment()), {"", "/tmp: is no plain file", {}});
  const TemporaryFile large(std::string(kMostConfigBytes + 1, '#'));
  expect_line(read_config(large.path(), environment()),
              {"", large.path().string() + ": over", {"1 MiB"}});
  const TemporaryFile just(std::string(kMostConfigBytes, '#'));
  EXPECT_TRUE(read_config(just.path(), environment()));
}

}  // namespace
}  // namespace pawfect
