#include "config/service_config.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config_value.h"
#include "config/test_config.h"

namespace pawfect {
namespace {

using fakes::environment;
using fakes::read_text;
using fakes::TemporaryFile;
using fakes::Variables;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST(Configuration, NeedsNoFile) {
  std::vector<std::string> warnings;
  const auto config = read_service_config({}, environment(), warnings);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->http.listen, "127.0.0.1:8080");
  EXPECT_EQ(config->store.data, "/home/somebody/.local/state/pawfect");
  EXPECT_TRUE(config->tokens.empty());
  EXPECT_THAT(warnings, IsEmpty());
}

TEST(Configuration, DataGoIntoTheFolderForState) {
  EXPECT_EQ(read_text("", {{"XDG_STATE_HOME", "/state"}})->config.store.data, "/state/pawfect");
  EXPECT_EQ(read_text("", {{"XDG_STATE_HOME", "relative"}})->config.store.data,
            "/home/somebody/.local/state/pawfect");
  EXPECT_EQ(read_text("store.data = '/srv'")->config.store.data, "/srv");
  const auto none = read_text("", {{"HOME", ""}});
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().message, AllOf(HasSubstr("[store] data"), HasSubstr("HOME")));
}

TEST(Configuration, TheEnvironmentStandsOverTheFile) {
  const auto reading = read_text("[http]\nlisten = '127.0.0.1:1'\nthreads = 7\n",
                                 {{"PAWFECT_HTTP_LISTEN", "127.0.0.1:2"}});
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->config.http.listen, "127.0.0.1:2");
  EXPECT_EQ(reading->source("http", "listen"), "PAWFECT_HTTP_LISTEN");
  EXPECT_EQ(reading->source("http", "threads"), "x.toml:3:11");
  EXPECT_EQ(reading->source("http", "idle_time"), "default");
}

TEST(Configuration, AnEmptyVariableCountsAsNotSet) {
  const auto reading =
      read_text("worker.variant = 'a'", {{"PAWFECT_WORKER_VARIANT", ""}, {"MODEL_VARIANT", ""}});
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->config.worker.variant, "a");
}

TEST(Configuration, TheModelsVariablesStandOverEverything) {
  const auto reading = read_text("worker.variant = 'a'", {{"PAWFECT_WORKER_VARIANT", "b"},
                                                          {"MODEL_VARIANT", "c"},
                                                          {"MODEL_SPLIT", "c=1,d=2"},
                                                          {"PAWFECT_MODELS", "/models"}});
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->config.worker.variant, "c");
  EXPECT_EQ(reading->source("worker", "variant"), "MODEL_VARIANT");
  EXPECT_EQ(reading->config.worker.split, "c=1,d=2");
  EXPECT_EQ(reading->config.worker.models, "/models");
}

// A value for each key that is allowed and not the default.
std::string other_value(const ConfigKey& key) {
  const std::map<std::string_view, std::string> texts{
      {"listen", "127.0.0.1:4711"},
      {"cors_origins", "https://a.example,http://b.example:8080"},
      {"data", "/srv/data"},
      {"nats_url", "nats://a:4222,tls://user:word@b:4222"},
      {"nats_credentials", "/etc/nats.creds"},
      {"nats_prefix", "other_1"},
      {"nats_replicas", "3"},
      {"s3_endpoint", "https://s3.example.org:9000"},
      {"s3_region", "eu-central-1"},
      {"s3_bucket", "pictures"},
      {"s3_prefix", "some/where"},
      {"s3_access_key", "AK"},
      {"s3_secret_key", "SK"},
      {"url", "http://labeler:8081"},
      {"stand_in", "grass:0.9:0.8"},
      {"name", "worker-1"},
      {"engine", "flux"},
      {"models", "/models"},
      {"variant", "flux-q8_0"},
      {"split", "flux-q8_0=1"},
      {"backend", "cuda"},
      {"level", "debug"},
      {"format", "json"},
      {"jitter", "0.5"}};
  if (key.name == "kind") return key.section == "store" ? "nats" : "s3";
  if (const auto text = texts.find(key.name); text != texts.end()) return text->second;
  switch (key.form) {
    case Form::kTime:
      return time_text(Milliseconds(key.highest));
    case Form::kSize:
      return size_text(std::uint64_t(key.highest));
    case Form::kTimes:
      return key.name == "back_off" ? "1s,2s,3s,4s" : "1s,2s,4s";
    default:
      return std::to_string(key.highest);
  }
}

// The same as it stands in the file.
std::string toml_value(const ConfigKey& key, const std::string& value) {
  if (key.form == Form::kNumber || key.form == Form::kReal) return value;
  if (key.form != Form::kTexts && key.form != Form::kTimes) return '"' + value + '"';
  std::string list = "[\"";
  for (const char c : value) list += c == ',' ? "\", \"" : std::string(1, c);
  return list + "\"]";
}

// Set all together, because some need others.
struct EveryKey {
  std::string file;
  Variables variables;

  EveryKey() {
    for (const ConfigKey& key : config_keys()) {
      file += fmt::format("{}.{} = {}\n", key.section, key.name, toml_value(key, other_value(key)));
      variables[variable_name(key)] = other_value(key);
    }
  }
};

TEST(EveryKey, IsSetByTheFile) {
  const auto reading = read_text(EveryKey().file);
  ASSERT_TRUE(reading) << reading.error().message;
  for (const ConfigKey& key : config_keys()) {
    EXPECT_NE(value_text(reading->config, key), value_text({}, key)) << key.name;
    EXPECT_THAT(std::string(reading->source(key.section, key.name)), StartsWith("x.toml:"));
  }
}

