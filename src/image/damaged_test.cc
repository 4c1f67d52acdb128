// Truncated and damaged files: a clear line, never a crash, never a picture that is not there.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image/test_files.h"

namespace pawfect {
namespace {

using namespace std::string_view_literals;
using testing::encoded;
using ::testing::HasSubstr;
using testing::noise;

constexpr Container kAll[] = {Container::kPng, Container::kJpeg, Container::kWebp,
                              Container::kTiff};

void expect_refusal(ByteSpan file, std::string_view what) {
  const auto loaded = load_image_bytes(file, "photo.bin", {});
  ASSERT_FALSE(loaded) << what;
  EXPECT_EQ(loaded.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(loaded.error().message, HasSubstr("photo.bin: ")) << what;
  EXPECT_EQ(loaded.error().message.find('\n'), std::string::npos);
}

TEST(Truncated, FilesAreRefusedWhereverTheyEnd) {
  for (const Container container : kAll) {
    const ByteVector file = encoded(noise(40, 30, 3, SampleDepth::k8), container);
    for (std::size_t length = 0; length < file.size() - 1; length += 1 + length / 16) {
      expect_refusal(part(file, 0, length),
                     fmt::format("{} cut to {}", container_name(container), length));
    }
  }
}

TEST(Truncated, PixelDataInsideAWholeFrameIsNoticed) {
  // The end marker is there, the rows are not: only the decoder can tell.
  const ByteVector jpeg = encoded(noise(64, 64, 3, SampleDepth::k8), Container::kJpeg);
  ByteVector cut(jpeg.begin(), jpeg.begin() + std::ptrdiff_t(jpeg.size() * 2 / 3));
  append(cut, "\xFF\xD9");
  const auto loaded = load_image_bytes(cut, "photo.jpg", {});
  if (loaded) {
    EXPECT_THAT(loaded->notices, ::testing::Contains(HasSubstr("minor damage")));
  }
  const ByteVector rows = noise(64, 32, 1, SampleDepth::k8).bytes;
  ByteVector png;
  append(png, kPngSignature);
  testing::add_png_chunk(png, "IHDR", testing::png_header(64, 64, 8, 0));
  testing::add_png_chunk(png, "IDAT", deflated(rows));
  testing::add_png_chunk(png, "IEND", {});
  expect_refusal(png, "half the rows");
}

TEST(Checksum, ErrorsInAPngAreNoticed) {
  const ByteVector good = encoded(noise(40, 30, 3, SampleDepth::k8), Container::kPng);
  std::size_t idat = 0;
  for (std::size_t at = 0; at + 4 < good.size(); ++at) {
    if (starts_with(part(good, at), "IDAT")) idat = at;
  }
  for (const std::size_t at : {std::size_t{18}, idat + 20, idat + 400}) {
    ByteVector bad = good;
    bad[at] ^= 0x10;
    expect_refusal(bad, fmt::format("byte {}", at));
  }
}

TEST(Checksum, OfATextChunkCostsOnlyTheText) {
  ByteVector file = testing::png_file(2, 1, 8, 0, ByteVector{1, 2}, {{"tEXt", {'a', 0, 'b'}}});
  const auto at = std::search(file.begin(), file.end(), std::begin("tEXta"), std::end("tEXta") - 1);
  *(at + 6) ^= 1;
  const auto loaded = load_image_bytes(file, "x", {});
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_THAT(loaded->notices, ::testing::ElementsAre(HasSubstr("checksum")));
  EXPECT_TRUE(loaded->source.metadata.png_chunks.empty());
}

TEST(Damaged, BytesNeverCrashTheReader) {
  std::mt19937 random(11);
  for (const Container container : kAll) {
    Metadata metadata;
    metadata.exif = testing::exif_with_orientation(6);
    append(metadata.xmp, "<x:xmpmeta xmlns:x='adobe:ns:meta/'/>");
    const ByteVector good = encoded(noise(24, 18, 3, SampleDepth::k8), container, metadata);
    for (int round = 0; round < 400; ++round) {
      ByteVector bad = good;
      for (unsigned hits = 1 + random() % 4; hits > 0; --hits)
        bad[random() % bad.size()] = std::uint8_t(random());
      const auto loaded = load_image_bytes(bad, "x", {.max_pixels = 100'000});
      if (!loaded) {
        EXPECT_EQ(loaded.error().message.find('\n'), std::string::npos);
        continue;
      }
      const auto saved =
          encode_image(loaded->image, loaded->source, container, {.strip_location = true});
      EXPECT_TRUE(saved) << saved.error().message;
    }
  }
}

TEST(Damaged, MinorFaultsOfAJpegAreDecodedOverWithANotice) {
  const ByteVector good = encoded(testing::smooth(64, 64, 3), Container::kJpeg);
  ByteVector bad(good.begin(), good.end() - 2);
  append(bad, "\0\0\0\0junk\xFF\xD9"sv);  // some cameras pad before the end marker
  const auto loaded = load_image_bytes(bad, "x", {});
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->image.bytes, load_image_bytes(good, "x", {})->image.bytes);
}

TEST(Header, ThatLiesAboutTheSizeIsNoticed) {
  // A TIFF whose JPEG-compressed strip has another size, a WebP whose canvas has.
  ByteVector webp;
  append(webp, "RIFF\0\0\0\0WEBPVP8X\x0A\0\0\0\0\0\0\0\x3F\0\0\x3F\0\0"sv);
  const ByteVector inner = encoded(noise(32, 32, 3, SampleDepth::k8), Container::kWebp);
  append(webp, part(inner, 12));
  put_number(webp, 4, std::uint32_t(webp.size() - 8), 4, ByteOrder::kLittle);
  const auto loaded = load_image_bytes(webp, "x", {});
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr("canvas is 64 x 64"));
}

TEST(Messages, AreOneLineWhateverTheNameIs) {
  const auto loaded = load_image_bytes(as_bytes("text"), "a\nb\x1b[31m", {});
  ASSERT_FALSE(loaded);
  EXPECT_THAT(loaded.error().message, HasSubstr("a?b?[31m: "));
}

}  // namespace
}  // namespace pawfect
