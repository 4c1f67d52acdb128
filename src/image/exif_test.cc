// EXIF blocks corrected in place.

#include "image/exif.h"

#include <gtest/gtest.h>

#include "image/test_files.h"
#include "image/tiff_parts.h"

namespace pawfect {
namespace {

using testing::longs;
using testing::shorts;
using testing::text_entry;

ExifEntry bytes_entry(std::uint16_t tag, std::uint16_t type, std::uint32_t count,
                      ByteVector value) {
  return {tag, type, count, std::move(value)};
}

// A camera's block: maker, orientation, dimensions, a maker note, a place.
ExifTree camera_tree(ByteOrder order) {
  ExifTree tree;
  tree.order = order;
  tree.main = {text_entry(0x010F, "Pawmera"), shorts(0x0112, {6}, order)};
  tree.camera = {
      bytes_entry(0x927C, 7, 12, {'m', 'a', 'k', 'e', 'r', ' ', 'n', 'o', 't', 'e', '!', '!'}),
      longs(0xA002, {4000}, order), shorts(0xA003, {3000}, order)};
  ByteVector degrees;
  for (std::uint32_t n : {52u, 1u, 31u, 1u, 12u, 1u}) append_number(degrees, n, 4, order);
  tree.gps = {text_entry(1, "N"), bytes_entry(2, 5, 3, degrees)};
  return tree;
}

// The block with a thumbnail directory and its picture behind it, linked from the main directory.
ByteVector with_thumbnail(ByteVector exif, ByteOrder order) {
  const auto view = TiffView::open(exif);
  const std::uint32_t main = view->first_directory();
  const int count = *view->entry_count(main);
  const std::size_t link = main + 2 + std::size_t(count) * 12;
  ExifTree thumbnail;
  thumbnail.order = order;
  const std::size_t at = (exif.size() + 1) & ~std::size_t{1};
  // Two entries: where the picture is and how long.
  thumbnail.main = {longs(0x0201, {std::uint32_t(at + 2 + 2 * 12 + 4)}, order),
                    longs(0x0202, {9}, order)};
  const std::uint32_t directory = append_exif_tree(exif, thumbnail);
  append(exif, "THUMBNAIL");
  put_number(exif, link, directory, 4, order);
  return exif;
}

bool contains(const ByteVector& bytes, std::string_view text) {
  return as_text(bytes).find(text) != std::string_view::npos;
}

class Exif : public ::testing::TestWithParam<ByteOrder> {};

TEST_P(Exif, GetsOrientationOneAndTheRightDimensions) {
  const ByteVector exif = write_exif_tree(camera_tree(GetParam()));
  EXPECT_EQ(exif_orientation(exif), 6);
  const auto edited = edited_exif(exif, {3000, 4000, false});
  ASSERT_TRUE(edited);
  EXPECT_EQ(exif_orientation(*edited), 1);
  const auto view = TiffView::open(*edited);
  const std::uint32_t camera = *view->number(*view->find(view->first_directory(), tiff_tag::kExif));
  EXPECT_EQ(view->number(*view->find(camera, 0xA002)), 3000u);
  EXPECT_EQ(view->number(*view->find(camera, 0xA003)), 4000u);
}

TEST_P(Exif, LosesItsThumbnailAndNothingElseMoves) {
  const ByteVector plain = write_exif_tree(camera_tree(GetParam()));
  const ByteVector exif = with_thumbnail(plain, GetParam());
  ASSERT_TRUE(contains(exif, "THUMBNAIL"));
  const auto edited = edited_exif(exif, {4000, 3000, false});
  ASSERT_TRUE(edited);
  EXPECT_FALSE(contains(*edited, "THUMBNAIL"));
  // Exactly the block that never had one, with its orientation set.
  EXPECT_EQ(*edited, *edited_exif(plain, {4000, 3000, false}));
  EXPECT_EQ(as_text(*edited).find("maker note!!"), as_text(exif).find("maker note!!"));
}

TEST_P(Exif, WithoutLocationHasNoTraceOfIt) {
  const ByteVector exif = write_exif_tree(camera_tree(GetParam()));
  const auto edited = edited_exif(exif, {4000, 3000, true});
  ASSERT_TRUE(edited);
  const auto tree = read_exif_tree(*edited);
  EXPECT_TRUE(tree->gps.empty());
  EXPECT_EQ(tree->main.size(), 2u);
  EXPECT_EQ(tree->camera.size(), 3u);
  ByteVector degrees;
  for (std::uint32_t n : {52u, 1u, 31u, 1u}) append_number(degrees, n, 4, GetParam());
  EXPECT_TRUE(contains(exif, as_text(degrees)));
  EXPECT_FALSE(contains(*edited, as_text(degrees)));
  EXPECT_TRUE(contains(*edited, "Pawmera"));
  EXPECT_EQ(as_text(*edited).find("maker note!!"), as_text(exif).find("maker note!!"));
}

TEST_P(Exif, EditedTwiceIsAsEditedOnce) {
  const auto once = edited_exif(
      with_thumbnail(write_exif_tree(camera_tree(GetParam())), GetParam()), {4, 3, true});
  ASSERT_TRUE(once);
  EXPECT_EQ(*edited_exif(*once, {4, 3, true}), *once);
}

INSTANTIATE_TEST_SUITE_P(BothByteOrders, Exif,
                         ::testing::Values(ByteOrder::kLittle, ByteOrder::kBig));

TEST(ExifEditing, SparesValuesThatTheThumbnailsDirectoryShares) {
  // Some writers let both directories point to one resolution.
  ExifTree tree;
  ByteVector rational;
  for (std::uint32_t n : {300u, 1u}) append_number(rational, n, 4, ByteOrder::kLittle);
  tree.main = {bytes_entry(0x011A, 5, 1, rational)};
  ByteVector exif = write_exif_tree(tree);
  const auto view = TiffView::open(exif);
  const std::size_t shared = view->find(view->first_directory(), 0x011A)->value_at;
  const std::uint32_t directory = std::uint32_t(exif.size());
  append(exif, ByteVector{1, 0, 0x1A, 0x01, 5, 0, 1, 0, 0, 0});
  append_number(exif, std::uint32_t(shared), 4, ByteOrder::kLittle);
  append_number(exif, 0, 4, ByteOrder::kLittle);
  put_number(exif, view->first_directory() + 14, directory, 4, ByteOrder::kLittle);
  const auto edited = edited_exif(exif, {1, 1, false});
  ASSERT_TRUE(edited);
  const auto after = TiffView::open(*edited);
  EXPECT_EQ(after->rational(*after->find(after->first_directory(), 0x011A)), 300.0);
}

TEST(ExifEditing, RefusesWhatIsNoExif) {
  EXPECT_FALSE(edited_exif({}, {}));
  EXPECT_FALSE(edited_exif(as_bytes("II*"), {}));
  EXPECT_FALSE(edited_exif(ByteVector(100), {}));
  ByteVector cut = write_exif_tree(camera_tree(ByteOrder::kLittle));
  put_number(cut, 4, 5000, 4, ByteOrder::kLittle);
  EXPECT_FALSE(edited_exif(cut, {}));
  EXPECT_EQ(exif_orientation(cut), 1);
}

TEST(ExifEditing, OfDirectoriesThatOverlapIsWholeOrRefused) {
  const ExifEdits edits{10, 10, true};
  int kept = 0, refused = 0;
  const ByteVector exif =
      with_thumbnail(write_exif_tree(camera_tree(ByteOrder::kLittle)), ByteOrder::kLittle);
  for (std::size_t at = 4; at + 4 <= exif.size(); ++at) {
    for (const std::uint32_t offset : {0u, 2u, 8u, 10u, 22u, 60u, 0xFFFFFFFFu}) {
      ByteVector bad = exif;
      put_number(bad, at, offset, 4, ByteOrder::kLittle);
      const auto edited = edited_exif(bad, edits);
      ++(edited ? kept : refused);
      if (!edited || edited->empty()) continue;
      EXPECT_EQ(edited_exif(*edited, edits), edited) << at << " " << offset;
      EXPECT_EQ(exif_orientation(*edited), 1);
      EXPECT_TRUE(read_exif_tree(*edited)->gps.empty());
    }
  }
  EXPECT_GT(kept, 100);
  EXPECT_GT(refused, 10);
}

TEST(ExifEditing, LeavesNothingOfABlockThatHeldOnlyAPlace) {
  ExifTree tree;
  tree.gps = {text_entry(1, "N")};
  EXPECT_EQ(edited_exif(write_exif_tree(tree), {1, 1, true}), ByteVector{});
}

TEST(ExifTreeReading, GivesBackWhatWasWritten) {
  for (const ByteOrder order : {ByteOrder::kLittle, ByteOrder::kBig}) {
    const ExifTree tree = camera_tree(order);
    const auto read = read_exif_tree(write_exif_tree(tree));
    ASSERT_TRUE(read);
    ASSERT_EQ(read->camera.size(), tree.camera.size());
    for (std::size_t i = 0; i < tree.camera.size(); ++i) {
      EXPECT_EQ(read->camera[i].tag, tree.camera[i].tag);
      EXPECT_EQ(read->camera[i].value, tree.camera[i].value);
    }
    const ExifTree little = little_endian(*read);
    EXPECT_EQ(number_at(little.main[1].value, 0, 2, ByteOrder::kLittle), 6u);
  }
}

}  // namespace
}  // namespace pawfect
