// Every kind of pixel that is read, and what becomes of it.

#include "image/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "image/jpeg_encode.h"
#include "image/jpeg_write.h"
#include "image/test_files.h"
#include "image/vips_session.h"

namespace pawfect {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::png_file;
using testing::tiff_entries;
using testing::tiff_file;

LoadedImage loaded(ByteSpan file) {
  auto result = load_image_bytes(file, "test", {});
  EXPECT_TRUE(result) << result.error().message;
  return result ? std::move(*result) : LoadedImage{};
}

TEST(Palette, BecomesRgb) {
  const ByteVector palette = {10, 20, 30, 200, 100, 50};
  const ByteVector rows = {0, 1, 1, 0};
  const LoadedImage out = loaded(png_file(2, 2, 8, 3, rows, {{"PLTE", palette}}));
  EXPECT_TRUE(out.source.was_palette);
  EXPECT_EQ(out.image.channels, 3);
  EXPECT_THAT(out.image.bytes, ElementsAre(10, 20, 30, 200, 100, 50, 200, 100, 50, 10, 20, 30));
}

TEST(Palette, WithTransparencyBecomesRgba) {
  const ByteVector palette = {10, 20, 30, 200, 100, 50};
  const LoadedImage out =
      loaded(png_file(2, 1, 8, 3, ByteVector{0, 1}, {{"PLTE", palette}, {"tRNS", {0, 128}}}));
  EXPECT_EQ(out.image.channels, 4);
  EXPECT_THAT(out.image.bytes, ElementsAre(10, 20, 30, 0, 200, 100, 50, 128));
}

TEST(SmallDepths, AreScaledSoThatTheLargestIsWhite) {
  EXPECT_THAT(loaded(png_file(4, 1, 1, 0, ByteVector{0b10100000})).image.bytes,
              ElementsAre(255, 0, 255, 0));
  EXPECT_THAT(loaded(png_file(4, 1, 2, 0, ByteVector{0b00011011})).image.bytes,
              ElementsAre(0, 85, 170, 255));
  EXPECT_THAT(loaded(png_file(2, 1, 4, 0, ByteVector{0x1F})).image.bytes, ElementsAre(17, 255));
}

TEST(ColourKey, BecomesAlpha) {
  const LoadedImage out = loaded(png_file(2, 1, 8, 0, ByteVector{7, 9}, {{"tRNS", {0, 9}}}));
  EXPECT_EQ(out.image.channels, 2);
  EXPECT_THAT(out.image.bytes, ElementsAre(7, 255, 9, 0));
}

TEST(Tiff, WithWhiteAsZeroIsTurnedRound) {
  const LoadedImage out = loaded(tiff_file(tiff_entries(3, 1, 8, 1, 0), ByteVector{0, 100, 255}));
  EXPECT_THAT(out.image.bytes, ElementsAre(255, 155, 0));
}

TEST(Tiff, OfOneBitBecomesBlackAndWhite) {
  EXPECT_THAT(loaded(tiff_file(tiff_entries(4, 1, 1, 1, 1), ByteVector{0b10100000})).image.bytes,
              ElementsAre(255, 0, 255, 0));
  EXPECT_THAT(loaded(tiff_file(tiff_entries(4, 1, 1, 1, 0), ByteVector{0b10100000})).image.bytes,
              ElementsAre(0, 255, 0, 255));
}

TEST(Tiff, WithPaletteBecomesRgb) {
  auto entries = tiff_entries(2, 1, 8, 1, 3);
  std::vector<std::uint16_t> map(768);
  map[1] = 0xC800, map[256 + 1] = 0x6400, map[512 + 1] = 0x3200;
  entries.push_back(testing::shorts(320, map));
  EXPECT_THAT(loaded(tiff_file(entries, ByteVector{0, 1})).image.bytes,
              ElementsAre(0, 0, 0, 0xC8, 0x64, 0x32));
}

TEST(Tiff, OfCmykIsConvertedToSrgb) {
  // No ink, full yellow, all inks: white, a yellow, near black in any profile.
  auto entries = tiff_entries(3, 1, 8, 4, 5);
  const LoadedImage out =
      loaded(tiff_file(entries, ByteVector{0, 0, 0, 0, 0, 0, 255, 0, 255, 255, 255, 255}));
  ASSERT_EQ(out.image.channels, 3);
  EXPECT_TRUE(out.source.was_cmyk);
  const auto& p = out.image.bytes;
  EXPECT_GT(std::min({p[0], p[1], p[2]}), 245);
  EXPECT_GT(p[3], 200);
  EXPECT_LT(p[5], 120);
  EXPECT_LT(std::max({p[6], p[7], p[8]}), 60);
  EXPECT_TRUE(starts_with(part(out.source.metadata.icc, 16), "RGB "));
  EXPECT_THAT(out.notices, ::testing::Contains(HasSubstr("CMYK")));
}

TEST(Tiff, OfCmykIn16BitsStays16Bits) {
  auto entries = tiff_entries(2, 1, 16, 4, 5);
  const ByteVector pixels = {0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255};
  const LoadedImage out = loaded(tiff_file(entries, pixels));
  ASSERT_EQ(out.image.channels, 3);
  ASSERT_EQ(out.image.depth, SampleDepth::k16);
  const auto row = out.image.row<std::uint16_t>(0);
  EXPECT_GT(std::min({row[0], row[1], row[2]}), 63'000);
  EXPECT_LT(std::max({row[3], row[4], row[5]}), 15'000);
}

TEST(Tiff, OfCmykKeepsItsAlpha) {
  auto entries = tiff_entries(2, 1, 8, 5, 5);
  entries.push_back(testing::shorts(338, {2}));
  const LoadedImage out = loaded(tiff_file(entries, ByteVector{0, 0, 0, 0, 77, 0, 0, 0, 255, 200}));
  ASSERT_EQ(out.image.channels, 4);
  EXPECT_EQ(out.image.bytes[3], 77);
  EXPECT_EQ(out.image.bytes[7], 200);
}

// libvips writes a CMYK JPEG with the profile asked for, Adobe's inverted way.
ByteVector cmyk_jpeg(const std::vector<std::uint8_t>& inks, int width, const char* profile) {
  EXPECT_TRUE(start_vips());
  VipsImage* raw = vips_image_new_from_memory(inks.data(), inks.size(), width,
                                              int(inks.size()) / 4 / width, 4, VIPS_FORMAT_UCHAR);
  VipsImage* named = nullptr;
  vips_copy(raw, &named, "interpretation", VIPS_INTERPRETATION_CMYK, nullptr);
  if (profile) {
    VipsBlob* blob = nullptr;
    vips_profile_load(profile, &blob, nullptr);
    std::size_t size = 0;
    const void* data = vips_blob_get(blob, &size);
    vips_image_set_blob_copy(named, VIPS_META_ICC_NAME, data, size);
    vips_area_unref(VIPS_AREA(blob));
  }
  void* data = nullptr;
  std::size_t size = 0;
  vips_jpegsave_buffer(named, &data, &size, "Q", 95, nullptr);
  ByteVector out(static_cast<std::uint8_t*>(data), static_cast<std::uint8_t*>(data) + size);
  g_free(data);
  g_object_unref(named);
  g_object_unref(raw);
  return out;
}

TEST(Jpeg, OfCmykIsConvertedThroughItsProfileAndSavedAsRgb) {
  std::vector<std::uint8_t> inks;
  for (int i = 0; i < 64; ++i) inks.insert(inks.end(), {0, 0, 0, std::uint8_t(i < 32 ? 0 : 255)});
  for (const char* profile : {static_cast<const char*>(nullptr), "cmyk"}) {
    const LoadedImage out = loaded(cmyk_jpeg(inks, 8, profile));
    ASSERT_EQ(out.image.channels, 3);
    EXPECT_TRUE(out.source.was_cmyk);
    EXPECT_GT(out.image.bytes.front(), 245);
    EXPECT_LT(out.image.bytes.back(), 80);
    const auto saved = encode_image(out.image, out.source, Container::kJpeg, {});
    ASSERT_TRUE(saved) << saved.error().message;
    const LoadedImage again = loaded(saved->bytes);
    EXPECT_EQ(again.image.channels, 3);
    EXPECT_FALSE(again.source.was_cmyk);
    EXPECT_TRUE(starts_with(part(again.source.metadata.icc, 16), "RGB "));
  }
}

TEST(Jpeg, OfCmykWithAUselessProfileIsStillRead) {
  Metadata metadata;
  metadata.icc = ByteVector(300);
  put_number(metadata.icc, 0, 300, 4, ByteOrder::kBig);
  std::copy_n("CMYK", 4, metadata.icc.begin() + 16);
  std::copy_n("acsp", 4, metadata.icc.begin() + 36);
  std::vector<std::string> notices;
  const ByteVector file =
      jpeg_with_metadata(cmyk_jpeg(ByteVector(64 * 4), 8, nullptr), metadata, notices);
  const LoadedImage out = loaded(file);
  ASSERT_EQ(out.image.channels, 3);
  EXPECT_GT(out.image.bytes.front(), 245);
}

TEST(Jpeg, OfTheProgressiveKindStaysOne) {
  SourceInfo source;
  source.container = Container::kJpeg;
  source.was_lossless = false;
  source.jpeg = standard_coding(3, 90, ChromaSubsampling::kNone);
  source.jpeg->is_progressive = true;
  source.jpeg_quality = 90;
  const auto saved = encode_image(testing::smooth(40, 30, 3), source, Container::kJpeg, {});
  ASSERT_TRUE(saved) << saved.error().message;
  const LoadedImage out = loaded(saved->bytes);
  EXPECT_TRUE(out.source.jpeg->is_progressive);
  EXPECT_EQ(out.source.jpeg_quality, 90);
}

TEST(Png, OfTheInterlacedKindIsRead) {
  ASSERT_TRUE(start_vips());
  const Image image = testing::noise(13, 11, 3, SampleDepth::k8);
  VipsImage* raw = vips_image_new_from_memory(image.bytes.data(), image.bytes.size(), 13, 11, 3,
                                              VIPS_FORMAT_UCHAR);
  void* data = nullptr;
  std::size_t size = 0;
  ASSERT_EQ(vips_pngsave_buffer(raw, &data, &size, "interlace", TRUE, nullptr), 0);
  g_object_unref(raw);
  const GlibBuffer owned(data);
  const ByteSpan file(static_cast<std::uint8_t*>(data), size);
  ASSERT_EQ(file[28], 1);  // Adam7
  EXPECT_EQ(loaded(file).image.bytes, image.bytes);
}

TEST(Animations, GiveTheirFirstFrameWhereTheLimitsAllowThem) {
  ASSERT_TRUE(start_vips());
  Image frames = testing::noise(16, 24, 4, SampleDepth::k8);  // two of 16 x 12
  for (std::size_t at = 3; at < frames.bytes.size(); at += 4) frames.bytes[at] = 255;
  VipsImage* raw = vips_image_new_from_memory(frames.bytes.data(), frames.bytes.size(), 16, 24, 4,
                                              VIPS_FORMAT_UCHAR);
  VipsImage* pages = nullptr;
  vips_copy(raw, &pages, "interpretation", VIPS_INTERPRETATION_sRGB, nullptr);
  vips_image_set_int(pages, VIPS_META_PAGE_HEIGHT, 12);
  void* data = nullptr;
  std::size_t size = 0;
  ASSERT_EQ(vips_webpsave_buffer(pages, &data, &size, "lossless", TRUE, nullptr), 0);
  g_object_unref(pages);
  g_object_unref(raw);
  const GlibBuffer owned(data);
  const ByteSpan file(static_cast<std::uint8_t*>(data), size);
  EXPECT_FALSE(load_image_bytes(file, "test", {}));
  const auto out = load_image_bytes(file, "test", {.max_frames = 2});
  ASSERT_TRUE(out) << out.error().message;
  EXPECT_EQ(out->image.height, 12);
  EXPECT_EQ(out->image.bytes[0], frames.bytes[0]);
  EXPECT_THAT(out->notices, ElementsAre(HasSubstr("first of 2 frames")));
}

TEST(LoadImage, TellsWhatStandsBehindThePicture) {
  ByteVector file = testing::encoded(testing::smooth(32, 32, 3), Container::kJpeg);
  append(file, testing::encoded(testing::smooth(16, 16, 3), Container::kJpeg));  // a gain map, say
  const LoadedImage out = loaded(file);
  EXPECT_EQ(out.image.width, 32);
  EXPECT_THAT(out.notices, ElementsAre(HasSubstr("behind the picture")));
}

TEST(LoadImage, MayRunInSeveralThreads) {
  const Image image = testing::noise(90, 70, 3, SampleDepth::k8);
  std::vector<std::jthread> threads;
  threads.reserve(4);
  std::atomic<int> good = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (const Container container : {Container::kPng, Container::kTiff, Container::kWebp}) {
        const auto again = load_image_bytes(testing::encoded(image, container), "test", {});
        if (again && again->image.bytes == image.bytes) ++good;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(good, 12);
}

TEST(LoadImage, ReadsAPipeAndRefusesAFolder) {
  testing::TemporaryFolder folder;
  const auto file = folder / "a.png";
  testing::write_bytes(file, png_file(1, 1, 8, 0, ByteVector{5}));
  EXPECT_TRUE(load_image(file, {}));
  const auto as_folder = load_image(folder.path(), {});
  ASSERT_FALSE(as_folder);
  EXPECT_EQ(as_folder.error().code, ErrorCode::kBadInput);
  const auto missing = load_image(folder / "none.png", {});
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("none.png"));
  EXPECT_FALSE(load_image("/dev/zero", {}));
  const auto pipe = folder / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  std::jthread writer([&] { testing::write_bytes(pipe, testing::read_bytes(file)); });
  EXPECT_TRUE(load_image(pipe, {}));
  EXPECT_FALSE(load_image("", {}));
}

}  // namespace
}  // namespace pawfect
