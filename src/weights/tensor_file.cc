#include "weights/tensor_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "weights/byte_cursor.h"
#include "weights/gguf_reader.h"
#include "weights/other_kind.h"
#include "weights/printable.h"
#include "weights/safetensors_reader.h"

namespace pawfect {
namespace {

bool is_gguf(std::span<const std::byte> file) {
  return ByteCursor(file).take<std::uint32_t>() == 0x46554747U;  // "GGUF"
}

// A length below 4 GiB, then the header's first brace: text and the other formats that we know have
// no four zero bytes there.
bool is_safetensors(std::span<const std::byte> file) {
  ByteCursor cursor(file);
  const auto length = cursor.take<std::uint64_t>();
  return length && *length <= 0xFFFFFFFFU && cursor.take<char>() == '{';
}

}  // namespace

std::string_view format_name(WeightFormat format) {
  return format == WeightFormat::kGguf ? "GGUF" : "safetensors";
}

Result<TensorFile> TensorFile::open(const std::filesystem::path& path, const WeightLimits& limits) {
  auto file = MappedFile::open(path);
  if (!file) return std::unexpected(file.error());
  const std::string name = printable_path(path);
  WeightFormat format = WeightFormat::kGguf;
  if (is_safetensors(file->bytes())) {
    format = WeightFormat::kSafetensors;
  } else if (!is_gguf(file->bytes())) {
    return fail(ErrorCode::kModelMissing, fmt::format("{}: {}", name, other_kind(file->bytes())));
  }
  auto contents = format == WeightFormat::kGguf ? read_gguf(file->bytes(), name, limits)
                                                : read_safetensors(file->bytes(), name, limits);
  // First of all: what was read from lost pages is zeros, and any other complaint misleads.
  if (file->is_damaged()) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: the file was cut or its disk failed while it was opened; leave it "
                            "alone while the program runs, or fetch it again",
                            name));
  }
  if (!contents) return std::unexpected(contents.error());
  return TensorFile(path, std::move(*file), format, std::move(*contents));
}

const TensorInfo* TensorFile::find(std::string_view name) const {
  const auto name_at = [&](std::uint32_t place) -> std::string_view {
    return contents_.tensors[place].name;
  };
  const auto found = std::ranges::lower_bound(contents_.by_name, name, {}, name_at);
  if (found == contents_.by_name.end() || name_at(*found) != name) return nullptr;
  return &contents_.tensors[*found];
}

std::span<const std::byte> TensorFile::data(const TensorInfo& tensor) const {
  const auto bytes = file_.bytes();
  if (tensor.offset > bytes.size() || tensor.bytes > bytes.size() - tensor.offset) return {};
  return bytes.subspan(tensor.offset, tensor.bytes);
}

}  // namespace pawfect
