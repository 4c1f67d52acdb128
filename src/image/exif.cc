#include "image/exif.h"

#include <algorithm>
#include <array>

#include "image/tiff_parts.h"

namespace pawfect {
namespace {

constexpr std::uint16_t kThumbnailAt = 0x0201, kThumbnailLength = 0x0202;
constexpr std::uint16_t kExifWidth = 0xA002, kExifHeight = 0xA003, kInterop = 0xA005;
// GeoTIFF 1.1 and GDAL: where on the globe the picture lies.
constexpr std::array<std::uint16_t, 8> kGeoTiff = {33550, 33922, 34264, 34735,
                                                   34736, 34737, 42112, 42113};

struct Range {
  std::size_t begin, end;
};

// Sorted, without overlap.
std::vector<Range> merged(std::vector<Range> ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const Range& a, const Range& b) { return a.begin < b.begin; });
  std::vector<Range> out;
  for (const Range& range : ranges) {
    if (!out.empty() && range.begin <= out.back().end) {
      out.back().end = std::max(out.back().end, range.end);
    } else {
      out.push_back(range);
    }
  }
  return out;
}

// Writers share values between directories; what a kept one uses must survive. Both lists are
// merged.
std::vector<Range> without(const std::vector<Range>& erased, const std::vector<Range>& kept) {
  std::vector<Range> out;
  auto keep = kept.begin();
  for (Range range : erased) {
    while (keep != kept.end() && keep->end <= range.begin) ++keep;
    for (auto k = keep; k != kept.end() && k->begin < range.end; ++k) {
      if (k->begin > range.begin) out.push_back({range.begin, k->begin});
      range.begin = std::max(range.begin, k->end);
    }
    if (range.begin < range.end) out.push_back(range);
  }
  return out;
}

class ExifEditor {
 public:
  // The block with the edits; empty when it has no TIFF header.
  static std::optional<ByteVector> edit(ByteSpan exif, const ExifEdits& edits) {
    ByteVector bytes(exif.begin(), exif.end());
    const auto view = TiffView::open(bytes);
    if (!view) return std::nullopt;
    return ExifEditor(std::move(bytes), *view).run(edits);  // moved, the bytes stay in their place
  }

 private:
  ExifEditor(ByteVector bytes, TiffView view) : bytes_(std::move(bytes)), view_(view) {}

  ByteVector run(const ExifEdits& edits) {
    const std::uint32_t main = view_.first_directory();
    mark(kept_, 0, 8);  // the header
    drop_thumbnails(main);
    const std::uint32_t camera = directory_at(main, tiff_tag::kExif);
    const std::uint32_t interop = directory_at(camera, kInterop);
    set_number(main, tiff_tag::kOrientation, 1);
    set_number(main, tiff_tag::kWidth, std::uint32_t(edits.width));
    set_number(main, tiff_tag::kHeight, std::uint32_t(edits.height));
    set_number(camera, kExifWidth, std::uint32_t(edits.width));
    set_number(camera, kExifHeight, std::uint32_t(edits.height));
    for (const std::uint32_t directory : {main, camera, interop}) {
      if (edits.strip_location) drop_location(directory);
      keep_directory(directory);
      if (!edits.strip_location) keep_directory(directory_at(directory, tiff_tag::kGps));
    }
    erase();
    return std::move(bytes_);
  }

  std::uint32_t directory_at(std::uint32_t directory, std::uint16_t tag) const {
    const auto entry = view_.find(directory, tag);
    if (!entry) return 0;
    const std::uint32_t at = view_.number(*entry).value_or(0);
    return view_.entry_count(at) ? at : 0;
  }

  static std::size_t table_bytes(int count) { return 2 + std::size_t(count) * 12 + 4; }

  void mark(std::vector<Range>& list, std::size_t at, std::size_t length) {
    const std::size_t end = at < bytes_.size() ? at + std::min(length, bytes_.size() - at) : at;
    if (end > at) list.push_back({at, end});
  }

  void mark_directory(std::vector<Range>& list, std::uint32_t directory) {
    const int count = view_.entry_count(directory).value_or(0);
    if (count == 0) return;
    mark(list, directory, table_bytes(count));
    for (int i = 0; i < count; ++i) {
      const TiffEntry entry = view_.entry(directory, i);
      if (entry.value.size() > 4) mark(list, entry.value_at, entry.value.size());
    }
  }

  void keep_directory(std::uint32_t directory) {
    if (directory != 0) mark_directory(kept_, directory);
  }

  // The thumbnail's directory follows the main one; its picture is a JPEG or, seldom, plain strips.
  void drop_thumbnails(std::uint32_t main) {
    const int count = view_.entry_count(main).value_or(0);
    std::uint32_t directory = view_.next_directory(main);
    for (int guard = 0; directory != 0 && guard < 8; ++guard) {
      mark_directory(erased_, directory);
      mark_picture(directory, kThumbnailAt, kThumbnailLength);
      mark_picture(directory, tiff_tag::kStripOffsets, tiff_tag::kStripByteCounts);
      directory = view_.next_directory(directory);
    }
    const std::size_t next = std::size_t{main} + table_bytes(count) - 4;
    if (holds(bytes_, next, 4)) put_number(bytes_, next, 0, 4, view_.order());
  }

