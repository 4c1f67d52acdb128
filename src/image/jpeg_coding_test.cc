// Quality and sampling of a JPEG found again, and kept.

#include "image/jpeg_coding.h"

#include <gtest/gtest.h>

#include "image/jpeg_encode.h"
#include "image/jpeg_parts.h"
#include "image/test_files.h"

namespace pawfect {
namespace {

ByteVector jpeg_of(const Image& image, const JpegCoding& coding) {
  SourceInfo source;
  source.container = Container::kJpeg;
  source.was_lossless = false;
  source.jpeg = coding;
  source.jpeg_quality = 50;
  const auto saved = encode_image(image, source, Container::kJpeg, {});
  EXPECT_TRUE(saved) << saved.error().message;
  return saved ? saved->bytes : ByteVector{};
}

double ratio(const ByteVector& after, const ByteVector& before) {
  return double(after.size()) / double(before.size());
}

TEST(IjgTables, AreTheStandardOnesAtFifty) {
  const auto tables = ijg_tables(50);
  EXPECT_EQ(tables[0][0], 16);
  EXPECT_EQ(tables[0][63], 99);
  EXPECT_EQ(tables[1][0], 17);
  QuantisationTable ones;
  ones.fill(1);
  EXPECT_EQ(ijg_tables(100)[0], ones);
}

TEST(Quality, OfStandardTablesIsFoundExactly) {
  for (int quality = 1; quality <= 100; ++quality) {
    const auto found = estimate_jpeg_quality(standard_coding(3, quality, ChromaSubsampling::k420));
    ASSERT_TRUE(found);
    // Down at the bottom all entries are at their limit of 255.
    EXPECT_NEAR(*found, quality, quality < 10 ? 1 : 0);
  }
}

TEST(Quality, OfOtherTablesIsNearAndTheirFileKeepsItsSize) {
  const Image image = testing::smooth(400, 300, 3);
  for (const double scale : {0.7, 1.0, 1.6}) {
    JpegCoding coding = standard_coding(3, 80, ChromaSubsampling::k420);
    for (auto& table : coding.tables) {  // flatter than the standard, as some cameras have it
      for (auto& value : table) {
        if (value > 0) value = std::uint16_t(std::clamp(scale * (6 + value / 3.0), 1.0, 255.0));
      }
    }
    const ByteVector before = jpeg_of(image, coding);
    auto loaded = load_image_bytes(before, "x", {});
    ASSERT_TRUE(loaded);
    loaded->source.jpeg_bytes.reset();  // no block may be used again
    ASSERT_TRUE(loaded->source.jpeg_quality);
    EXPECT_EQ(loaded->source.jpeg->tables, coding.tables);
    const auto saved = encode_image(loaded->image, loaded->source, Container::kJpeg, {});
    EXPECT_NEAR(ratio(saved->bytes, before), 1.0, 0.03) << scale;
    // Even where the tables cannot be used again, the estimated quality comes near on photos; this
    // picture is a hard one.
    SaveOptions options;
    options.jpeg_quality = loaded->source.jpeg_quality;
    EXPECT_NEAR(ratio(encode_image(loaded->image, loaded->source, Container::kJpeg, options)->bytes,
                      before),
                1.0, 0.3);
  }
}

TEST(RoundTrip, OfAnUnchangedJpegKeepsItsSizeAndTables) {
  const Image image = testing::smooth(400, 300, 3);
  for (const int quality : {35, 60, 75, 85, 92, 97}) {
    for (const auto subsampling : {ChromaSubsampling::kNone, ChromaSubsampling::k420}) {
      const ByteVector before = jpeg_of(image, standard_coding(3, quality, subsampling));
      auto loaded = load_image_bytes(before, "x", {});
      ASSERT_TRUE(loaded);
      loaded->source.jpeg_bytes.reset();  // no block may be used again
      EXPECT_EQ(loaded->source.jpeg_quality, quality);
      EXPECT_EQ(loaded->source.subsampling, subsampling);
      const auto saved = encode_image(loaded->image, loaded->source, Container::kJpeg, {});
      ASSERT_TRUE(saved);
      // Very fine tables also store what decoding has rounded.
      EXPECT_NEAR(ratio(saved->bytes, before), 1.0, quality > 95 ? 0.1 : 0.03) << quality;
      EXPECT_EQ(load_image_bytes(saved->bytes, "x", {})->source.jpeg->tables,
                loaded->source.jpeg->tables);
    }
  }
}

TEST(Sampling, OfAnyKindIsKept) {
  const Image image = testing::smooth(65, 47, 3);
  for (const auto& [horizontal, vertical, kind] :
       std::vector<std::tuple<int, int, ChromaSubsampling>>{{1, 1, ChromaSubsampling::kNone},
                                                            {2, 2, ChromaSubsampling::k420},
                                                            {2, 1, ChromaSubsampling::kOther},
                                                            {1, 2, ChromaSubsampling::kOther},
                                                            {4, 1, ChromaSubsampling::kOther}}) {
    JpegCoding coding = standard_coding(3, 85, ChromaSubsampling::kNone);
    coding.components[0].horizontal = std::uint8_t(horizontal);
    coding.components[0].vertical = std::uint8_t(vertical);
    const auto loaded = load_image_bytes(jpeg_of(image, coding), "x", {});
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->source.subsampling, kind);
    EXPECT_EQ(loaded->source.jpeg->components[0].horizontal, horizontal);
    EXPECT_EQ(loaded->source.jpeg->components[0].vertical, vertical);
  }
}

TEST(Sampling, ThatCannotBeWrittenFallsBackToFullResolution) {
  JpegCoding coding = standard_coding(3, 85, ChromaSubsampling::kNone);
  coding.components[0].horizontal = 3;
  coding.components[1].horizontal = 2;
  const auto loaded = load_image_bytes(jpeg_of(testing::smooth(30, 30, 3), coding), "x", {});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->source.subsampling, ChromaSubsampling::kNone);
}

TEST(RgbJpeg, StaysOne) {
  JpegCoding coding = standard_coding(3, 90, ChromaSubsampling::kNone);
  coding.is_rgb = true;
  const ByteVector before = jpeg_of(testing::quarters(32, 32), coding);
  const auto loaded = load_image_bytes(before, "x", {});
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(loaded->source.jpeg->is_rgb);
  EXPECT_GT(loaded->image.bytes[0], 245);  // red, not some YCbCr misread
  EXPECT_LT(loaded->image.bytes[1], 10);
  EXPECT_LT(loaded->image.bytes[2], 10);
}

TEST(GreyJpeg, StaysGrey) {
  const auto loaded =
      load_image_bytes(jpeg_of(testing::smooth(32, 32, 1), standard_coding(1, 88, {})), "x", {});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->image.channels, 1);
  EXPECT_EQ(loaded->source.jpeg_quality, 88);
}

TEST(SaveOptions, QualityWinsOverTheFilesOwn) {
  const auto loaded = load_image_bytes(
      jpeg_of(testing::smooth(64, 64, 3), standard_coding(3, 60, ChromaSubsampling::k420)), "x",
      {});
  SaveOptions options;
  options.jpeg_quality = 95;
  const auto saved = encode_image(loaded->image, loaded->source, Container::kJpeg, options);
  const auto again = load_image_bytes(saved->bytes, "x", {});
  EXPECT_EQ(again->source.jpeg_quality, 95);
  EXPECT_EQ(again->source.subsampling, ChromaSubsampling::k420);
}

}  // namespace
}  // namespace pawfect