TEST(EveryKey, IsSetToTheSameByTheEnvironment) {
  const EveryKey every;
  const auto from_file = read_text(every.file);
  const auto from_environment = read_text("", every.variables);
  ASSERT_TRUE(from_file && from_environment) << from_environment.error().message;
  for (const ConfigKey& key : config_keys()) {
    EXPECT_EQ(value_text(from_environment->config, key), value_text(from_file->config, key));
    EXPECT_EQ(from_environment->source(key.section, key.name), variable_name(key));
  }
}

TEST(EveryKey, SetsAMemberOfItsOwn) {
  for (const ConfigKey& key : config_keys()) {
    ServiceConfig config;
    ASSERT_TRUE(set_value(config, key, value_of_variable(key, other_value(key)))) << key.name;
    for (const ConfigKey& other : config_keys()) {
      const bool is_changed = value_text(config, other) != value_text({}, other);
      EXPECT_EQ(is_changed, &key == &other) << key.name << " and " << other.name;
    }
  }
}

TEST(EveryKey, TakesItsDefaultAndRefusesAnotherType) {
  for (const ConfigKey& key : config_keys()) {
    const std::string name = fmt::format("{}.{}", key.section, key.name);
    EXPECT_TRUE(read_text(name + " = " + value_text({}, key))) << name;
    for (const char* wrong : {"true", "{}", "[1, 2]", "2026-11-28", "nan", "-1", "'\\u0000'"}) {
      const auto reading = read_text(name + " = " + wrong);
      if (reading) {  // a text in single quotes has no escapes
        EXPECT_EQ(std::string_view(wrong), "'\\u0000'") << name;
        continue;
      }
      EXPECT_THAT(reading.error().message, AllOf(StartsWith("x.toml:1:"), HasSubstr("found"),
                                                 HasSubstr(allowed_values(key))));
    }
  }
}

TEST(EveryKey, IsHeldToItsRange) {
  for (const ConfigKey& key : config_keys()) {
    if (key.form != Form::kNumber) continue;
    ServiceConfig config;
    EXPECT_TRUE(set_value(config, key, key.lowest)) << key.name;
    EXPECT_TRUE(set_value(config, key, key.highest)) << key.name;
    EXPECT_FALSE(set_value(config, key, key.lowest - 1)) << key.name;
    EXPECT_FALSE(set_value(config, key, key.highest + 1)) << key.name;
    EXPECT_EQ(value_text(config, key), std::to_string(key.highest));
  }
}

TEST(Tokens, AreReadWithTheirLimits) {
  const std::string hash(64, 'a');
  const auto reading = read_text("[[token]]\nname = 'web-1'\nsha256 = '" + hash +
                                 "'\nmost_open_jobs = 3\n[[token]]\nname = 'b'\nsha256 = '" +
                                 std::string(64, 'b') + "'\nrequests_per_minute = 60\n");
  ASSERT_TRUE(reading) << reading.error().message;
  ASSERT_EQ(reading->config.tokens.size(), 2u);
  EXPECT_EQ(reading->config.tokens[0].name, "web-1");
  EXPECT_EQ(reading->config.tokens[0].sha256, hash);
  EXPECT_EQ(reading->config.tokens[0].most_open_jobs, 3);
  EXPECT_EQ(reading->config.tokens[0].requests_per_minute, 600);
  EXPECT_EQ(reading->config.tokens[1].requests_per_minute, 60);
}

TEST(Warnings, AreAboutWhatIsAllowedAndUnwise) {
  const auto warnings = [](const char* text) { return read_text(text)->warnings; };
  EXPECT_THAT(warnings("http.listen = '0.0.0.0:8080'"),
              ElementsAre(AllOf(StartsWith("x.toml:1:15: [http] listen"), HasSubstr("token"))));
  EXPECT_THAT(warnings("labeler.listen = '[::]:8081'"), ElementsAre(HasSubstr("[labeler] listen")));
  EXPECT_THAT(warnings("store.kind = 'nats'"), ElementsAre(HasSubstr("same folder")));
  EXPECT_THAT(warnings("labeler.stand_in = 'grass:1:1'"), ElementsAre(HasSubstr("made up")));
  EXPECT_THAT(warnings("worker.variant = 'a'\nworker.split = 'a=1'"),
              ElementsAre(HasSubstr("no effect")));
}

TEST(Warnings, TellOfSecretsThatOthersCanRead) {
  const auto warnings = [](const char* text, mode_t mode) {
    const TemporaryFile file(text, mode);
    std::vector<std::string> told;
    EXPECT_TRUE(read_service_config(file.path(), environment(), told));
    return told;
  };
  constexpr const char* kSecret = "blobs.s3_secret_key = 'hush'";
  EXPECT_THAT(
      warnings(kSecret, 0644),
      ElementsAre(AllOf(HasSubstr("s3_secret_key"), HasSubstr("PAWFECT_BLOBS_S3_SECRET_KEY"))));
  EXPECT_THAT(warnings(kSecret, 0640), testing::SizeIs(1));
  EXPECT_THAT(warnings(kSecret, 0600), IsEmpty());
  EXPECT_THAT(warnings("store.nats_url = 'nats://a:1'", 0644), IsEmpty());
  EXPECT_THAT(warnings("store.nats_url = 'nats://u:p@a:1'", 0644), testing::SizeIs(1));
}

}  // namespace
}  // namespace pawfect
