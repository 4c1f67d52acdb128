#include "flux/variant_split.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace pawfect {
namespace {

constexpr int kSessions = 100'000;

VariantSplit split_of(std::string_view text) {
  return VariantSplit::parse(text, Manifest::built_in().value()).value();
}

std::string session(int number) { return fmt::format("session-{}", number); }

std::vector<std::string> choices(std::string_view text) {
  const VariantSplit split = split_of(text);
  std::vector<std::string> out;
  out.reserve(kSessions);
  for (int k = 0; k < kSessions; ++k) out.push_back(split.choose(session(k)));
  return out;
}

TEST(VariantSplit, GivesEveryVariantItsShareOfTheSessions) {
  std::map<std::string, int> counts;
  for (const std::string& name : choices("flux-q4_0=1,flux-q5_k_m=2,flux-q8_0=7")) ++counts[name];
  // Six standard deviations of a share of one half are 950.
  EXPECT_NEAR(counts["flux-q4_0"], 10'000, 950);
  EXPECT_NEAR(counts["flux-q5_k_m"], 20'000, 950);
  EXPECT_NEAR(counts["flux-q8_0"], 70'000, 950);
}

TEST(VariantSplit, GivesASessionTheSameVariantInEveryProcess) {
  // Recorded once: another result would move the sessions of people who update.
  const VariantSplit split = split_of("flux-q5_k_m=50,flux-q8_0=50");
  std::string chosen;
  for (int k = 0; k < 16; ++k) chosen += split.choose(session(k)) == "flux-q8_0" ? '8' : '5';
  EXPECT_EQ(chosen, "5558855588855888");
}

TEST(VariantSplit, DoesNotHangOnTheOrderOrTheSpellingOfItsEntries) {
  EXPECT_EQ(choices("flux-q5_k_m=90,flux-q8_0=10"), choices("Q8_0=10,q5_k_m=90"));
}

TEST(VariantSplit, MovesOnlyTheDueShareWhenAWeightChanges) {
  const auto before = choices("flux-q4_0=20,flux-q5_k_m=70,flux-q8_0=10");
  const auto after = choices("flux-q4_0=20,flux-q5_k_m=70,flux-q8_0=20");
  int moved = 0;
  for (int k = 0; k < kSessions; ++k) {
    if (before[k] == after[k]) continue;
    EXPECT_EQ(after[k], "flux-q8_0") << session(k);
    ++moved;
  }
  // From 10 of 100 to 20 of 110.
  EXPECT_NEAR(moved, kSessions * (20.0 / 110 - 0.1), 950);
}

TEST(VariantSplit, TakesOneVariantForAll) {
  EXPECT_EQ(split_of("texture=3").choose("anybody"), "texture");
}

TEST(VariantSplit, RefusesWhatIsNoSplitAndSaysWhatItFound) {
  const Manifest manifest = Manifest::built_in().value();
  const std::pair<const char*, const char*> wrong[] = {
      {"", "'' is not NAME=WEIGHT"},
      {"flux-q8_0", "'flux-q8_0' is not NAME=WEIGHT"},
      {"=10", "'=10' is not NAME=WEIGHT"},
      {"flux-q8_0=10,", "'' is not NAME=WEIGHT"},
      {"flux-q8_0=", "flux-q8_0 is ''"},
      {"flux-q8_0=0", "flux-q8_0 is '0'"},
      {"flux-q8_0=-1", "flux-q8_0 is '-1'"},
      {"flux-q8_0=1.5", "flux-q8_0 is '1.5'"},
      {"flux-q8_0=10%", "flux-q8_0 is '10%'"},
      {"flux-q8_0= 10", "flux-q8_0 is ' 10'"},
      {"flux-q8_0=99999999999", "flux-q8_0 is '99999999999'"},
      {"flux-q9=10", "no variant 'flux-q9'; there are flux-q4_0, flux-q5_k_m"},
      {"flux-q8_0=10,q8_0=20", "flux-q8_0 stands there twice"},
      {"flux-q8_0=10;flux-q4_0=20", "flux-q8_0 is '10;flux-q4_0=20'"},
  };
  for (const auto& [text, words] : wrong) {
    const auto split = VariantSplit::parse(text, manifest);
    ASSERT_FALSE(split) << text;
    EXPECT_EQ(split.error().code, ErrorCode::kUsage);
    EXPECT_TRUE(split.error().message.starts_with("MODEL_SPLIT: ")) << split.error().message;
    EXPECT_NE(split.error().message.find(words), std::string::npos) << split.error().message;
  }
}

}  // namespace
}  // namespace pawfect
