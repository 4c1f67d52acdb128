#include "shell/arguments.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace pawfect {
namespace {

struct Options {
  std::int64_t grow = -1;
  double guidance = -1;
  std::uint64_t seed = 7;
  std::filesystem::path image;
};

struct Outcome {
  std::optional<int> ended;
  Options options;
  std::string line;  // what stood on stderr
};

Outcome parse(std::vector<std::string> words) {
  Outcome outcome;
  CLI::App app("test", "pawfect fill");
  add_whole_number(app, "--grow", 0, 256, [&](std::int64_t n) { outcome.options.grow = n; }, "");
  add_real_number(app, "--guidance", 0, 100, [&](double x) { outcome.options.guidance = x; }, "");
  add_seed(app, "--seed", outcome.options.seed, "");
  add_path(app, "--image", outcome.options.image, "");
  std::vector<char*> arguments;
  arguments.reserve(words.size());
  for (std::string& word : words) arguments.push_back(word.data());
  testing::internal::CaptureStderr();
  outcome.ended = parse_arguments(app, arguments);
  outcome.line = testing::internal::GetCapturedStderr();
  return outcome;
}

TEST(ParseArguments, TakesValuesInRange) {
  const Outcome outcome = parse(
      {"--grow", "256", "--guidance=2.5", "--seed", "18446744073709551615", "--image", "a b.png"});
  EXPECT_FALSE(outcome.ended) << outcome.line;
  EXPECT_EQ(outcome.options.grow, 256);
  EXPECT_DOUBLE_EQ(outcome.options.guidance, 2.5);
  EXPECT_EQ(outcome.options.seed, 18446744073709551615u);
  EXPECT_EQ(outcome.options.image, "a b.png");
}

TEST(ParseArguments, RefusesWrongNumbersWithWhatIsAllowed) {
  for (const char* wrong : {"257", "-1", "3.5", "abc", "", "9e9", "99999999999999999999"}) {
    const Outcome outcome = parse({"--grow", wrong});
    EXPECT_EQ(outcome.ended, 2) << wrong;
    EXPECT_NE(outcome.line.find("--grow"), std::string::npos) << outcome.line;
    EXPECT_NE(outcome.line.find("0 to 256"), std::string::npos) << outcome.line;
  }
  for (const char* wrong : {"nan", "inf", "-0.1", "101", "x"})
    EXPECT_EQ(parse({"--guidance", wrong}).ended, 2) << wrong;
  for (const char* wrong : {"-1", "18446744073709551616", "1.0"})
    EXPECT_EQ(parse({"--seed", wrong}).ended, 2) << wrong;
}

TEST(ParseArguments, NamesTheOptionThatWasMeant) {
  const Outcome outcome = parse({"--imaeg", "a.png"});
  EXPECT_EQ(outcome.ended, 2);
  EXPECT_NE(outcome.line.find("did you mean --image?"), std::string::npos) << outcome.line;
}

TEST(ParseArguments, AnswersEveryMistakeWithOneLine) {
  const std::vector<std::vector<std::string>> mistakes{
      {"--image"}, {"--image", ""}, {"a.png"}, {"--what"}, {"--seed", "1", "--seed", "2"}};
  for (const auto& words : mistakes) {
    const Outcome outcome = parse(words);
    EXPECT_EQ(outcome.ended, 2) << words[0];
    EXPECT_EQ(outcome.line.find('\n'), outcome.line.size() - 1) << outcome.line;
    EXPECT_TRUE(outcome.line.starts_with("pawfect: ")) << outcome.line;
  }
}

TEST(PrintError, KeepsToOneLineWhateverAFileIsCalled) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(print_error({ErrorCode::kBadInput, "a\nb\x1b[31m.png: is damaged"}), 3);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "pawfect: a?b?[31m.png: is damaged\n");
}

}  // namespace
}  // namespace pawfect
