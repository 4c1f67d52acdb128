// Lossless containers give back every sample.

#include <gtest/gtest.h>

#include "image/png_encode.h"
#include "image/test_files.h"
#include "image/vips_encode.h"

namespace pawfect {
namespace {

using testing::encoded;
using testing::noise;

struct Case {
  Container container;
  int channels;
  SampleDepth depth;
};

void PrintTo(const Case& of, std::ostream* out) {
  *out << container_name(of.container) << ", " << of.channels << " channels, " << int(of.depth)
       << " bits";
}

class Lossless : public ::testing::TestWithParam<Case> {};

TEST_P(Lossless, SaveAndLoadGiveTheSameSamples) {
  const auto [container, channels, depth] = GetParam();
  std::mt19937 random(7);
  for (int round = 0; round < 12; ++round) {
    const int width = 1 + int(random() % 70), height = 1 + int(random() % 70);
    const Image image = noise(width, height, channels, depth, unsigned(round));
    const auto loaded = load_image_bytes(encoded(image, container), "test", {});
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->image.width, width);
    EXPECT_EQ(loaded->image.channels, channels);
    EXPECT_EQ(loaded->image.depth, depth);
    ASSERT_EQ(loaded->image.bytes, image.bytes) << width << " x " << height;
    EXPECT_TRUE(loaded->source.was_lossless);
    EXPECT_TRUE(loaded->notices.empty());
  }
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const Container container : {Container::kPng, Container::kTiff}) {
    for (int channels = 1; channels <= 4; ++channels) {
      for (const SampleDepth depth : {SampleDepth::k8, SampleDepth::k16})
        cases.push_back({container, channels, depth});
    }
  }
  cases.push_back({Container::kWebp, 3, SampleDepth::k8});
  cases.push_back({Container::kWebp, 4, SampleDepth::k8});
  return cases;
}

INSTANTIATE_TEST_SUITE_P(EveryForm, Lossless, ::testing::ValuesIn(all_cases()));

TEST(TiffCompression, StaysWhatItWasAndLosesNothing) {
  for (const auto compression :
       {TiffCompression::kNone, TiffCompression::kPackBits, TiffCompression::kLzw,
        TiffCompression::kDeflate, TiffCompression::kZstd}) {
    const Image image = noise(61, 47, 3, SampleDepth::k16);
    SourceInfo source;
    source.container = Container::kTiff;
    source.tiff_compression = compression;
    const auto saved = encode_image(image, source, Container::kTiff, {});
    ASSERT_TRUE(saved);
    const auto loaded = load_image_bytes(saved->bytes, "test", {});
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->source.tiff_compression, compression);
    EXPECT_EQ(loaded->image.bytes, image.bytes);
  }
}

TEST(EncodePng, GivesTheSamePixelsWithEitherEncoderAtEveryLevel) {
  for (int channels = 1; channels <= 4; ++channels) {
    for (const SampleDepth depth : {SampleDepth::k8, SampleDepth::k16}) {
      Image image = noise(53, 31, channels, depth);
      // Rows that each filter suits best: flat, sloping, like the row above.
      for (int y = 5; y < 25; ++y) {
        for (std::size_t i = 0; i < image.bytes.size() / 31; ++i) {
          image.bytes[std::size_t(y) * image.bytes.size() / 31 + i] =
              std::uint8_t(y < 10   ? 200
                           : y < 18 ? i * 3 + y
                                    : i % 7 * 9);
        }
      }
      for (const int level : {0, 1, 2, 6, 9}) {
        for (const auto& file : {encode_png(image, level), encode_png_quickly(image, level)}) {
          ASSERT_TRUE(file) << file.error().message;
          const auto loaded = load_image_bytes(*file, "test", {});
          ASSERT_TRUE(loaded) << loaded.error().message;
          EXPECT_EQ(loaded->image.bytes, image.bytes);
        }
      }
    }
  }
}

TEST(EncodePng, SplitsLongDataIntoPieces) {
  const Image image = noise(1200, 900, 3, SampleDepth::k8);  // over 3 MiB that cannot be packed
  const auto file = encode_png_quickly(image, 1);
  ASSERT_TRUE(file);
  int pieces = 0;
  PngChunks chunks(*file);
  while (const auto chunk = chunks.next()) {
    EXPECT_TRUE(chunk->crc_is_right());
    EXPECT_LE(chunk->payload.size(), 1024u * 1024);
    pieces += chunk->type == "IDAT";
  }
  EXPECT_EQ(pieces, 4);
  EXPECT_EQ(load_image_bytes(*file, "test", {})->image.bytes, image.bytes);
}

TEST(Webp, KeepsTheColoursOfTransparentPixels) {
  Image image = noise(33, 21, 4, SampleDepth::k8);
  for (std::size_t at = 3; at < image.bytes.size(); at += 8) image.bytes[at] = 0;
  const auto loaded = load_image_bytes(encoded(image, Container::kWebp), "test", {});
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->image.bytes, image.bytes);
}

TEST(PremultipliedTiff, IsKeptAsItsNumbersAreAndStaysPremultiplied) {
  Image image = noise(19, 23, 4, SampleDepth::k8);
  auto entries = testing::tiff_entries(19, 23, 8, 4, 2);
  entries.push_back(testing::shorts(338, {1}));
  const auto first = load_image_bytes(testing::tiff_file(entries, image.bytes), "test", {});
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->image.bytes, image.bytes);
  EXPECT_TRUE(first->source.is_premultiplied);
  const auto saved = encode_image(first->image, first->source, Container::kTiff, {});
  ASSERT_TRUE(saved);
  const auto second = load_image_bytes(saved->bytes, "test", {});
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_TRUE(second->source.is_premultiplied);
  EXPECT_EQ(second->image.bytes, image.bytes);
}

}  // namespace
}  // namespace pawfect
