// What is kept of a file's metadata, judged by ExifTool: tags are written by it, the picture is
// loaded and saved, and the tags are read by it again.

#include "image/metadata.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <sstream>

#include "image/decode.h"
#include "image/test_files.h"

namespace pawfect {
namespace {

using testing::exiftool;
using ::testing::HasSubstr;

using Tags = std::map<std::string, std::string>;

// "[Group] Tag : value" lines.
Tags tags_of(const std::filesystem::path& file) {
  std::istringstream lines(exiftool("-a -G1 -s -e -n", file));
  Tags tags;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t colon = line.find(" : ");
    if (colon == std::string::npos) continue;
    std::string key = line.substr(0, colon);
    key.erase(std::remove(key.begin(), key.end(), ' '), key.end());
    tags[key] = line.substr(colon + 3);
  }
  return tags;
}

bool is_of_metadata(const std::string& key) {
  for (std::string_view group : {"[IFD0]", "[ExifIFD]", "[GPS]", "[InteropIFD]", "[XMP-", "[IPTC]",
                                 "[ICC", "[JFIF]", "[PNG-pHYs]"}) {
    if (key.starts_with(group)) return true;
  }
  return false;
}

// How the pixels are stored, and what is corrected on purpose.
bool may_change(const std::string& key) {
  for (std::string_view name :
       {"Orientation",      "ImageWidth",          "ImageHeight",
        "ExifImageWidth",   "ExifImageHeight",     "StripOffsets",
        "StripByteCounts",  "RowsPerStrip",        "Compression",
        "Predictor",        "BitsPerSample",       "PhotometricInterpretation",
        "SamplesPerPixel",  "PlanarConfiguration", "SampleFormat",
        "JFIFVersion",      "ThumbnailOffset",     "Padding",
        "SubfileType",      "ExtraSamples",        "FillOrder",
        "CurrentIPTCDigest"}) {
    if (key.ends_with(std::string("]") + std::string(name))) return true;
  }
  return false;
}

bool tells_place(const std::string& key) {
  for (std::string_view word : {"GPS", "City", "Country", "State", "Location", "Latitude",
                                "Longitude", "Coverage", "Sub-location"}) {
    if (key.find(word) != std::string::npos && key.find("Creator") == std::string::npos)
      return true;
  }
  return false;
}

constexpr const char* kPlainTags =
    " -EXIF:Make=Pawmera -EXIF:Model='P 1' -EXIF:Artist=Anna -EXIF:Copyright='(c) Anna' "
    "-EXIF:ISO=200"
    " -EXIF:DateTimeOriginal='2026:05:01 12:00:00' -EXIF:OffsetTime=+02:00 -EXIF:FNumber=2.8"
    " -EXIF:ExposureTime=0.004 -EXIF:UserComment='a dog' -EXIF:LensModel='50 mm' "
    "-EXIF:Orientation#=6"
    " -EXIF:ExifImageWidth=64 -EXIF:ExifImageHeight=48 -EXIF:InteropIndex=R98"
    " -XMP-dc:Title='Dog at a fence' -XMP-dc:Subject=dog -XMP-dc:Subject=fence -XMP-xmp:Rating=4"
    " -XMP-tiff:Orientation#=6 -XMP-photoshop:Headline=Dog -XMP-iptcCore:CreatorCity=Home";
constexpr const char* kPlaces =
    " -EXIF:GPSLatitude=52.52 -EXIF:GPSLatitudeRef=N -EXIF:GPSLongitude=13.4 "
    "-EXIF:GPSLongitudeRef=E"
    " -EXIF:GPSAltitude=34 -EXIF:GPSDateStamp=2026:05:01 -XMP-exif:GPSLatitude=52.52 "
    "-XMP-exif:GPSLongitude=13.4"
    " -XMP-photoshop:City=Berlin -XMP-photoshop:State=Berlin -XMP-photoshop:Country=Germany"
    " -XMP-iptcCore:Location=Tiergarten -XMP-iptcCore:CountryCode=DE "
    "-XMP-iptcExt:LocationShownCity=Berlin"
    " -XMP-iptcExt:LocationCreatedSublocation=Park -XMP-dc:Coverage=Berlin";
constexpr const char* kIptc =
    " -IPTC:ObjectName=Dog -IPTC:Keywords=dog -IPTC:Keywords=fence -IPTC:By-line=Anna "
    "-IPTC:City=Berlin"
    " -IPTC:Sub-location=Park -IPTC:Province-State=Berlin -IPTC:Country-PrimaryLocationName=Germany"
    " -IPTC:Country-PrimaryLocationCode=DEU -IPTC:ContentLocationName=Zoo";

bool has_iptc(Container container) {
  return container == Container::kJpeg || container == Container::kTiff;
}

std::string extension(Container container) {
  return container == Container::kPng    ? ".png"
         : container == Container::kJpeg ? ".jpg"
         : container == Container::kWebp ? ".webp"
                                         : ".tif";
}

// A file of 64 x 48 stored pixels with all those tags, a density, an sRGB profile and, in EXIF, a
// thumbnail.
std::filesystem::path tagged_file(const testing::TemporaryFolder& folder, Container container) {
  Metadata metadata;
  metadata.icc = srgb_profile();
  metadata.density = Density{DensityUnit::kInch, 300, 300};
  const auto file = folder / ("in" + extension(container));
  testing::write_bytes(file, testing::encoded(testing::smooth(64, 48, 3), container, metadata));
  std::string arguments = std::string("-q -overwrite_original") + kPlainTags + kPlaces;
  if (has_iptc(container)) arguments += kIptc;
  if (container == Container::kJpeg) {
    const auto thumbnail = folder / "thumb.jpg";
    testing::write_bytes(thumbnail, testing::encoded(testing::smooth(16, 12, 3), Container::kJpeg));
    arguments += " '-ThumbnailImage<=" + thumbnail.string() + "'";
  }
  EXPECT_EQ(exiftool(arguments, file), "");
  return file;
}

class MetadataOf : public ::testing::TestWithParam<Container> {
 protected:
  void SetUp() override {
    if (!testing::has_exiftool()) GTEST_SKIP() << "exiftool is not installed";
  }

