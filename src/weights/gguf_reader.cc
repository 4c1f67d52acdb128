#include "weights/gguf_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/checked.h"
#include "weights/byte_cursor.h"
#include "weights/gguf_types.h"
#include "weights/gguf_values.h"
#include "weights/printable.h"
#include "weights/tensor_names.h"

// The file, as ggml/docs/gguf.md describes it, all little-endian:
//   "GGUF", u32 version, u64 tensor count, u64 pair count,
//   pairs: string key, u32 type, value,
//   tensors: string name, u32 dimension count, u64 extents (innermost first), u32 type, u64 offset,
//   padding to `general.alignment` (32 when not given), then the data; offsets count from there.

namespace pawfect {
namespace {

constexpr std::uint64_t kMostDimensions = 4;
constexpr std::uint64_t kLeastPairBytes = 8 + 4 + 1;        // empty key, type, one byte
constexpr std::uint64_t kLeastTensorBytes = 8 + 4 + 4 + 8;  // empty name, no extents
constexpr std::uint64_t kUsualAlignment = 32;

struct Counts {
  std::uint64_t tensors;
  std::uint64_t pairs;
};

class GgufReader {
 public:
  GgufReader(std::span<const std::byte> file, std::string_view name, const WeightLimits& limits)
      : size_(file.size()), cursor_(file), name_(name), limits_(limits) {}

  Result<FileContents> read() {
    const auto counts = read_start();
    if (!counts) return std::unexpected(counts.error());
    FileContents contents;
    auto values = read_pairs(counts->pairs, contents.stored_pairs);
    if (!values) return std::unexpected(values.error());
    contents.metadata = Metadata(name_, std::move(*values));
    if (const auto done = read_alignment(contents.metadata); !done)
      return std::unexpected(done.error());
    if (const auto done = read_tensors(counts->tensors, contents.tensors); !done)
      return std::unexpected(done.error());
    if (const auto done = place_in_file(contents.tensors); !done)
      return std::unexpected(done.error());
    auto by_name = sorted_by_name(contents.tensors, name_);
    if (!by_name) return std::unexpected(by_name.error());
    contents.by_name = std::move(*by_name);
    return contents;
  }

 private:
  std::unexpected<Error> refuse(std::string_view why) const {
    return fail(ErrorCode::kModelMissing, fmt::format("{}: {}", name_, why));
  }

  std::unexpected<Error> refuse_tensor(std::string_view tensor, std::string_view why) const {
    return refuse(fmt::format("tensor '{}': {}", printable_name(tensor), why));
  }

  Result<Counts> read_start() {
    const auto magic = cursor_.take<std::uint32_t>();
    const auto version = cursor_.take<std::uint32_t>();
    const auto tensors = cursor_.take<std::uint64_t>();
    const auto pairs = cursor_.take<std::uint64_t>();
    if (!magic || *magic != 0x46554747U) return refuse("is not a GGUF file; give a .gguf file");
    if (!version) return ends_inside(name_, "its header");
    if (const std::uint32_t swapped = __builtin_bswap32(*version);
        swapped >= 1 && swapped <= 0xFFFF && *version > 0xFFFF) {
      return refuse(
          fmt::format("is a big-endian GGUF (version {}), and big-endian weights are not "
                      "taken; use the usual little-endian file",
                      swapped));
    }
    if (*version != 2 && *version != 3) {
      return refuse(
          fmt::format("is a GGUF of version {} where 2 or 3 is due; fetch or convert a "
                      "current file",
                      *version));
    }
    if (!tensors || !pairs) return ends_inside(name_, "its header");
    if (*tensors > limits_.max_tensors) {
      return refuse(
          fmt::format("claims {} tensors where at most {} are allowed; the file is "
                      "damaged or hostile: fetch it again",
                      *tensors, limits_.max_tensors));
    }
    if (*pairs > limits_.max_keys) {
      return refuse(
          fmt::format("claims {} metadata pairs where at most {} are allowed; the file "
                      "is damaged or hostile: fetch it again",
                      *pairs, limits_.max_keys));
    }
    // Both counts are below 2^32 now, so these sums do not wrap.
    if (*tensors * kLeastTensorBytes + *pairs * kLeastPairBytes > cursor_.left())
      return ends_inside(name_, "its header");
    return Counts{*tensors, *pairs};
  }

  Result<Metadata::Values> read_pairs(std::uint64_t count, std::vector<StoredPair>& stored) {
    Metadata::Values values;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::uint64_t begin = cursor_.offset();
      auto pair = read_gguf_pair(cursor_, name_, limits_);
      if (!pair) return std::unexpected(pair.error());
      const auto [place, is_new] = values.insert(std::move(*pair));
      if (!is_new) {
        return refuse(
            fmt::format("metadata '{}' stands in the file twice; the file is damaged or "
                        "hostile: fetch it again",
                        printable_name(place->first)));
      }
      stored.push_back({place->first, cursor_.taken_since(begin)});
    }
    return values;
  }

  Result<void> read_alignment(const Metadata& metadata) {
    if (!metadata.has("general.alignment")) return {};
    const auto alignment = metadata.integer("general.alignment");
    if (!alignment) return std::unexpected(alignment.error());
    const bool is_allowed = *alignment > 0 &&
                            std::has_single_bit(static_cast<std::uint64_t>(*alignment)) &&
                            static_cast<std::uint64_t>(*alignment) <= limits_.max_alignment;
    if (!is_allowed) {
      return refuse(
          fmt::format("metadata 'general.alignment' is {} where a power of two up to {} "
                      "is due; the file is damaged or hostile: fetch it again",
                      *alignment, limits_.max_alignment));
    }
    alignment_ = static_cast<std::uint64_t>(*alignment);
    return {};
  }

