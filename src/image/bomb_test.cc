// Decompression bombs cost no memory: each is read in a child process whose peak is looked at.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <functional>

#include "image/test_files.h"

namespace pawfect {
namespace {

using namespace std::string_view_literals;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMemoryMeansSomething = false;  // shadow memory and quarantine
#else
constexpr bool kMemoryMeansSomething = true;
#endif

constexpr long kAllowedKib = 4 * 1024;

long peak_kib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

// KiB that the child's peak grew while it read the file, and whether it was refused.
struct Outcome {
  long grown = 0;
  bool is_refused = false;
};

Outcome read_in_child(const ByteVector& file) {
  int ends[2];
  if (pipe(ends) != 0) return {};
  const pid_t child = fork();
  if (child == 0) {
    // What starting libvips takes is not the file's doing.
    const ByteVector ok = testing::png_file(1, 1, 8, 0, ByteVector{1});
    if (!load_image_bytes(ok, "warm", {})) _exit(1);
    const long before = peak_kib();
    Outcome outcome;
    outcome.is_refused = !load_image_bytes(file, "bomb", {}).has_value();
    outcome.grown = peak_kib() - before;
    const bool is_told = write(ends[1], &outcome, sizeof outcome) == sizeof outcome;
    _exit(is_told ? 0 : 1);
  }
  Outcome outcome{1L << 40, false};
  const bool is_told = read(ends[0], &outcome, sizeof outcome) == sizeof outcome;
  int status = 0;
  waitpid(child, &status, 0);
  close(ends[0]);
  close(ends[1]);
  EXPECT_TRUE(is_told && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  return outcome;
}

void expect_cheap(const ByteVector& file, bool is_refused, const char* what) {
  const Outcome outcome = read_in_child(file);
  EXPECT_EQ(outcome.is_refused, is_refused) << what;
  if (kMemoryMeansSomething) {
    EXPECT_LT(outcome.grown, kAllowedKib) << what;
  }
}

// `count` zero bytes as a zlib stream of about a thousandth of that.
ByteVector packed_zeros(std::size_t count) { return deflated(ByteVector(count)); }

TEST(Bombs, OfSizeAreRefusedBeforeAnyPixelBuffer) {
  ByteVector header_only;
  append(header_only, kPngSignature);
  testing::add_png_chunk(header_only, "IHDR", testing::png_header(50'000, 50'000, 8, 6));
  ByteVector whole = header_only;
  testing::add_png_chunk(whole, "IDAT", packed_zeros(1'000'000));
  testing::add_png_chunk(whole, "IEND", {});
  expect_cheap(header_only, true, "50000 x 50000, header only");
  expect_cheap(whole, true, "50000 x 50000 with data");

  ByteVector line;
  append(line, kPngSignature);
  testing::add_png_chunk(line, "IHDR", testing::png_header(60'000'000, 1, 8, 0));
  testing::add_png_chunk(line, "IDAT", packed_zeros(60'000'001));
  testing::add_png_chunk(line, "IEND", {});
  expect_cheap(line, true, "one pixel high");

  // Within the limits, but the data cannot possibly be enough.
  ByteVector hollow;
  append(hollow, kPngSignature);
  testing::add_png_chunk(hollow, "IHDR", testing::png_header(8'000, 8'000, 16, 6));
  testing::add_png_chunk(hollow, "IDAT", packed_zeros(1'000'000));
  testing::add_png_chunk(hollow, "IEND", {});
  expect_cheap(hollow, true, "8000 x 8000 without data");
}

TEST(Bombs, InJpegAndTiffHeadersAreRefused) {
  ByteVector jpeg = testing::encoded(testing::smooth(16, 16, 3), Container::kJpeg);
  for (std::size_t at = 0; at + 9 < jpeg.size(); ++at) {
    if (jpeg[at] == 0xFF && jpeg[at + 1] == 0xC0)
      put_number(jpeg, at + 5, 0x1F401F40, 4, ByteOrder::kBig);
  }
  expect_cheap(jpeg, true, "a JPEG that says 8000 x 8000");

  auto entries = testing::tiff_entries(8'000, 8'000, 16, 4, 2);
  expect_cheap(testing::tiff_file(entries, ByteVector(100)), true, "a TIFF that says 8000 x 8000");
  auto tiled = testing::tiff_entries(1, 1, 8, 3, 2);
  tiled.push_back(testing::longs(322, {16'000}));
  tiled.push_back(testing::longs(323, {16'000}));
  tiled.push_back(testing::longs(324, {8}));
  tiled.push_back(testing::longs(325, {100}));
  expect_cheap(testing::tiff_file(tiled, ByteVector(100)), true,
               "a TIFF of one pixel in a huge tile");
}

TEST(Bombs, InMetadataAreNotUnpacked) {
  const ByteVector rows = {1, 2, 3, 4};
  const auto with = [&](std::string_view type, std::string_view head) {
    ByteVector payload;
    append(payload, head);
    append(payload, packed_zeros(200'000'000));
    return testing::png_file(2, 2, 8, 0, rows, {{type, payload}});
  };
  expect_cheap(with("zTXt", "Comment\0\0"sv), false, "zTXt");
  expect_cheap(with("iTXt", "Comment\0\1\0\0\0"sv), false, "iTXt");
  // These two are unpacked, up to their limits.
  const Outcome icc = read_in_child(with("iCCP", "icc\0\0"sv));
  const Outcome xmp = read_in_child(with("iTXt", "XML:com.adobe.xmp\0\1\0\0\0"sv));
  EXPECT_FALSE(icc.is_refused);
  EXPECT_FALSE(xmp.is_refused);
  if (kMemoryMeansSomething) {
    EXPECT_LT(icc.grown, 20 * 1024);
    EXPECT_LT(xmp.grown, 12 * 1024);
  }
}

TEST(Bombs, OfManySmallPartsAreRefused) {
  ByteVector chunks;
  append(chunks, kPngSignature);
  testing::add_png_chunk(chunks, "IHDR", testing::png_header(2, 2, 8, 0));
  for (int i = 0; i < 100'000; ++i) testing::add_png_chunk(chunks, "tEXt", {});
  testing::add_png_chunk(chunks, "IDAT", packed_zeros(6));
  testing::add_png_chunk(chunks, "IEND", {});
  expect_cheap(chunks, true, "many text chunks");

  ByteVector data;
  append(data, kPngSignature);
  testing::add_png_chunk(data, "IHDR", testing::png_header(2, 2, 8, 0));
  for (int i = 0; i < 100'000; ++i) testing::add_png_chunk(data, "IDAT", {});
  testing::add_png_chunk(data, "IEND", {});
  expect_cheap(data, true, "many data chunks");

  const ByteVector jpeg = testing::encoded(testing::smooth(16, 16, 3), Container::kJpeg);
  ByteVector segments(jpeg.begin(), jpeg.begin() + 2);
  for (int i = 0; i < 100'000; ++i) append(segments, "\xFF\xFE\0\2"sv);
  append(segments, part(jpeg, 2));
  expect_cheap(segments, true, "many comments");
}

TEST(Bombs, OfManyScansAreRefused) {
  SourceInfo source;
  source.container = Container::kJpeg;
  source.jpeg = JpegCoding{.channels = 3, .is_progressive = true};
  source.jpeg_quality = 80;
  const auto saved =
      encode_image(testing::smooth(16, 16, 3), source, Container::kJpeg, {.jpeg_quality = 80});
  ASSERT_TRUE(saved);
  const ByteVector& file = saved->bytes;
  // The last scan again and again.
  std::size_t last = 0;
  for (std::size_t at = 0; at + 1 < file.size(); ++at) {
    if (file[at] == 0xFF && file[at + 1] == 0xDA) last = at;
  }
  ByteVector bomb(file.begin(), file.end() - 2);
  const ByteVector scan(file.begin() + std::ptrdiff_t(last), file.end() - 2);
  for (int i = 0; i < 1'000; ++i) append(bomb, scan);
  append(bomb, "\xFF\xD9");
  expect_cheap(bomb, true, "many scans");
}

}  // namespace
}  // namespace pawfect