  // Tags before and after loading and saving.
  std::pair<Tags, Tags> saved(const SaveOptions& options) {
    const auto in = tagged_file(folder_, GetParam());
    auto loaded = load_image(in, {});
    EXPECT_TRUE(loaded) << loaded.error().message;
    if (!loaded) return {};
    EXPECT_EQ(loaded->source.orientation, 6);
    EXPECT_EQ(loaded->image.width, 48);
    const auto out = folder_ / ("out" + extension(GetParam()));
    const auto result = save_image(loaded->image, loaded->source, out, options);
    EXPECT_TRUE(result) << result.error().message;
    EXPECT_EQ(exiftool("-validate -warning -a -s3 -m", out).find("Error"), std::string::npos);
    return {tags_of(in), tags_of(out)};
  }

  testing::TemporaryFolder folder_;
};

TEST_P(MetadataOf, IsKept) {
  const auto [before, after] = saved({});
  int compared = 0;
  for (const auto& [key, value] : before) {
    if (!is_of_metadata(key) || may_change(key)) continue;
    ++compared;
    const auto found = after.find(key);
    EXPECT_TRUE(found != after.end()) << key << " is lost";
    if (found != after.end()) {
      EXPECT_EQ(found->second, value) << key;
    }
  }
  EXPECT_GT(compared, 60);  // the profile alone has about 25
}

TEST_P(MetadataOf, IsCorrectedForTheUprightPicture) {
  const auto [before, after] = saved({});
  EXPECT_EQ(before.at("[IFD0]Orientation"), "6");
  EXPECT_EQ(after.at("[IFD0]Orientation"), "1");
  EXPECT_EQ(after.at("[XMP-tiff]Orientation"), "1");
  EXPECT_EQ(after.at("[ExifIFD]ExifImageWidth"), "48");
  EXPECT_EQ(after.at("[ExifIFD]ExifImageHeight"), "64");
  for (const auto& [key, value] : after) EXPECT_FALSE(key.starts_with("[IFD1]")) << key;
}

TEST_P(MetadataOf, WithoutLocationKeepsAllTheRest) {
  const auto [before, after] = saved({.strip_location = true});
  int places = 0;
  for (const auto& [key, value] : before) {
    if (!is_of_metadata(key) || may_change(key)) continue;
    if (tells_place(key)) {
      ++places;
      EXPECT_FALSE(after.contains(key)) << key;
    } else {
      EXPECT_TRUE(after.contains(key)) << key << " is lost";
      if (after.contains(key)) {
        EXPECT_EQ(after.at(key), value) << key;
      }
    }
  }
  EXPECT_GE(places, has_iptc(GetParam()) ? 20 : 15);
  for (const auto& [key, value] : after) {
    EXPECT_FALSE(tells_place(key)) << key;
    for (std::string_view word : {"Berlin", "Tiergarten", "Germany", "52.52"}) {
      EXPECT_EQ(value.find(word), std::string::npos) << key << " = " << value;
    }
  }
}

TEST_P(MetadataOf, WithoutLocationLeavesNoByteOfIt) {
  saved({.strip_location = true});
  const ByteVector file = testing::read_bytes(folder_ / ("out" + extension(GetParam())));
  ASSERT_FALSE(file.empty());
  for (std::string_view word : {"Berlin", "Tiergarten", "Germany", "2026:05:01\0"}) {
    EXPECT_EQ(as_text(file).find(word) == std::string_view::npos, word != "2026:05:01") << word;
  }
}

INSTANTIATE_TEST_SUITE_P(EveryContainer, MetadataOf,
                         ::testing::Values(Container::kJpeg, Container::kPng, Container::kTiff,
                                           Container::kWebp));

TEST(Conversion, CarriesMetadataFromEveryContainerToEveryOther) {
  if (!testing::has_exiftool()) GTEST_SKIP() << "exiftool is not installed";
  constexpr Container kAll[] = {Container::kJpeg, Container::kPng, Container::kTiff,
                                Container::kWebp};
  for (const Container from : kAll) {
    testing::TemporaryFolder folder;
    const auto loaded = load_image(tagged_file(folder, from), {});
    ASSERT_TRUE(loaded) << loaded.error().message;
    for (const Container to : kAll) {
      const auto out = folder / ("converted" + extension(to));
      ASSERT_TRUE(save_image(loaded->image, loaded->source, out, {}));
      const Tags tags = tags_of(out);
      const std::string what = fmt::format("{} to {}", container_name(from), container_name(to));
      for (const auto& [key, value] : Tags{{"[IFD0]Make", "Pawmera"},
                                           {"[ExifIFD]ISO", "200"},
                                           {"[ExifIFD]FNumber", "2.8"},
                                           {"[XMP-dc]Title", "Dog at a fence"},
                                           {"[IFD0]Orientation", "1"}}) {
        ASSERT_TRUE(tags.contains(key)) << what << ": " << key;
        EXPECT_EQ(tags.at(key), value) << what;
      }
      EXPECT_TRUE(tags.contains("[ICC-header]ProfileClass")) << what;
      if (has_iptc(from) && has_iptc(to)) {
        EXPECT_EQ(tags.at("[IPTC]ObjectName"), "Dog") << what;
      }
    }
  }
}

TEST(Density, IsKeptExactlyInItsOwnUnit) {
  struct Row {
    Container container;
    Density density;
  };
  for (const auto& [container, density] :
       {Row{Container::kJpeg, {DensityUnit::kInch, 300, 150}},
        Row{Container::kJpeg, {DensityUnit::kCentimetre, 118, 118}},
        Row{Container::kJpeg, {DensityUnit::kNone, 4, 3}},
        Row{Container::kPng, {DensityUnit::kMetre, 2835, 11811}},
        Row{Container::kPng, {DensityUnit::kNone, 2, 1}},
        Row{Container::kTiff, {DensityUnit::kInch, 72, 300}},
        Row{Container::kTiff, {DensityUnit::kCentimetre, 28.35, 118.11}},
        Row{Container::kTiff, {DensityUnit::kNone, 1, 1}}}) {
    Metadata metadata;
    metadata.density = density;
    const auto loaded = load_image_bytes(
        testing::encoded(testing::smooth(16, 16, 3), container, metadata), "x", {});
    ASSERT_TRUE(loaded);
    ASSERT_TRUE(loaded->source.metadata.density);
    EXPECT_EQ(loaded->source.metadata.density->unit, density.unit) << container_name(container);
    EXPECT_DOUBLE_EQ(loaded->source.metadata.density->x, density.x);
    EXPECT_DOUBLE_EQ(loaded->source.metadata.density->y, density.y);
  }
}

TEST(Density, IsConvertedBetweenContainers) {
  Metadata metadata;
  metadata.density = Density{DensityUnit::kInch, 300, 300};
  const auto jpeg = load_image_bytes(
      testing::encoded(testing::smooth(16, 16, 3), Container::kJpeg, metadata), "x", {});
  const auto png = encode_image(jpeg->image, jpeg->source, Container::kPng, {});
  const auto loaded = load_image_bytes(png->bytes, "x", {});
  EXPECT_EQ(loaded->source.metadata.density->unit, DensityUnit::kMetre);
  EXPECT_EQ(loaded->source.metadata.density->x, 11811);
  const auto back = encode_image(loaded->image, loaded->source, Container::kJpeg, {});
  EXPECT_EQ(load_image_bytes(back->bytes, "x", {})->source.metadata.density->x, 300);
}

TEST(PngChunks, ForTextAndColourAreKept) {
  const std::vector<testing::PngChunkToWrite> chunks = {
      {"gAMA", {0, 0, 0xB1, 0x8F}}, {"tEXt", {'A', 0, 'b'}}, {"tIME", {7, 0xE8, 1, 2, 3, 4, 5}}};
  const ByteVector file = testing::png_file(2, 1, 8, 0, ByteVector{1, 2}, chunks);
  const auto loaded = load_image_bytes(file, "x", {});
  ASSERT_TRUE(loaded);
  const auto saved = encode_image(loaded->image, loaded->source, Container::kPng, {});
  ASSERT_TRUE(saved);
  const auto again = load_image_bytes(saved->bytes, "x", {});
  EXPECT_EQ(again->source.metadata.png_chunks, loaded->source.metadata.png_chunks);
  EXPECT_EQ(again->source.metadata.png_chunks.size(), 3 * 12 + 4 + 3 + 7u);
}

TEST(PngChunks, ThatTellAPlaceGoWithTheLocation) {
  ByteVector raw, comment;
  append(raw, std::string_view("Raw profile type exif\0\0x", 24));
  append(comment, std::string_view("Comment\0dog", 11));
  const ByteVector file =
      testing::png_file(2, 1, 8, 0, ByteVector{1, 2}, {{"zTXt", raw}, {"tEXt", comment}});
  const auto loaded = load_image_bytes(file, "x", {});
  const auto saved =
      encode_image(loaded->image, loaded->source, Container::kPng, {.strip_location = true});
  ASSERT_TRUE(saved);
  EXPECT_EQ(as_text(saved->bytes).find("Raw profile"), std::string_view::npos);
  EXPECT_NE(as_text(saved->bytes).find("Comment"), std::string_view::npos);
}

TEST(IccProfile, ThatIsLongIsSplitOverSegmentsAndJoined) {
  Metadata metadata;
  metadata.icc = srgb_profile();
  metadata.icc.resize(200'000, 7);
  put_number(metadata.icc, 0, 200'000, 4, ByteOrder::kBig);
  for (const Container container :
       {Container::kJpeg, Container::kPng, Container::kTiff, Container::kWebp}) {
    const auto loaded = load_image_bytes(
        testing::encoded(testing::smooth(16, 16, 3), container, metadata), "x", {});
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->source.metadata.icc, metadata.icc) << container_name(container);
  }
}

TEST(IccProfile, ThatIsDamagedIsDroppedWithANotice) {
  Metadata metadata;
  metadata.icc = ByteVector(200, 1);
  const auto loaded = load_image_bytes(
      testing::encoded(testing::smooth(16, 16, 3), Container::kJpeg, metadata), "x", {});
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(loaded->source.metadata.icc.empty());
  EXPECT_THAT(loaded->notices, ::testing::ElementsAre(HasSubstr("profile")));
}

}  // namespace
}  // namespace pawfect
