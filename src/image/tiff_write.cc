#include "image/tiff_write.h"

#include <algorithm>
#include <cmath>

#include "image/exif_tree.h"
#include "image/iptc.h"
#include "image/tiff_parts.h"

namespace pawfect {
namespace {

enum Type : std::uint16_t { kByte = 1, kShort = 3, kLong = 4, kRational = 5, kUndefined = 7 };

ExifEntry blob_entry(std::uint16_t tag, Type type, ByteSpan bytes) {
  return {tag, type, std::uint32_t(bytes.size()), {bytes.begin(), bytes.end()}};
}

ExifEntry short_entry(std::uint16_t tag, std::uint32_t value) {
  ExifEntry entry{tag, kShort, 1, ByteVector(2)};
  put_number(entry.value, 0, value, 2, ByteOrder::kLittle);
  return entry;
}

// IPTC is declared as LONG by long custom, its bytes in file order.
ExifEntry iptc_entry(ByteSpan records) {
  ByteVector padded(records.begin(), records.end());
  padded.resize((padded.size() + 3) / 4 * 4);
  const auto count = std::uint32_t(padded.size() / 4);
  return {tiff_tag::kIptc, kLong, count, std::move(padded)};
}

ExifEntry rational_entry(std::uint16_t tag, double value) {
  const double below = value == std::round(value) ? 1 : 10'000;
  ExifEntry entry{tag, kRational, 1, ByteVector(8)};
  const double above = std::clamp(std::round(value * below), 1.0, 4294967295.0);
  put_number(entry.value, 0, std::uint32_t(above), 4, ByteOrder::kLittle);
  put_number(entry.value, 4, std::uint32_t(below), 4, ByteOrder::kLittle);
  return entry;
}

// The later entry of two with one tag wins.
void add(std::vector<ExifEntry>& entries, ExifEntry entry) {
  std::erase_if(entries, [&](const ExifEntry& e) { return e.tag == entry.tag; });
  entries.push_back(std::move(entry));
}

std::vector<ExifEntry> entries_of_encoded(const TiffView& view) {
  std::vector<ExifEntry> entries;
  const std::uint32_t at = view.first_directory();
  const int count = view.entry_count(at).value_or(0);
  for (int i = 0; i < count; ++i) {
    const TiffEntry entry = view.entry(at, i);
    const bool is_density = entry.tag == tiff_tag::kXResolution ||
                            entry.tag == tiff_tag::kYResolution ||
                            entry.tag == tiff_tag::kResolutionUnit;
    if (is_density) continue;
    entries.push_back(
        {entry.tag, entry.type, entry.count, {entry.value.begin(), entry.value.end()}});
  }
  return entries;
}

void add_density(std::vector<ExifEntry>& entries, const Density& density) {
  double scale = 1;
  std::uint32_t unit = 1;
  if (density.unit == DensityUnit::kInch) unit = 2;
  if (density.unit == DensityUnit::kCentimetre) unit = 3;
  if (density.unit == DensityUnit::kMetre) {
    unit = 3;
    scale = 0.01;
  }
  add(entries, rational_entry(tiff_tag::kXResolution, density.x * scale));
  add(entries, rational_entry(tiff_tag::kYResolution, density.y * scale));
  add(entries, short_entry(tiff_tag::kResolutionUnit, unit));
}

}  // namespace

ByteVector tiff_with_metadata(ByteVector encoded, const Metadata& metadata, bool is_premultiplied) {
  const auto view = TiffView::open(encoded);
  if (!view || view->order() != ByteOrder::kLittle) return encoded;
  ExifTree tree;
  if (auto described = read_exif_tree(metadata.exif)) tree = little_endian(std::move(*described));
  // What the file says of its own pixels stands above what EXIF says of them.
  for (ExifEntry& entry : entries_of_encoded(*view)) add(tree.main, std::move(entry));
  if (metadata.density) add_density(tree.main, *metadata.density);
  add(tree.main, short_entry(tiff_tag::kOrientation, 1));
  if (!metadata.icc.empty()) add(tree.main, blob_entry(tiff_tag::kIcc, kUndefined, metadata.icc));
  if (!metadata.xmp.empty()) add(tree.main, blob_entry(tiff_tag::kXmp, kByte, metadata.xmp));
  if (!metadata.photoshop.empty()) {
    add(tree.main, blob_entry(tiff_tag::kPhotoshop, kByte, metadata.photoshop));
  }
  const ByteSpan iptc =
      metadata.iptc.empty() ? iptc_of_photoshop(metadata.photoshop) : ByteSpan(metadata.iptc);
  if (!iptc.empty()) add(tree.main, iptc_entry(iptc));
  if (is_premultiplied && view->find(view->first_directory(), tiff_tag::kExtraSamples)) {
    add(tree.main, short_entry(tiff_tag::kExtraSamples, 1));
  }
  std::sort(tree.main.begin(), tree.main.end(),
            [](const ExifEntry& a, const ExifEntry& b) { return a.tag < b.tag; });
  const std::uint32_t first = append_exif_tree(encoded, tree);
  put_number(encoded, 4, first, 4, ByteOrder::kLittle);
  return encoded;
}

}  // namespace pawfect
