#include "worker/prompt_choice.h"

#include <gtest/gtest.h>

namespace pawfect {
namespace {

SceneLabels labels(std::vector<SceneLabel> all) { return {std::move(all), "model", "1", {}}; }

TEST(PromptChoice, TheUsersPromptStandsOverEverything) {
  const auto chosen = choose_prompt(PromptPlan::kGiven, "sand", labels({{"grass", 0.9, 1}}));
  EXPECT_EQ(chosen.text, "sand");
  EXPECT_EQ(chosen.source, PromptSource::kGiven);
  EXPECT_EQ(choose_prompt(PromptPlan::kGiven, "", {}).source, PromptSource::kGiven);
}

TEST(PromptChoice, TheSurestLabelIsThePrompt) {
  const auto chosen =
      choose_prompt(PromptPlan::kLabels, {}, labels({{"sand", 0.6, 1}, {"grass", 0.9, 0.1}}));
  EXPECT_EQ(chosen.text, "grass");
  EXPECT_EQ(chosen.source, PromptSource::kLabels);
}

TEST(PromptChoice, ALabelThatIsNotSureIsNone) {
  EXPECT_EQ(choose_prompt(PromptPlan::kLabels, {}, labels({{"grass", 0.5, 1}})).text, "grass");
  const auto chosen = choose_prompt(PromptPlan::kLabels, {}, labels({{"grass", 0.49, 1}}));
  EXPECT_EQ(chosen.text, "");
  EXPECT_EQ(chosen.source, PromptSource::kEmpty);
}

TEST(PromptChoice, UnknownAndNothingAreTheEmptyPrompt) {
  EXPECT_EQ(choose_prompt(PromptPlan::kLabels, {}, labels({{"unknown", 0.9, 1}})).source,
            PromptSource::kEmpty);
  EXPECT_EQ(choose_prompt(PromptPlan::kLabels, {}, labels({})).source, PromptSource::kEmpty);
  EXPECT_EQ(choose_prompt(PromptPlan::kLabels, {}, {}).source, PromptSource::kEmpty);
}

TEST(PromptChoice, LabelsThatAreNotPlannedForAreNotUsed) {
  const auto chosen = choose_prompt(PromptPlan::kCaptionThenEmpty, {}, labels({{"grass", 0.9, 1}}));
  EXPECT_EQ(chosen.text, "");
  EXPECT_EQ(chosen.source, PromptSource::kEmpty);
}

}  // namespace
}  // namespace pawfect
