// Outside the painted area even a JPEG stays as it was.

#include "image/jpeg_blocks.h"

#include <gtest/gtest.h>

#include "image/jpeg_encode.h"
#include "image/test_files.h"

namespace pawfect {
namespace {

struct Form {
  int channels, horizontal, vertical, quality;
  bool is_progressive;
};

void PrintTo(const Form& form, std::ostream* out) {
  *out << form.channels << " channels, sampling " << form.horizontal << " x " << form.vertical
       << ", quality " << form.quality << (form.is_progressive ? ", progressive" : "");
}

JpegCoding coding_of(const Form& form) {
  JpegCoding coding = standard_coding(form.channels, form.quality, ChromaSubsampling::kNone);
  coding.components[0].horizontal = std::uint8_t(form.horizontal);
  coding.components[0].vertical = std::uint8_t(form.vertical);
  coding.is_progressive = form.is_progressive;
  return coding;
}

LoadedImage loaded(ByteSpan file) {
  auto result = load_image_bytes(file, "test", {});
  EXPECT_TRUE(result) << result.error().message;
  return result ? std::move(*result) : LoadedImage{};
}

// Detail that a second coding could not leave alone.
Image busy(int width, int height, int channels) {
  Image image = testing::smooth(width, height, channels);
  const Image grain = testing::noise(width, height, channels, SampleDepth::k8);
  for (std::size_t i = 0; i < image.bytes.size(); ++i)
    image.bytes[i] = std::uint8_t(image.bytes[i] / 2 + grain.bytes[i] / 3);
  return image;
}

void paint(Image& image, const PixelRect& rect) {
  for (int y = rect.y; y < rect.bottom(); ++y) {
    for (int i = rect.x * image.channels; i < rect.right() * image.channels; ++i) {
      auto& sample = image.row<std::uint8_t>(y)[std::size_t(i)];
      sample = std::uint8_t(sample + 90);
    }
  }
}

// The rectangle grown to whole blocks of `cell` pixels and then by `border`.
PixelRect touched(const PixelRect& rect, int across, int down, int border) {
  const int left = rect.x / across * across - border, top = rect.y / down * down - border;
  const int right = (rect.right() + across - 1) / across * across + border;
  const int bottom = (rect.bottom() + down - 1) / down * down + border;
  return {left, top, right - left, bottom - top};
}

class KeptBlocks : public ::testing::TestWithParam<Form> {};

TEST_P(KeptBlocks, DecodeToTheSameSamplesOutsideThePaintedArea) {
  const Form form = GetParam();
  const JpegCoding coding = coding_of(form);
  const auto original = encode_jpeg(busy(133, 91, form.channels), coding);
  ASSERT_TRUE(original) << original.error().message;
  const LoadedImage before = loaded(*original);
  for (const PixelRect rect :
       {PixelRect{40, 30, 25, 17}, PixelRect{0, 0, 3, 3}, PixelRect{130, 88, 3, 3}}) {
    Image painted = before.image;
    paint(painted, rect);
    const auto saved = encode_image(painted, before.source, Container::kJpeg, {});
    ASSERT_TRUE(saved);
    const LoadedImage after = loaded(saved->bytes);
    const bool is_subsampled = form.horizontal * form.vertical > 1;
    const PixelRect area =
        touched(rect, 8 * form.horizontal, 8 * form.vertical, is_subsampled ? 2 : 0);
    int differing = 0, painted_change = 0;
    for (int y = 0; y < 91; ++y) {
      for (int x = 0; x < 133; ++x) {
        const std::size_t at = std::size_t(y * 133 + x) * std::size_t(form.channels);
        const bool is_same =
            std::equal(&after.image.bytes[at], &after.image.bytes[at] + form.channels,
                       &before.image.bytes[at]);
        if (!area.contains(x, y)) differing += !is_same;
        if (rect.contains(x, y)) painted_change += !is_same;
      }
    }
    EXPECT_EQ(differing, 0);
    EXPECT_GT(painted_change, rect.area() / 2);
    EXPECT_EQ(after.source.jpeg->tables, before.source.jpeg->tables);
    EXPECT_EQ(after.source.jpeg->is_progressive, form.is_progressive);
    EXPECT_EQ(after.source.jpeg->components[0].horizontal, form.horizontal);
  }
}

INSTANTIATE_TEST_SUITE_P(EveryForm, KeptBlocks,
                         ::testing::Values(Form{3, 1, 1, 90, false}, Form{3, 2, 2, 75, false},
                                           Form{3, 2, 2, 40, true}, Form{3, 2, 1, 85, false},
                                           Form{3, 1, 2, 85, false}, Form{1, 1, 1, 60, true},
                                           Form{3, 4, 1, 85, false}));

TEST(KeptBlocks, OfAnUnchangedPictureAreAllOfThem) {
  const auto original =
      encode_jpeg(busy(64, 48, 3), standard_coding(3, 50, ChromaSubsampling::k420));
  const LoadedImage before = loaded(*original);
  const auto saved = encode_image(before.image, before.source, Container::kJpeg, {});
  EXPECT_EQ(loaded(saved->bytes).image.bytes, before.image.bytes);
}

TEST(KeptBlocks, StayTheSameOverManyGenerations) {
  const auto original =
      encode_jpeg(busy(96, 64, 3), standard_coding(3, 60, ChromaSubsampling::k420));
  const LoadedImage first = loaded(*original);
  LoadedImage now = loaded(*original);
  for (int round = 0; round < 5; ++round) {
    paint(now.image, {8, 8, 10, 10});
    now = loaded(encode_image(now.image, now.source, Container::kJpeg, {})->bytes);
  }
  for (int y = 34; y < 64; ++y) {
    EXPECT_TRUE(
        std::ranges::equal(now.image.row<std::uint8_t>(y), first.image.row<std::uint8_t>(y)));
  }
}

TEST(KeptBlocks, AreGivenUpWhereTheyCannotBe) {
  const JpegCoding coding = standard_coding(3, 80, ChromaSubsampling::k420);
  const auto original = encode_jpeg(busy(64, 48, 3), coding);
  const Image before = loaded(*original).image;
  EXPECT_TRUE(encode_jpeg_keeping_blocks(*original, coding, before, before));
  EXPECT_FALSE(encode_jpeg_keeping_blocks(*original, coding, before, busy(64, 40, 3)));
  EXPECT_FALSE(encode_jpeg_keeping_blocks(*original, coding, before, busy(64, 48, 1)));
  JpegCoding other = coding;
  other.tables[0][5] += 1;
  EXPECT_FALSE(encode_jpeg_keeping_blocks(*original, other, before, before));
  EXPECT_FALSE(
      encode_jpeg_keeping_blocks(part(*original, 0, original->size() / 2), coding, before, before));
  EXPECT_FALSE(encode_jpeg_keeping_blocks(as_bytes("no JPEG at all"), coding, before, before));
}

TEST(KeptBlocks, GiveWayToAQualityThatWasAskedFor) {
  const auto original =
      encode_jpeg(busy(64, 48, 3), standard_coding(3, 80, ChromaSubsampling::k420));
  const LoadedImage before = loaded(*original);
  SaveOptions options;
  options.jpeg_quality = 30;
  EXPECT_EQ(loaded(encode_image(before.image, before.source, Container::kJpeg, options)->bytes)
                .source.jpeg_quality,
            30);
}

}  // namespace
}  // namespace pawfect
