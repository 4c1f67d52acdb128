#include "image/iptc.h"

#include <algorithm>
#include <array>

namespace pawfect {
namespace {

constexpr std::uint16_t kIptcResource = 0x0404, kIptcDigest = 0x0425;
// Thumbnails (old, new), EXIF data 1 and 3, XMP: copies that would tell of the picture as it was.
constexpr std::array<std::uint16_t, 5> kStale = {0x0409, 0x040C, 0x0422, 0x0423, 0x0424};

// Record 2: content location code and name, city, sublocation, province/state, country code and
// name.
constexpr std::array<std::uint8_t, 7> kPlaces = {26, 27, 90, 92, 95, 100, 101};

struct Resource {
  std::uint16_t id = 0;
  ByteSpan head;  // signature, id and name
  ByteSpan data;
};

// "8BIM", id (2), name (length byte, text, padded to even), size (4), data padded to even.
class Resources {
 public:
  explicit Resources(ByteSpan block) : block_(block) {}

  std::optional<Resource> next() {
    if (!holds(block_, at_, 7) || !starts_with(part(block_, at_), "8BIM")) return std::nullopt;
    Resource resource;
    resource.id = be16(block_, at_ + 4);
    const std::size_t name = (std::size_t{block_[at_ + 6]} + 2) & ~std::size_t{1};
    if (!holds(block_, at_ + 6, name + 4)) return std::nullopt;
    const std::size_t length = be32(block_, at_ + 6 + name);
    const std::size_t data_at = at_ + 6 + name + 4;
    if (!holds(block_, data_at, length)) return std::nullopt;
    resource.head = block_.subspan(at_, 6 + name);
    resource.data = block_.subspan(data_at, length);
    at_ = data_at + length + (length & 1);
    return resource;
  }

 private:
  ByteSpan block_;
  std::size_t at_ = 0;
};

void append_resource(ByteVector& out, ByteSpan head, ByteSpan data) {
  append(out, head);
  append_number(out, std::uint32_t(data.size()), 4, ByteOrder::kBig);
  append(out, data);
  if (data.size() & 1) out.push_back(0);
}

}  // namespace

// Each data set: 0x1C, record, number, length (2 bytes); a length with its top bit set is an
// extended one.
std::optional<ByteVector> iptc_without_location(ByteSpan records) {
  ByteVector out;
  std::size_t at = 0;
  while (holds(records, at, 5) && records[at] == 0x1C) {
    std::size_t head = 5;
    std::size_t length = be16(records, at + 3);
    if (length & 0x8000) {
      const std::size_t count = length & 0x7FFF;
      if (count < 1 || count > 4 || !holds(records, at + 5, count)) return std::nullopt;
      length = number_at(records, at + 5, int(count), ByteOrder::kBig);
      head += count;
    }
    if (!holds(records, at + head, length)) return std::nullopt;
    const bool is_place = records[at + 1] == 2 && std::find(kPlaces.begin(), kPlaces.end(),
                                                            records[at + 2]) != kPlaces.end();
    if (!is_place) append(out, records.subspan(at, head + length));
    at += head + length;
  }
  // Only padding may follow.
  const ByteSpan rest = part(records, at);
  if (std::any_of(rest.begin(), rest.end(), [](std::uint8_t b) { return b != 0; }))
    return std::nullopt;
  return out;
}

ByteVector edited_photoshop(ByteSpan block, bool strip_location) {
  ByteVector out;
  Resources resources(block);
  while (const auto resource = resources.next()) {
    if (std::find(kStale.begin(), kStale.end(), resource->id) != kStale.end()) continue;
    if (strip_location && resource->id == kIptcDigest) continue;
    if (strip_location && resource->id == kIptcResource) {
      const auto stripped = iptc_without_location(resource->data);
      if (stripped && !stripped->empty()) append_resource(out, resource->head, *stripped);
      continue;
    }
    append_resource(out, resource->head, resource->data);
  }
  return out;
}

ByteSpan iptc_of_photoshop(ByteSpan block) {
  Resources resources(block);
  while (const auto resource = resources.next()) {
    if (resource->id == kIptcResource) return resource->data;
  }
  return {};
}

ByteVector photoshop_of_iptc(ByteSpan records) {
  ByteVector out;
  append_resource(out, as_bytes(std::string_view("8BIM\x04\x04\0\0", 8)), records);
  return out;
}

}  // namespace pawfect
