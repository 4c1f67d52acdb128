#include "image/exif_tree.h"

#include <algorithm>
#include <array>

#include "image/tiff_parts.h"

namespace pawfect {
namespace {

constexpr int kMaxEntries = 500;  // in one directory; cameras write about 60
constexpr std::size_t kMaxValue = 65'536;
constexpr std::uint16_t kInterop = 0xA005;

// Entries that tell how pixels are stored, point to other parts of the file, or are carried
// elsewhere (XMP, IPTC, Photoshop resources, ICC); and DNG's range, and Photoshop's layers.
bool is_structural(std::uint16_t tag) {
  constexpr std::array<std::uint16_t, 55> kTags = {
      254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 277,  278,
      279, 280, 281, 284, 288, 289, 290, 291, 292, 293, 297, 301, 317,  320,
      321, 322, 323, 324, 325, 326, 327, 328, 330, 332, 333, 334, 336,  337,
      338, 339, 340, 341, 347, 400, 529, 530, 531, 532, 559, 700, 37724};
  if (std::find(kTags.begin(), kTags.end(), tag) != kTags.end()) return true;
  return (tag >= 512 && tag <= 521) || tag == tiff_tag::kIptc || tag == tiff_tag::kPhotoshop ||
         tag == tiff_tag::kExif || tag == tiff_tag::kIcc || tag == tiff_tag::kGps ||
         tag == kInterop || (tag >= 50706 && tag <= 51200);
}

std::vector<ExifEntry> read_directory(const TiffView& view, std::uint32_t at) {
  std::vector<ExifEntry> entries;
  const int count = std::min(view.entry_count(at).value_or(0), kMaxEntries);
  for (int i = 0; i < count; ++i) {
    const TiffEntry entry = view.entry(at, i);
    if (entry.value.empty() || entry.value.size() > kMaxValue || is_structural(entry.tag)) continue;
    entries.push_back(
        {entry.tag, entry.type, entry.count, {entry.value.begin(), entry.value.end()}});
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const ExifEntry& a, const ExifEntry& b) { return a.tag < b.tag; });
  const auto last =
      std::unique(entries.begin(), entries.end(),
                  [](const ExifEntry& a, const ExifEntry& b) { return a.tag == b.tag; });
  entries.erase(last, entries.end());
  return entries;
}

std::uint32_t pointer_in(const TiffView& view, std::uint32_t directory, std::uint16_t tag) {
  const auto entry = view.find(directory, tag);
  return entry ? view.number(*entry).value_or(0) : 0;
}

ExifEntry pointer_entry(std::uint16_t tag, std::uint32_t offset, ByteOrder order) {
  ExifEntry entry{tag, 4, 1, ByteVector(4)};
  put_number(entry.value, 0, offset, 4, order);
  return entry;
}

void insert_sorted(std::vector<ExifEntry>& entries, ExifEntry entry) {
  const auto place = std::find_if(entries.begin(), entries.end(),
                                  [&](const ExifEntry& e) { return e.tag >= entry.tag; });
  entries.insert(place, std::move(entry));
}

// Table, then the values that do not fit into their entries.
std::uint32_t append_directory(ByteVector& out, const std::vector<ExifEntry>& entries,
                               ByteOrder order) {
  if (out.size() & 1) out.push_back(0);
  const std::size_t at = out.size();
  std::size_t value_at = at + 2 + entries.size() * 12 + 4;
  append_number(out, std::uint32_t(entries.size()), 2, order);
  for (const ExifEntry& entry : entries) {
    append_number(out, entry.tag, 2, order);
    append_number(out, entry.type, 2, order);
    append_number(out, entry.count, 4, order);
    if (entry.value.size() <= 4) {
      append(out, entry.value);
      out.resize(out.size() + 4 - entry.value.size());
    } else {
      append_number(out, std::uint32_t(value_at), 4, order);
      value_at += entry.value.size() + (entry.value.size() & 1);
    }
  }
  append_number(out, 0, 4, order);
  for (const ExifEntry& entry : entries) {
    if (entry.value.size() <= 4) continue;
    append(out, entry.value);
    if (entry.value.size() & 1) out.push_back(0);
  }
  return std::uint32_t(at);
}

// Bytes that are swapped as one number when the byte order changes.
std::size_t swap_unit(std::uint16_t type) {
  switch (type) {
    case 3:
    case 8:
      return 2;
    case 4:
    case 5:
    case 9:
    case 10:
    case 11:
    case 13:
      return 4;
    case 12:
      return 8;
    default:
      return 1;
  }
}

}  // namespace

std::optional<ExifTree> read_exif_tree(ByteSpan bytes) {
  const auto view = TiffView::open(bytes);
  if (!view) return std::nullopt;
  ExifTree tree;
  tree.order = view->order();
  const std::uint32_t main = view->first_directory();
  const std::uint32_t camera = pointer_in(*view, main, tiff_tag::kExif);
  tree.main = read_directory(*view, main);
  tree.camera = read_directory(*view, camera);
  tree.gps = read_directory(*view, pointer_in(*view, main, tiff_tag::kGps));
  tree.interop = read_directory(*view, pointer_in(*view, camera, kInterop));
  return tree;
}

ExifTree little_endian(ExifTree tree) {
  if (tree.order == ByteOrder::kLittle) return tree;
  tree.order = ByteOrder::kLittle;
  for (auto* entries : {&tree.main, &tree.camera, &tree.gps, &tree.interop}) {
    for (ExifEntry& entry : *entries) {
      const std::size_t unit = swap_unit(entry.type);
      for (std::size_t at = 0; at + unit <= entry.value.size(); at += unit) {
        std::reverse(entry.value.begin() + std::ptrdiff_t(at),
                     entry.value.begin() + std::ptrdiff_t(at + unit));
      }
    }
  }
  return tree;
}

std::uint32_t append_exif_tree(ByteVector& out, const ExifTree& tree) {
  std::vector<ExifEntry> main = tree.main, camera = tree.camera;
  if (!tree.interop.empty()) {
    const std::uint32_t at = append_directory(out, tree.interop, tree.order);
    insert_sorted(camera, pointer_entry(kInterop, at, tree.order));
  }
  if (!camera.empty()) {
    const std::uint32_t at = append_directory(out, camera, tree.order);
    insert_sorted(main, pointer_entry(tiff_tag::kExif, at, tree.order));
  }
  if (!tree.gps.empty()) {
    const std::uint32_t at = append_directory(out, tree.gps, tree.order);
    insert_sorted(main, pointer_entry(tiff_tag::kGps, at, tree.order));
  }
  return append_directory(out, main, tree.order);
}

ByteVector write_exif_tree(const ExifTree& tree) {
  if (tree.is_empty()) return {};
  ByteVector out;
  append(out, tree.order == ByteOrder::kBig ? "MM" : "II");
  append_number(out, 42, 2, tree.order);
  append_number(out, 0, 4, tree.order);
  const std::uint32_t main = append_exif_tree(out, tree);
  put_number(out, 4, main, 4, tree.order);
  return out;
}

}  // namespace pawfect