  void mark_picture(std::uint32_t directory, std::uint16_t at_tag, std::uint16_t length_tag) {
    const auto at = view_.find(directory, at_tag), length = view_.find(directory, length_tag);
    if (!at || !length) return;
    for (std::uint32_t i = 0; i < std::min<std::uint32_t>(at->count, 1024); ++i) {
      mark(erased_, view_.number(*at, i).value_or(0), view_.number(*length, i).value_or(0));
    }
  }

  void drop_location(std::uint32_t directory) {
    if (directory == 0) return;
    while (const auto gps = view_.find(directory, tiff_tag::kGps)) {
      const std::uint32_t at = view_.number(*gps).value_or(0);
      if (at != 0) mark_directory(erased_, at);
      remove_entry(directory, tiff_tag::kGps);
    }
    for (const std::uint16_t tag : kGeoTiff) {
      while (const auto entry = view_.find(directory, tag)) {
        if (entry->value.size() > 4) mark(erased_, entry->value_at, entry->value.size());
        remove_entry(directory, tag);
      }
    }
  }

  // Moves the entries behind it, and the offset of the next directory, up by one place.
  void remove_entry(std::uint32_t directory, std::uint16_t tag) {
    const int count = view_.entry_count(directory).value_or(0);
    for (int i = 0; i < count; ++i) {
      const std::size_t at = std::size_t{directory} + 2 + std::size_t(i) * 12;
      if (number_at(bytes_, at, 2, view_.order()) != tag) continue;
      const std::size_t end = std::min(bytes_.size(), std::size_t{directory} + table_bytes(count));
      std::copy(bytes_.begin() + std::ptrdiff_t(at + 12), bytes_.begin() + std::ptrdiff_t(end),
                bytes_.begin() + std::ptrdiff_t(at));
      std::fill(bytes_.begin() + std::ptrdiff_t(end - 12), bytes_.begin() + std::ptrdiff_t(end), 0);
      put_number(bytes_, directory, std::uint32_t(count - 1), 2, view_.order());
      return;
    }
  }

  // Every entry of the tag, since readers differ in which of two they believe.
  void set_number(std::uint32_t directory, std::uint16_t tag, std::uint32_t value) {
    const int count = view_.entry_count(directory).value_or(0);
    for (int i = 0; i < count; ++i) {
      const TiffEntry entry = view_.entry(directory, i);
      if (entry.tag != tag || !view_.number(entry) || entry.value.size() > 4) continue;
      put_number(bytes_, entry.value_at, value, tiff_type_size(entry.type), view_.order());
    }
  }

  // Zeroes what was dropped, and cuts it off where it was the end of the block.
  void erase() {
    const auto gone = without(merged(std::move(erased_)), merged(std::move(kept_)));
    for (const Range& range : gone) {
      std::fill(bytes_.begin() + std::ptrdiff_t(range.begin),
                bytes_.begin() + std::ptrdiff_t(range.end), 0);
    }
    constexpr std::size_t kPadding = 3;
    for (auto range = gone.rbegin(); range != gone.rend(); ++range) {
      if (range->end + kPadding < bytes_.size()) break;
      bytes_.resize(range->begin);
    }
  }

  ByteVector bytes_;
  TiffView view_;  // of bytes_, as they change; their number does not before the end
  std::vector<Range> erased_, kept_;
};

}  // namespace

int exif_orientation(ByteSpan exif) {
  const auto view = TiffView::open(exif);
  if (!view) return 1;
  const auto entry = view->find(view->first_directory(), tiff_tag::kOrientation);
  const bool is_inside = entry && entry->value.size() <= 4;  // one number, not an array elsewhere
  const std::uint32_t value = is_inside ? view->number(*entry).value_or(1) : 1;
  return value >= 1 && value <= 8 ? int(value) : 1;
}

std::optional<ByteVector> edited_exif(ByteSpan exif, const ExifEdits& edits) {
  const auto view = TiffView::open(exif);
  if (!view || exif.size() > kMaxExifBytes) return std::nullopt;
  if (view->entry_count(view->first_directory()).value_or(0) == 0) return std::nullopt;
  auto once = ExifEditor::edit(exif, edits);
  if (!once) return std::nullopt;
  // Directories that overlap can undo each other's correction; then nothing can be promised of the
  // block.
  const auto after = TiffView::open(*once);
  const auto left = after ? after->entry_count(after->first_directory()) : std::nullopt;
  if (left == 0) return ByteVector{};
  if (!left || ExifEditor::edit(*once, edits) != once) return std::nullopt;
  return once;
}

}  // namespace pawfect
