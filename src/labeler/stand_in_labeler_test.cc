#include "labeler/stand_in_labeler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace pawfect {
namespace {

TEST(StandInLabeler, SaysTheSameOfEveryPhotoTheSurestFirst) {
  const auto labeler = StandInLabeler::parse("sand:0.2:0.1,wooden deck:1:0", Milliseconds(0));
  ASSERT_TRUE(labeler) << labeler.error().message;
  const auto labels = (*labeler)->look({}, {});
  ASSERT_TRUE(labels);
  EXPECT_EQ(labels->labels, (std::vector<SceneLabel>{{"wooden deck", 1, 0}, {"sand", 0.2, 0.1}}));
  EXPECT_EQ(labels->model, "stand-in");
}

TEST(StandInLabeler, RefusesWhatItCannotRead) {
  std::string many = "grass:1:1";
  for (int i = 0; i < 64; ++i) many += ",grass:1:1";
  for (const std::string& text :
       {std::string(), std::string("grass"), std::string("grass:1"), std::string("grass:1:1,"),
        std::string("grass:1.1:1"), std::string("grass:1:-1"), std::string("grass:nan:1"),
        std::string("grass:1:1 "), std::string("Grass:1:1"), std::string(":1:1"),
        std::string("grass:1:1:1"), std::string(33, 'x') + ":1:1", many}) {
    const auto labeler = StandInLabeler::parse(text, Milliseconds(0));
    ASSERT_FALSE(labeler) << text;
    EXPECT_EQ(labeler.error().code, ErrorCode::kUsage);
    EXPECT_THAT(labeler.error().message, testing::StartsWith("[labeler] stand_in: found "));
  }
}

TEST(StandInLabeler, StopsWhileItWaits) {
  const auto labeler = StandInLabeler::parse("grass:1:1", Milliseconds(3'600'000));
  std::stop_source source;
  source.request_stop();
  const auto labels = (*labeler)->look({}, source.get_token());
  ASSERT_FALSE(labels);
  EXPECT_EQ(labels.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace pawfect
