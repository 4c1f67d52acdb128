// What the header sniffers say of good files, and the limits they keep.

#include "image/sniff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image/test_files.h"

namespace pawfect {
namespace {

using namespace std::string_view_literals;
using testing::encoded;
using ::testing::HasSubstr;
using testing::noise;
using testing::png_file;

TEST(SniffImage, ReadsTheHeadersOfAllFourContainers) {
  struct Expected {
    Container container;
    int channels, bits;
    bool is_lossless;
  };
  for (const auto& [container, channels, bits, is_lossless] :
       {Expected{Container::kPng, 4, 16, true}, Expected{Container::kJpeg, 3, 8, false},
        Expected{Container::kWebp, 4, 8, true}, Expected{Container::kTiff, 2, 16, true}}) {
    const Image image = noise(37, 21, channels, bits == 16 ? SampleDepth::k16 : SampleDepth::k8);
    const auto header = sniff_image(encoded(image, container), "test", {});
    ASSERT_TRUE(header) << header.error().message;
    EXPECT_EQ(header->container, container);
    EXPECT_EQ(header->width, 37);
    EXPECT_EQ(header->height, 21);
    EXPECT_EQ(header->channels, channels) << container_name(container);
    EXPECT_EQ(header->bits_per_sample, bits);
    EXPECT_EQ(header->is_lossless, is_lossless);
    EXPECT_EQ(header->frames, 1);
  }
}

TEST(SniffImage, GoesByContentAndNotByName) {
  const auto header =
      sniff_image(encoded(noise(8, 8, 3, SampleDepth::k8), Container::kPng), "photo.jpg", {});
  ASSERT_TRUE(header);
  EXPECT_EQ(header->container, Container::kPng);
}

TEST(SniffImage, TellsALossyWebp) {
  SourceInfo source;
  source.container = Container::kWebp;
  source.was_lossless = false;
  const auto saved = encode_image(testing::smooth(40, 40, 3), source, Container::kWebp, {});
  ASSERT_TRUE(saved);
  const auto header = sniff_image(saved->bytes, "test", {});
  ASSERT_TRUE(header);
  EXPECT_FALSE(header->is_lossless);
}

std::string refusal(ByteSpan file, const ImageLimits& limits = {}) {
  const auto header = sniff_image(file, "big.png", limits);
  EXPECT_FALSE(header);
  if (header) return {};
  EXPECT_EQ(header.error().code, ErrorCode::kBadInput);
  EXPECT_EQ(header.error().message.find('\n'), std::string::npos);
  EXPECT_THAT(header.error().message, HasSubstr("big.png: "));
  return header.error().message;
}

ByteVector png_header_only(std::uint32_t width, std::uint32_t height) {
  ByteVector file;
  append(file, kPngSignature);
  testing::add_png_chunk(file, "IHDR", testing::png_header(width, height, 8, 2));
  return file;
}

TEST(Limits, AreKeptForSidesPixelsAndBytes) {
  EXPECT_THAT(refusal(png_header_only(16'385, 1)), HasSubstr("16385 x 1"));
  EXPECT_THAT(refusal(png_header_only(1, 16'385)), HasSubstr("16384 a side"));
  EXPECT_THAT(refusal(png_header_only(16'000, 16'000)), HasSubstr("256 megapixels"));
  EXPECT_THAT(refusal(png_header_only(8'001, 8'000)), HasSubstr("64 megapixels"));
  EXPECT_THAT(refusal(png_header_only(8'000, 8'000)), HasSubstr("cut off"));  // within the limits
  const ByteVector file = encoded(noise(20, 20, 3, SampleDepth::k8), Container::kPng);
  EXPECT_THAT(refusal(file, {.max_bytes = std::int64_t(file.size()) - 1}), HasSubstr("MiB"));
  EXPECT_TRUE(sniff_image(file, "x", {.max_bytes = std::int64_t(file.size())}));
  EXPECT_TRUE(sniff_image(file, "x", {.max_pixels = 400}));
  EXPECT_THAT(refusal(file, {.max_pixels = 399}), HasSubstr("20 x 20"));
}

TEST(Limits, AreKeptByEveryContainer) {
  for (const Container container :
       {Container::kPng, Container::kJpeg, Container::kWebp, Container::kTiff}) {
    const ByteVector file = encoded(noise(33, 20, 3, SampleDepth::k8), container);
    EXPECT_THAT(refusal(file, {.max_side = 32}), HasSubstr("33 x 20"));
    EXPECT_TRUE(sniff_image(file, "x", {.max_side = 33}));
  }
}

TEST(Frames, OfAnAnimatedPngAreCounted) {
  const ByteVector rows = {1, 2, 3, 4};
  const ByteVector file = png_file(2, 2, 8, 0, rows, {{"acTL", {0, 0, 0, 12, 0, 0, 0, 0}}});
  EXPECT_THAT(refusal(file), HasSubstr("12 frames"));
  const auto header = sniff_image(file, "x", {.max_frames = 12});
  ASSERT_TRUE(header);
  EXPECT_EQ(header->frames, 12);
}

TEST(Frames, OfAnAnimatedWebpAreCounted) {
  ByteVector file;
  append(file, "RIFF\0\0\0\0WEBPVP8X\x0A\0\0\0\x02\0\0\0\x07\0\0\x07\0\0"sv);
  append(file, "ANIM\x06\0\0\0\0\0\0\0\0\0"sv);
  for (int i = 0; i < 3; ++i) append(file, "ANMF\x02\0\0\0\0\0"sv);
  put_number(file, 4, std::uint32_t(file.size() - 8), 4, ByteOrder::kLittle);
  EXPECT_THAT(refusal(file), HasSubstr("3 frames"));
}

ByteVector tiff_of_pages(const std::vector<std::uint16_t>& subfile_types, bool is_cycle = false) {
  ByteVector file;
  append(file, "II\x2A\0\0\0\0\0\x55"sv);
  file.push_back(0);
  std::size_t link = 4;
  std::uint32_t first = 0;
  for (const std::uint16_t type : subfile_types) {
    auto entries = testing::tiff_entries(1, 1, 8, 1, 1);
    entries.push_back(testing::longs(254, {type}));
    entries.push_back(testing::longs(273, {8}));
    entries.push_back(testing::longs(279, {1}));
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return a.tag < b.tag; });
    ExifTree tree;
    tree.main = entries;
    const std::uint32_t at = append_exif_tree(file, tree);
    if (first == 0) first = at;
    put_number(file, link, at, 4, ByteOrder::kLittle);
    link = at + 2 + entries.size() * 12;
  }
  if (is_cycle) put_number(file, link, first, 4, ByteOrder::kLittle);
  return file;
}

TEST(Frames, OfATiffAreItsPagesButNotItsThumbnails) {
  EXPECT_THAT(refusal(tiff_of_pages({0, 2, 2})), HasSubstr("3 pages"));
  EXPECT_TRUE(sniff_image(tiff_of_pages({0, 1}), "x", {}));  // a reduced copy
  EXPECT_TRUE(sniff_image(tiff_of_pages({0, 4}), "x", {}));  // a transparency mask
}

TEST(Frames, InACircleEnd) {
  EXPECT_THAT(refusal(tiff_of_pages({0, 0}, true)), HasSubstr("1000 pages"));
}

TEST(SniffImage, RefusesTiffsOfOtherPixels) {
  const ByteVector pixels(64);
  const auto with = [&](int bits, int samples, int photometric, std::vector<ExifEntry> more = {}) {
    auto entries = testing::tiff_entries(2, 2, bits, samples, photometric);
    for (auto& entry : more) {
      std::erase_if(entries, [&](const ExifEntry& e) { return e.tag == entry.tag; });
      entries.push_back(entry);
    }
    return testing::tiff_file(entries, pixels);
  };
  EXPECT_TRUE(sniff_image(with(8, 3, 2), "x", {}));
  EXPECT_THAT(refusal(with(32, 1, 1, {testing::shorts(339, {3})})), HasSubstr("floating-point"));
  EXPECT_THAT(refusal(with(16, 1, 1, {testing::shorts(339, {2})})), HasSubstr("signed"));
  EXPECT_THAT(refusal(with(32, 1, 1)), HasSubstr("32 bits"));
  EXPECT_THAT(refusal(with(8, 3, 8)), HasSubstr("CIELAB"));
  EXPECT_THAT(refusal(with(8, 6, 2)), HasSubstr("6 samples"));
  EXPECT_THAT(refusal(with(8, 3, 2, {testing::shorts(259, {34712})})), HasSubstr("JPEG 2000"));
  EXPECT_THAT(refusal(with(8, 1, 32803)), HasSubstr("camera raw"));
  EXPECT_THAT(refusal(with(8, 3, 2, {testing::longs(254, {1})})), HasSubstr("camera raw"));
  EXPECT_THAT(
      refusal(with(8, 3, 2, {testing::shorts(322, {60'000}), testing::shorts(323, {60'000})})),
      HasSubstr("tiles"));
  EXPECT_THAT(refusal(as_bytes("II\x2B\0\x08\0\0\0"sv)), HasSubstr("BigTIFF"));
}

}  // namespace
}  // namespace pawfect
