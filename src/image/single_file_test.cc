// What we write is one file of one kind: metadata that was harmless where it stood in the input
// must not make a polyglot of the result.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "image/foreign.h"
#include "image/test_files.h"

namespace pawfect {
namespace {

using namespace std::string_view_literals;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::array kContainers = {Container::kPng, Container::kJpeg, Container::kWebp,
                                    Container::kTiff};

SavedImage saved(Container container, const Metadata& metadata) {
  SourceInfo source;
  source.container = container;
  source.metadata = metadata;
  auto result = encode_image(testing::smooth(24, 24, 3), source, container, {});
  EXPECT_TRUE(result) << result.error().message;
  return result ? *std::move(result) : SavedImage{};
}

ByteVector bytes_of(std::string_view text) {
  ByteVector out;
  append(out, text);
  return out;
}

Metadata with_text_everywhere(std::string_view text) {
  Metadata metadata;
  ExifTree exif;
  exif.main = {testing::text_entry(270, std::string(text)), testing::shorts(274, {1})};
  metadata.exif = write_exif_tree(exif);
  metadata.xmp = bytes_of(fmt::format("<x:xmpmeta xmlns:x='adobe:ns:meta/'>{}</x:xmpmeta>", text));
  metadata.comment = bytes_of(text);
  testing::add_png_chunk(metadata.png_chunks, "tEXt", bytes_of(fmt::format("Comment\0{}"sv, text)));
  return metadata;
}

TEST(WrittenFiles, AreNeverDoubleFilesWhateverTheirMetadataSays) {
  for (const Container container : kContainers) {
    for (std::string_view text : {"%PDF-1.5 1 0 obj", "<HTML><script>", "<svg xmlns=", "<?php x"}) {
      const SavedImage file = saved(container, with_text_everywhere(text));
      const auto header = sniff_image(file.bytes, "result", {});
      EXPECT_TRUE(header) << header.error().message;
    }
  }
}

TEST(WrittenFiles, TellWhatWasLeftOutOfThemAndWhy) {
  Metadata metadata;
  metadata.xmp = bytes_of("<x:xmpmeta xmlns:x='adobe:ns:meta/'>%PDF-1.4</x:xmpmeta>");
  EXPECT_THAT(saved(Container::kJpeg, metadata).notices,
              Contains(AllOf(HasSubstr("XMP left out"), HasSubstr("a PDF document"))));
}

TEST(WrittenFiles, KeepTheRestOfTheMetadata) {
  Metadata metadata = with_text_everywhere("a good dog");
  metadata.comment = bytes_of("<svg>");
  testing::add_png_chunk(metadata.png_chunks, "tEXt", bytes_of("Comment\0<svg>"sv));
  testing::add_png_chunk(metadata.png_chunks, "gAMA", ByteVector{0, 0, 0xB1, 0x8F});
  for (const Container container : {Container::kPng, Container::kJpeg}) {
    const SavedImage file = saved(container, metadata);
    const auto loaded = load_image_bytes(file.bytes, "result", {});
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->source.metadata.exif, metadata.exif);
    EXPECT_EQ(loaded->source.metadata.xmp, metadata.xmp);
    EXPECT_THAT(loaded->source.metadata.comment, IsEmpty());
    if (container != Container::kPng) continue;
    EXPECT_THAT(as_text(loaded->source.metadata.png_chunks),
                AllOf(HasSubstr("gAMA"), HasSubstr("a good dog")));
  }
}

TEST(WrittenFiles, KeepTextWhereNobodyTakesItForADocument) {
  Metadata metadata;
  metadata.xmp =
      bytes_of(fmt::format("<x:xmpmeta xmlns:x='adobe:ns:meta/'>{:1200}%PDF-1.4</x:xmpmeta>", ""));
  const SavedImage file = saved(Container::kPng, metadata);
  EXPECT_THAT(file.notices, IsEmpty());
  EXPECT_EQ(load_image_bytes(file.bytes, "result", {})->source.metadata.xmp, metadata.xmp);
}

// A pixel's bytes may spell anything where they are not compressed.
TEST(WrittenFiles, AreRefusedWhenTheirPixelsThemselvesSpellADocument) {
  Image image(24, 24, 3, SampleDepth::k8);
  const std::string_view text = "%PDF-1.4";
  std::copy(text.begin(), text.end(), image.bytes.begin());
  SourceInfo source;
  source.container = Container::kTiff;
  source.tiff_compression = TiffCompression::kNone;
  const auto written = encode_image(image, source, Container::kTiff, {});
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::kBadInput);
  EXPECT_THAT(written.error().message, AllOf(HasSubstr("a PDF document"), HasSubstr(".png")));
  EXPECT_TRUE(encode_image(image, source, Container::kPng, {}));
}

}  // namespace
}  // namespace pawfect
