#include "config/config_reference.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "config/test_config.h"

namespace pawfect {
namespace {

using fakes::read_text;
using testing::HasSubstr;
using testing::Not;

std::string file_text(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(PAWFECT_SOURCE_DIR "/" + name).rdbuf();
  return text.str();
}

TEST(TheConfigurationPage, IsCurrent) {
  EXPECT_EQ(file_text("docs/configuration.md"), config_reference())
      << "make it anew: pawfect doctor --config-reference > docs/configuration.md";
}

TEST(TheConfigurationPage, HasEveryKey) {
  for (const ConfigKey& key : config_keys())
    EXPECT_THAT(config_reference(), HasSubstr(fmt::format("\n| `{}` | `", key.name)));
}

TEST(TheExample, IsCurrent) {
  EXPECT_EQ(file_text("deploy/pawfect.example.toml"), config_example())
      << "make it anew: pawfect doctor --config-example > deploy/pawfect.example.toml";
}

TEST(TheExample, ChangesNothing) {
  const auto reading = read_text(config_example());
  ASSERT_TRUE(reading) << reading.error().message;
  EXPECT_TRUE(reading->warnings.empty());
  for (const std::string& source : reading->sources) EXPECT_EQ(source, "");
}

TEST(TheExample, NamesEveryKeyAtItsDefault) {
  std::istringstream lines(config_example());
  std::string plain;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("#[[token]]")) break;
    const bool is_key = line.starts_with('#') && !line.starts_with("# ");
    plain += (is_key ? line.substr(1) : line) + "\n";
  }
  const auto reading = read_text(plain);
  ASSERT_TRUE(reading) << reading.error().message;
  EXPECT_TRUE(reading->warnings.empty());
  for (std::size_t i = 0; i < config_keys().size(); ++i) {
    const ConfigKey& key = config_keys()[i];
    EXPECT_NE(reading->sources[i], "") << key.name;
    if (key.name == "data") continue;  // which is settled
    EXPECT_EQ(value_text(reading->config, key), value_text({}, key));
  }
}

TEST(TheReport, TellsWhereValuesComeFromAndHidesSecrets) {
  const auto reading = read_text(
      "[http]\nthreads = 7\n[store]\nnats_url = 'nats://u:hush@a'\n[[token]]\nname = 'web'\n"
      "sha256 = '" +
          std::string(64, 'a') + "'\n",
      {{"PAWFECT_BLOBS_S3_SECRET_KEY", "hush"}});
  ASSERT_TRUE(reading) << reading.error().message;
  const std::string report = config_report(*reading);
  EXPECT_THAT(report, HasSubstr("  threads = 7    # x.toml:2:11\n"));
  EXPECT_THAT(report, HasSubstr("  most_connections = 2000\n"));
  EXPECT_THAT(report,
              HasSubstr("  s3_secret_key = (not shown)    # PAWFECT_BLOBS_S3_SECRET_KEY\n"));
  EXPECT_THAT(report, HasSubstr("name = \"web\""));
  EXPECT_THAT(report, Not(HasSubstr("hush")));
  EXPECT_THAT(report, Not(HasSubstr("aaaa")));
  EXPECT_THAT(config_report(*read_text("")), HasSubstr("nats_url = \"nats://127.0.0.1:4222\""));
}

}  // namespace
}  // namespace pawfect
