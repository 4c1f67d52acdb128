// All eight EXIF orientations: four of them are mirrors, so quarters are looked at and not sizes.

#include "image/orient.h"

#include <gtest/gtest.h>

#include <map>

#include "image/test_files.h"

namespace pawfect {
namespace {

using testing::exif_with_orientation;
using testing::quarters;

constexpr int kWidth = 48, kHeight = 32;

// The letters of the quarters R G / B W as they are seen when a picture stored as RG/BW has the
// orientation: the EXIF definition read for each of the eight, not computed.
const std::map<int, std::string> kSeen = {{1, "RGBW"}, {2, "GRWB"}, {3, "WBGR"}, {4, "BWRG"},
                                          {5, "RBGW"}, {6, "BRWG"}, {7, "WGBR"}, {8, "GWRB"}};

char letter_at(const Image& image, int x, int y) {
  const std::uint8_t* p =
      &image.bytes[std::size_t(y * image.width + x) * std::size_t(image.channels)];
  const int bits = (p[0] > 128 ? 4 : 0) + (p[1] > 128 ? 2 : 0) + (p[2] > 128 ? 1 : 0);
  return bits == 4 ? 'R' : bits == 2 ? 'G' : bits == 1 ? 'B' : bits == 7 ? 'W' : '?';
}

std::string letters(const Image& image) {
  const int left = image.width / 4, right = image.width * 3 / 4;
  const int top = image.height / 4, bottom = image.height * 3 / 4;
  return {letter_at(image, left, top), letter_at(image, right, top), letter_at(image, left, bottom),
          letter_at(image, right, bottom)};
}

ByteVector tiff_with_orientation(int orientation) {
  auto entries = testing::tiff_entries(kWidth, kHeight, 8, 3, 2);
  entries.push_back(testing::shorts(274, {std::uint16_t(orientation)}));
  return testing::tiff_file(entries, quarters(kWidth, kHeight).bytes);
}

// Our writers set orientation 1, so the tag is changed afterwards in the file's bytes.
ByteVector with_orientation(ByteVector file, int orientation) {
  const ByteVector one = exif_with_orientation(1), other = exif_with_orientation(orientation);
  const auto at = std::search(file.begin(), file.end(), one.begin(), one.end());
  EXPECT_NE(at, file.end());
  std::copy(other.begin(), other.end(), at);
  return file;
}

ByteVector file_of(Container container, int orientation) {
  if (container == Container::kTiff) return tiff_with_orientation(orientation);
  Metadata metadata;
  metadata.exif = exif_with_orientation(1);
  ByteVector file = with_orientation(
      testing::encoded(quarters(kWidth, kHeight), container, metadata), orientation);
  if (container != Container::kPng) return file;
  // The checksum of eXIf has to follow.
  ByteVector out;
  append(out, kPngSignature);
  PngChunks chunks(file);
  while (const auto chunk = chunks.next()) testing::add_png_chunk(out, chunk->type, chunk->payload);
  return out;
}

using Form = std::tuple<Container, int>;
class Orientation : public ::testing::TestWithParam<Form> {};

TEST_P(Orientation, IsAppliedOnLoadAndIsOneAfterSaving) {
  const auto [container, orientation] = GetParam();
  const auto loaded = load_image_bytes(file_of(container, orientation), "test", {});
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->source.orientation, orientation);
  EXPECT_EQ(letters(loaded->image), kSeen.at(orientation));
  EXPECT_EQ(loaded->image.width, orientation >= 5 ? kHeight : kWidth);

  const auto saved = encode_image(loaded->image, loaded->source, container, {});
  ASSERT_TRUE(saved);
  const auto again = load_image_bytes(saved->bytes, "test", {});
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->source.orientation, 1);
  EXPECT_EQ(letters(again->image), kSeen.at(orientation));
}

TEST_P(Orientation, IsAppliedToAMaskToo) {
  const auto [container, orientation] = GetParam();
  const auto levels = load_grey_bytes(file_of(container, orientation), "test", {});
  ASSERT_TRUE(levels) << levels.error().message;
  const std::string& seen = kSeen.at(orientation);
  const int x = levels->width / 4 + (seen.find('W') % 2 == 1 ? levels->width / 2 : 0);
  const int y = levels->height / 4 + (seen.find('W') >= 2 ? levels->height / 2 : 0);
  EXPECT_GT(levels->row<std::uint8_t>(y)[std::size_t(x)], 250);
}

INSTANTIATE_TEST_SUITE_P(EveryContainer, Orientation,
                         ::testing::Combine(::testing::Values(Container::kJpeg, Container::kPng,
                                                              Container::kTiff, Container::kWebp),
                                            ::testing::Range(1, 9)));

TEST(Upright, MovesEverySampleOfEveryPixelSize) {
  for (const SampleDepth depth : {SampleDepth::k8, SampleDepth::k16}) {
    for (int channels = 1; channels <= 4; ++channels) {
      const Image image = testing::noise(5, 3, channels, depth);
      for (int orientation = 1; orientation <= 8; ++orientation) {
        // Undone by itself, but for the two quarter turns, which undo each other.
        const int inverse = orientation == 6 ? 8 : orientation == 8 ? 6 : orientation;
        const Image back = upright(upright(image, orientation), inverse);
        EXPECT_EQ(back.width, 5);
        EXPECT_EQ(back.bytes, image.bytes) << orientation;
      }
    }
  }
}

TEST(Orientation, OutOfRangeInTheFileCountsAsUpright) {
  for (const int value : {0, 9, 77}) {
    const auto loaded = load_image_bytes(tiff_with_orientation(value), "test", {});
    ASSERT_TRUE(loaded);
    EXPECT_EQ(letters(loaded->image), "RGBW");
  }
}

}  // namespace
}  // namespace pawfect
