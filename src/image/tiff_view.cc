#include <algorithm>

#include "image/tiff_parts.h"

namespace pawfect {

// A directory: count (2 bytes), entries of 12 bytes (tag, type, count, value or its offset), offset
// of the next directory (4 bytes).

int tiff_type_size(std::uint16_t type) {
  constexpr std::uint8_t kSizes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4};
  return type < std::size(kSizes) ? kSizes[type] : 0;
}

std::optional<TiffView> TiffView::open(ByteSpan bytes) {
  if (bytes.size() < 8) return std::nullopt;
  ByteOrder order;
  if (starts_with(bytes, "II")) {
    order = ByteOrder::kLittle;
  } else if (starts_with(bytes, "MM")) {
    order = ByteOrder::kBig;
  } else {
    return std::nullopt;
  }
  if (number_at(bytes, 2, 2, order) != 42) return std::nullopt;
  return TiffView(bytes, order, number_at(bytes, 4, 4, order));
}

std::optional<int> TiffView::entry_count(std::uint32_t offset) const {
  if (offset < 8 || !holds(bytes_, offset, 2)) return std::nullopt;
  const int count = int(number_at(bytes_, offset, 2, order_));
  if (!holds(bytes_, std::size_t{offset} + 2, std::size_t(count) * 12)) return std::nullopt;
  return count;
}

TiffEntry TiffView::entry(std::uint32_t offset, int index) const {
  const std::size_t at = std::size_t{offset} + 2 + std::size_t(index) * 12;
  TiffEntry entry;
  entry.tag = std::uint16_t(number_at(bytes_, at, 2, order_));
  entry.type = std::uint16_t(number_at(bytes_, at + 2, 2, order_));
  entry.count = number_at(bytes_, at + 4, 4, order_);
  const std::uint64_t size = std::uint64_t{entry.count} * std::uint64_t(tiff_type_size(entry.type));
  if (size == 0) return entry;
  entry.value_at = size <= 4 ? at + 8 : number_at(bytes_, at + 8, 4, order_);
  if (size > bytes_.size() || !holds(bytes_, entry.value_at, std::size_t(size))) return entry;
  entry.value = bytes_.subspan(entry.value_at, std::size_t(size));
  return entry;
}

std::optional<TiffEntry> TiffView::find(std::uint32_t offset, std::uint16_t tag) const {
  const int count = entry_count(offset).value_or(0);
  for (int i = 0; i < count; ++i) {
    const std::size_t at = std::size_t{offset} + 2 + std::size_t(i) * 12;
    if (number_at(bytes_, at, 2, order_) == tag) return entry(offset, i);
  }
  return std::nullopt;
}

std::uint32_t TiffView::next_directory(std::uint32_t offset) const {
  const auto count = entry_count(offset);
  if (!count) return 0;
  const std::size_t at = std::size_t{offset} + 2 + std::size_t(*count) * 12;
  return holds(bytes_, at, 4) ? number_at(bytes_, at, 4, order_) : 0;
}

std::optional<std::uint32_t> TiffView::number(const TiffEntry& entry, std::uint32_t index) const {
  const bool is_whole = entry.type == 1 || entry.type == 3 || entry.type == 4 || entry.type == 6 ||
                        entry.type == 8 || entry.type == 9 || entry.type == 13;
  const int size = tiff_type_size(entry.type);
  if (!is_whole || !holds(entry.value, std::size_t{index} * std::size_t(size), std::size_t(size))) {
    return std::nullopt;
  }
  return number_at(entry.value, std::size_t{index} * std::size_t(size), size, order_);
}

std::optional<double> TiffView::rational(const TiffEntry& entry) const {
  if (entry.type != 5 || entry.value.size() < 8) return std::nullopt;
  const double above = number_at(entry.value, 0, 4, order_),
               below = number_at(entry.value, 4, 4, order_);
  if (below == 0) return std::nullopt;
  return above / below;
}

}  // namespace pawfect
