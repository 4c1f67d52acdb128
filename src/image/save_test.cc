// Which container a result gets, and what is told when something is lost on the way.

#include "image/save.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image/test_files.h"

namespace pawfect {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::noise;

SourceInfo source_of(Container container, bool was_lossless = true) {
  SourceInfo source;
  source.container = container;
  source.was_lossless = was_lossless;
  return source;
}

TEST(ContainerFor, GoesByTheExtensionOfTheResult) {
  for (const auto& [name, container] :
       std::vector<std::pair<std::string, Container>>{{"a.png", Container::kPng},
                                                      {"a.PNG", Container::kPng},
                                                      {"b/a.jpeg", Container::kJpeg},
                                                      {"a.JPG", Container::kJpeg},
                                                      {"a.webp", Container::kWebp},
                                                      {"a.tif", Container::kTiff},
                                                      {"a.b.TIFF", Container::kTiff}}) {
    EXPECT_EQ(container_for(name, Container::kWebp), container) << name;
  }
}

TEST(ContainerFor, IsTheInputsWithoutAKnownExtension) {
  EXPECT_EQ(container_for("result", Container::kJpeg), Container::kJpeg);
  EXPECT_EQ(container_for("result.out", Container::kTiff), Container::kTiff);
  EXPECT_EQ(container_for("/dev/stdout", Container::kWebp), Container::kWebp);
}

TEST(ContainerFor, RefusesFormatsThatAreNotWritten) {
  for (const char* name : {"a.gif", "a.HEIC", "a.pdf", "a.bmp", "a.svg"}) {
    const auto container = container_for(name, Container::kPng);
    ASSERT_FALSE(container) << name;
    EXPECT_EQ(container.error().code, ErrorCode::kUsage);
    EXPECT_THAT(container.error().message, HasSubstr(".png"));
  }
}

TEST(SaveImage, NeverPutsAJpegIntoAPng) {
  testing::TemporaryFolder folder;
  const auto loaded =
      load_image_bytes(testing::encoded(testing::smooth(20, 20, 3), Container::kJpeg), "x", {});
  ASSERT_TRUE(save_image(loaded->image, loaded->source, folder / "a.png", {}));
  EXPECT_TRUE(starts_with(testing::read_bytes(folder / "a.png"), kPngSignature));
  EXPECT_EQ(load_image(folder / "a.png", {})->image.bytes, loaded->image.bytes);
}

TEST(EncodeImage, TellsWhenLosslessBecomesLossy) {
  const Image image = noise(20, 20, 3, SampleDepth::k8);
  EXPECT_THAT(encode_image(image, source_of(Container::kPng), Container::kJpeg, {})->notices,
              Contains(HasSubstr("lossless PNG became a lossy JPEG")));
  EXPECT_THAT(
      encode_image(image, source_of(Container::kJpeg, false), Container::kJpeg, {})->notices,
      IsEmpty());
  EXPECT_THAT(encode_image(image, source_of(Container::kJpeg, false), Container::kPng, {})->notices,
              IsEmpty());
}

TEST(EncodeImage, KeepsALosslessSourceLosslessInAWebp) {
  const Image image = noise(20, 20, 3, SampleDepth::k8);
  const auto saved = encode_image(image, source_of(Container::kPng), Container::kWebp, {});
  ASSERT_TRUE(saved);
  EXPECT_THAT(saved->notices, IsEmpty());
  EXPECT_EQ(load_image_bytes(saved->bytes, "x", {})->image.bytes, image.bytes);
}

TEST(EncodeImage, LaysTransparencyOverWhiteForAJpeg) {
  Image image(32, 32, 4, SampleDepth::k8);  // black, wholly transparent
  const auto saved = encode_image(image, source_of(Container::kPng), Container::kJpeg, {});
  ASSERT_TRUE(saved);
  EXPECT_THAT(saved->notices, Contains(HasSubstr("transparency")));
  const auto loaded = load_image_bytes(saved->bytes, "x", {});
  EXPECT_EQ(loaded->image.channels, 3);
  EXPECT_EQ(loaded->image.bytes, ByteVector(32 * 32 * 3, 255));
}

TEST(EncodeImage, ReducesSixteenBitsWhereTheContainerHasEight) {
  Image image(16, 16, 1, SampleDepth::k16);
  for (auto& level : image.row<std::uint16_t>(3)) level = 0x8080;
  for (const Container container : {Container::kJpeg, Container::kWebp}) {
    const auto saved = encode_image(image, source_of(Container::kTiff), container, {});
    ASSERT_TRUE(saved);
    EXPECT_THAT(saved->notices, Contains(HasSubstr("16 bits became 8")));
  }
  EXPECT_THAT(encode_image(image, source_of(Container::kTiff), Container::kPng, {})->notices,
              IsEmpty());
}

TEST(EncodeImage, DividesByAlphaWhenLeavingAPremultipliedTiff) {
  Image image(1, 1, 4, SampleDepth::k8);
  image.bytes = {64, 32, 0, 128};
  SourceInfo source = source_of(Container::kTiff);
  source.is_premultiplied = true;
  const auto png =
      load_image_bytes(encode_image(image, source, Container::kPng, {})->bytes, "x", {});
  EXPECT_THAT(png->image.bytes, ::testing::ElementsAre(128, 64, 0, 128));
}

TEST(EncodeImage, RefusesAPictureTooLargeForTheContainer) {
  const Image image(16'384, 1, 1, SampleDepth::k8);
  const auto saved = encode_image(image, source_of(Container::kPng), Container::kWebp, {});
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(saved.error().message, HasSubstr("16383"));
  EXPECT_TRUE(encode_image(image, source_of(Container::kPng), Container::kPng, {}));
}

TEST(LossyWebp, IsSavedAtAboutItsOwnQuality) {
  const Image image = testing::smooth(300, 200, 3);
  for (const int quality : {40, 75, 90}) {
    SourceInfo source = source_of(Container::kWebp, false);
    source.webp_quality = quality;
    const auto first = encode_image(image, source, Container::kWebp, {});
    const auto loaded = load_image_bytes(first->bytes, "x", {});
    ASSERT_TRUE(loaded->source.webp_quality);
    EXPECT_NEAR(*loaded->source.webp_quality, quality, 4);
  }
}

}  // namespace
}  // namespace pawfect
