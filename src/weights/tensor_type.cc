#include "weights/tensor_type.h"

#include <array>

#include "base/checked.h"

namespace pawfect {
namespace {

struct Layout {
  std::string_view name;
  int elements;       // in a block
  std::size_t bytes;  // of a block
};

// In the order of TensorType. The block layouts are those of ggml-common.h: a scale of two bytes
// (two of them in the _1 and _K types), then the packed quants; K blocks carry their sub-scales.
constexpr std::array<Layout, 18> kLayouts = {{
    {"F32", 1, 4},
    {"F16", 1, 2},
    {"BF16", 1, 2},
    {"F64", 1, 8},
    {"Q4_0", 32, 18},
    {"Q4_1", 32, 20},
    {"Q5_0", 32, 22},
    {"Q5_1", 32, 24},
    {"Q8_0", 32, 34},
    {"Q4_K", 256, 144},
    {"Q5_K", 256, 176},
    {"Q6_K", 256, 210},
    {"I8", 1, 1},
    {"I16", 1, 2},
    {"I32", 1, 4},
    {"I64", 1, 8},
    {"U8", 1, 1},
    {"BOOL", 1, 1},
}};

const Layout& layout(TensorType type) { return kLayouts[static_cast<std::size_t>(type)]; }

}  // namespace

std::string_view type_name(TensorType type) { return layout(type).name; }

int block_size(TensorType type) { return layout(type).elements; }

std::size_t block_bytes(TensorType type) { return layout(type).bytes; }

std::optional<std::uint64_t> element_count(std::span<const std::int64_t> shape) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) {
    if (extent < 1) return std::nullopt;
    const auto product = checked_multiply(count, extent);
    if (!product) return std::nullopt;
    count = *product;
  }
  return static_cast<std::uint64_t>(count);
}

std::optional<std::uint64_t> tensor_bytes(TensorType type, std::uint64_t elements) {
  const Layout& form = layout(type);
  return checked_multiply<std::uint64_t>(elements / static_cast<std::uint64_t>(form.elements),
                                         form.bytes);
}

}  // namespace pawfect