  Result<void> read_tensors(std::uint64_t count, std::vector<TensorInfo>& tensors) {
    tensors.reserve(count);
    for (std::uint64_t i = 0; i < count; ++i) {
      auto tensor = read_tensor();
      if (!tensor) return std::unexpected(tensor.error());
      tensors.push_back(std::move(*tensor));
    }
    return {};
  }

  // One entry; its offset still counts from the start of the data.
  Result<TensorInfo> read_tensor() {
    const auto stored = read_gguf_string(cursor_, limits_.max_name_bytes, name_, "a tensor name");
    if (!stored) return std::unexpected(stored.error());
    auto name = tensor_name(*stored, name_, limits_);
    if (!name) return std::unexpected(name.error());
    TensorInfo tensor;
    tensor.name = std::move(*name);
    const auto cut = [&] {
      return ends_inside(name_, fmt::format("the entry of tensor '{}'", tensor.name));
    };

    const auto dimensions = cursor_.take<std::uint32_t>();
    if (!dimensions) return cut();
    if (*dimensions > kMostDimensions) {
      return refuse_tensor(tensor.name, fmt::format("has {} dimensions where at most {} are "
                                                    "allowed; fetch or convert the file again",
                                                    *dimensions, kMostDimensions));
    }
    for (std::uint32_t i = 0; i < *dimensions; ++i) {
      const auto extent = cursor_.take<std::uint64_t>();
      if (!extent) return cut();
      if (*extent < 1 || *extent > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
        return refuse_tensor(tensor.name,
                             fmt::format("an extent of its shape is {} where 1 to 2^63-1 is due; "
                                         "fetch or convert the file again",
                                         *extent));
      }
      tensor.shape.push_back(static_cast<std::int64_t>(*extent));
    }
    const auto number = cursor_.take<std::uint32_t>();
    const auto offset = cursor_.take<std::uint64_t>();
    if (!number || !offset) return cut();
    const auto type = gguf_type(*number);
    if (!type) return refuse_tensor(tensor.name, gguf_type_refusal(*number));
    tensor.type = *type;
    tensor.offset = *offset;
    const auto bytes = bytes_of(tensor);
    if (!bytes) return std::unexpected(bytes.error());
    tensor.bytes = *bytes;
    return tensor;
  }

  Result<std::uint64_t> bytes_of(const TensorInfo& tensor) const {
    const std::int64_t row = tensor.shape.empty() ? 1 : tensor.shape.front();
    if (row % block_size(tensor.type) != 0) {
      return refuse_tensor(tensor.name,
                           fmt::format("its rows of {} elements are not whole blocks of {} as {} "
                                       "has them; fetch or convert the file again",
                                       row, block_size(tensor.type), type_name(tensor.type)));
    }
    const auto elements = element_count(tensor.shape);
    const auto bytes = elements ? tensor_bytes(tensor.type, *elements) : std::nullopt;
    if (!bytes) {
      return refuse_tensor(tensor.name,
                           fmt::format("its shape [{}] is larger than any file; the file is "
                                       "damaged or hostile: fetch it again",
                                       fmt::join(tensor.shape, ", ")));
    }
    return *bytes;
  }

  // Turns offsets into places in the file: each aligned, inside the file, on bytes of its own.
  Result<void> place_in_file(std::vector<TensorInfo>& tensors) const {
    // At most `size_` plus 64 KiB, and a file's size has 63 bits.
    const std::uint64_t data = (cursor_.offset() + alignment_ - 1) / alignment_ * alignment_;
    for (TensorInfo& tensor : tensors) {
      if (tensor.offset % alignment_ != 0) {
        return refuse_tensor(tensor.name,
                             fmt::format("its offset {} is not a multiple of the alignment {}; "
                                         "fetch or convert the file again",
                                         tensor.offset, alignment_));
      }
      const auto begin = checked_add(data, tensor.offset);
      const auto end = begin ? checked_add(*begin, tensor.bytes) : std::nullopt;
      if (!end) {
        return refuse_tensor(tensor.name, fmt::format("its offset {} leads out of any file; the "
                                                      "file is damaged or hostile: fetch it again",
                                                      tensor.offset));
      }
      if (*end > size_) {
        return refuse(
            fmt::format("the file ends {} bytes before the data of tensor '{}' does; it "
                        "is probably an incomplete download: fetch it again",
                        *end - size_, tensor.name));
      }
      tensor.offset = *begin;
    }
    return check_overlap(tensors);
  }

  Result<void> check_overlap(std::span<const TensorInfo> tensors) const {
    std::vector<std::uint32_t> order(tensors.size());
    std::iota(order.begin(), order.end(), std::uint32_t{0});
    std::ranges::sort(order, {}, [&](std::uint32_t place) { return tensors[place].offset; });
    for (std::size_t i = 1; i < order.size(); ++i) {
      const TensorInfo& before = tensors[order[i - 1]];
      const TensorInfo& tensor = tensors[order[i]];
      if (tensor.offset < before.offset + before.bytes) {
        return refuse_tensor(tensor.name, fmt::format("shares bytes with tensor '{}'; the file is "
                                                      "damaged or hostile: fetch it again",
                                                      before.name));
      }
    }
    return {};
  }

  std::uint64_t size_;
  ByteCursor cursor_;
  std::string name_;
  WeightLimits limits_;
  std::uint64_t alignment_ = kUsualAlignment;
};

}  // namespace

Result<FileContents> read_gguf(std::span<const std::byte> file, std::string_view name,
                               const WeightLimits& limits) {
  return GgufReader(file, name, limits).read();
}

}  // namespace pawfect
