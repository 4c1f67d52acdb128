#include "weights/safetensors_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <limits>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "weights/byte_cursor.h"
#include "weights/printable.h"
#include "weights/safetensors_header.h"
#include "weights/tensor_names.h"

// The file, as the safetensors README describes it: u64 length of the header, little-endian; the
// header, JSON that begins with '{' and may be padded with blanks; the data.

namespace pawfect {
namespace {

struct Dtype {
  std::string_view name;
  TensorType type;
};

constexpr std::array<Dtype, 10> kTaken = {{
    {"F64", TensorType::kF64},
    {"F32", TensorType::kF32},
    {"F16", TensorType::kF16},
    {"BF16", TensorType::kBF16},
    {"I64", TensorType::kI64},
    {"I32", TensorType::kI32},
    {"I16", TensorType::kI16},
    {"I8", TensorType::kI8},
    {"U8", TensorType::kU8},
    {"BOOL", TensorType::kBool},
}};

std::string not_taken(std::string_view dtype) {
  if (dtype.starts_with("F8_")) {
    return fmt::format(
        "is FP8 ({}), and FP8 files are not taken; use the F16 or BF16 file, or a "
        "GGUF in Q8_0, which is about as small and nearer to the original",
        printable_name(dtype));
  }
  std::string list;
  for (const auto& [name, type] : kTaken)
    fmt::format_to(std::back_inserter(list), "{}{}", list.empty() ? "" : ", ", name);
  return fmt::format(
      "its dtype is {}, which is not taken; taken are {}: use a file in one of these",
      printable_name(dtype), list);
}

class SafetensorsReader {
 public:
  SafetensorsReader(std::span<const std::byte> file, std::string_view name,
                    const WeightLimits& limits)
      : file_(file), name_(name), limits_(limits) {}

  Result<FileContents> read() {
    const auto json = header_text();
    if (!json) return std::unexpected(json.error());
    auto header = parse_safetensors_header(*json, name_, limits_);
    if (!header) return std::unexpected(header.error());

    FileContents contents;
    contents.metadata = Metadata(name_, std::move(header->metadata));
    contents.tensors.reserve(header->entries.size());
    for (const SafetensorsEntry& entry : header->entries) {
      auto tensor = tensor_of(entry);
      if (!tensor) return std::unexpected(tensor.error());
      contents.tensors.push_back(std::move(*tensor));
    }
    auto by_name = sorted_by_name(contents.tensors, name_);
    if (!by_name) return std::unexpected(by_name.error());
    contents.by_name = std::move(*by_name);
    if (const auto done = check_cover(contents.tensors); !done)
      return std::unexpected(done.error());
    return contents;
  }

 private:
  std::unexpected<Error> refuse(std::string_view why) const {
    return fail(ErrorCode::kModelMissing, fmt::format("{}: {}", name_, why));
  }

  std::unexpected<Error> refuse_tensor(std::string_view tensor, std::string_view why) const {
    return refuse(fmt::format("tensor '{}': {}", printable_name(tensor), why));
  }

  Result<std::string> header_text() {
    ByteCursor cursor(file_);
    const auto length = cursor.take<std::uint64_t>();
    if (!length) return refuse("is not a safetensors file; give a .safetensors file");
    if (*length > limits_.max_header_bytes) {
      return refuse(
          fmt::format("its header has {} bytes where at most {} are allowed; the file is "
                      "damaged or hostile: fetch it again",
                      *length, limits_.max_header_bytes));
    }
    const auto bytes = cursor.take_bytes(*length);
    if (!bytes) {
      return refuse(
          "the file ends inside its header; it is probably an incomplete download: fetch "
          "it again");
    }
    data_ = cursor.offset();
    // Copied: the parser must not see a file that changes under the mapping.
    std::string text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
    if (!text.starts_with('{'))
      return refuse("is not a safetensors file; give a .safetensors file");
    return text;
  }

  Result<TensorInfo> tensor_of(const SafetensorsEntry& entry) const {
    auto name = tensor_name(entry.name, name_, limits_);
    if (!name) return std::unexpected(name.error());
    const auto* dtype = std::ranges::find(kTaken, entry.dtype, &Dtype::name);
    if (dtype == kTaken.end()) return refuse_tensor(*name, not_taken(entry.dtype));
    TensorInfo tensor;
    tensor.name = std::move(*name);
    tensor.type = dtype->type;

    for (const std::uint64_t extent : entry.shape) {
      if (extent < 1 || extent > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
        return refuse_tensor(tensor.name,
                             fmt::format("an extent of its shape is {} where 1 to 2^63-1 is due; "
                                         "fetch or convert the file again",
                                         extent));
      }
      tensor.shape.insert(tensor.shape.begin(), static_cast<std::int64_t>(extent));
    }
    const auto elements = element_count(tensor.shape);
    const auto bytes = elements ? tensor_bytes(tensor.type, *elements) : std::nullopt;
    if (!bytes || entry.end < entry.begin || entry.end - entry.begin != *bytes) {
      return refuse_tensor(
          tensor.name,
          fmt::format("its offsets {} to {} do not hold {} elements of {}; the file is damaged or "
                      "hostile: fetch it again",
                      entry.begin, entry.end,
                      elements ? fmt::format("{}", *elements) : "more than 2^63-1",
                      type_name(tensor.type)));
    }
    tensor.bytes = *bytes;
    if (entry.end > file_.size() - data_) {
      return refuse(
          fmt::format("the file ends {} bytes before the data of tensor '{}' does; it is "
                      "probably an incomplete download: fetch it again",
                      entry.end - (file_.size() - data_), tensor.name));
    }
    tensor.offset = data_ + entry.begin;
    return tensor;
  }

  // Every byte of the data belongs to exactly one tensor.
  Result<void> check_cover(std::span<const TensorInfo> tensors) const {
    std::vector<std::uint32_t> order(tensors.size());
    std::iota(order.begin(), order.end(), std::uint32_t{0});
    std::ranges::sort(order, {}, [&](std::uint32_t place) { return tensors[place].offset; });
    std::uint64_t covered = data_;
    std::string_view before;
    for (const std::uint32_t place : order) {
      const TensorInfo& tensor = tensors[place];
      if (tensor.offset < covered) {
        return refuse_tensor(tensor.name, fmt::format("shares bytes with tensor '{}'; the file is "
                                                      "damaged or hostile: fetch it again",
                                                      before));
      }
      if (tensor.offset > covered) {
        return refuse_tensor(tensor.name,
                             fmt::format("{} bytes before it belong to no tensor; the file is "
                                         "damaged or hostile: fetch it again",
                                         tensor.offset - covered));
      }
      covered = tensor.offset + tensor.bytes;
      before = tensor.name;
    }
    if (covered == file_.size()) return {};
    return refuse(
        fmt::format("{} bytes after the last tensor belong to none; the file is damaged "
                    "or hostile: fetch it again",
                    file_.size() - covered));
  }

  std::span<const std::byte> file_;
  std::string name_;
  WeightLimits limits_;
  std::uint64_t data_ = 0;  // where the data begins
};

}  // namespace

Result<FileContents> read_safetensors(std::span<const std::byte> file, std::string_view name,
                                      const WeightLimits& limits) {
  return SafetensorsReader(file, name, limits).read();
}

}  // namespace pawfect
