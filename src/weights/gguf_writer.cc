#include "weights/gguf_writer.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/checked.h"
#include "weights/gguf_types.h"
#include "weights/metadata.h"
#include "weights/printable.h"

// The layout is described at the top of gguf_reader.cc. Every tensor, the last one too, is followed
// by zeros up to the next multiple of the alignment, as ggml writes it.

namespace pawfect {
namespace {

constexpr std::uint64_t kAlignment = 32;  // what a reader takes when the header names none
constexpr std::uint32_t kVersion = 3;
constexpr std::size_t kMostDimensions = 4;

template <typename T>
  requires std::is_arithmetic_v<T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put_text(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint64_t>(text.size()));
  out += text;
}

void put_key(std::string& out, std::string_view key, ValueType type) {
  put_text(out, key);
  put(out, static_cast<std::uint32_t>(type));
}

std::uint64_t padding_after(std::uint64_t bytes) {
  return (kAlignment - bytes % kAlignment) % kAlignment;
}

std::span<const std::byte> zeros(std::uint64_t count) {
  static constexpr std::array<std::byte, kAlignment> kZeros{};
  return std::span(kZeros).first(count);
}

struct Layout {
  std::string header;                // up to the first tensor's bytes
  std::vector<std::uint64_t> sizes;  // of each tensor
  std::uint64_t file_bytes = 0;
};

// Empty: a tensor that a GGUF cannot hold; its name is left in `refused`.
std::optional<Layout> lay_out(const GgufHeader& header, std::string& refused) {
  Layout layout;
  std::string& out = layout.header;
  out = "GGUF";
  put(out, kVersion);
  put(out, static_cast<std::uint64_t>(header.tensors.size()));
  put(out, static_cast<std::uint64_t>(header.pairs.size()));
  for (const std::string& pair : header.pairs) out += pair;

  std::uint64_t offset = 0;
  for (const GgufHeader::Tensor& tensor : header.tensors) {
    refused = tensor.name;
    const auto number = gguf_type_number(tensor.type);
    const auto elements = element_count(tensor.shape);
    const auto bytes = elements ? tensor_bytes(tensor.type, *elements) : std::nullopt;
    const auto end = bytes ? checked_add(offset, *bytes) : std::nullopt;
    const auto next = end ? checked_add(*end, padding_after(*end)) : std::nullopt;
    if (!number || !next || tensor.shape.size() > kMostDimensions) return std::nullopt;
    put_text(out, tensor.name);
    put(out, static_cast<std::uint32_t>(tensor.shape.size()));
    for (const std::int64_t extent : tensor.shape) put(out, static_cast<std::uint64_t>(extent));
    put(out, *number);
    put(out, offset);
    layout.sizes.push_back(*bytes);
    offset = *next;
  }
  out.append(padding_after(out.size()), '\0');
  const auto file_bytes = checked_add(offset, static_cast<std::uint64_t>(out.size()));
  if (!file_bytes) return std::nullopt;
  layout.file_bytes = *file_bytes;
  return layout;
}

}  // namespace

std::string gguf_text_pair(std::string_view key, std::string_view text) {
  std::string pair;
  put_key(pair, key, ValueType::kString);
  put_text(pair, text);
  return pair;
}

std::string gguf_number_pair(std::string_view key, std::uint32_t number) {
  std::string pair;
  put_key(pair, key, ValueType::kU32);
  put(pair, number);
  return pair;
}

Result<GgufWriter> GgufWriter::create(const std::filesystem::path& path, const GgufHeader& header) {
  std::string refused;
  auto layout = lay_out(header, refused);
  if (!layout) {
    return fail(ErrorCode::kBadInput,
                fmt::format("{}: a GGUF cannot hold tensor '{}': it has more than {} extents, or a "
                            "type that only safetensors knows; leave it out",
                            printable_path(path), printable_name(refused), kMostDimensions));
  }
  auto file = NewWeightFile::create(path, layout->file_bytes);
  if (!file) return std::unexpected(file.error());
  if (auto done = file->write(std::as_bytes(std::span(layout->header))); !done)
    return std::unexpected(done.error());
  return GgufWriter(std::move(*file), std::move(layout->sizes), layout->file_bytes);
}

Result<void> GgufWriter::write(std::span<const std::byte> bytes) {
  if (current_ == sizes_.size() || bytes.size() > sizes_[current_] - written_)
    return fail(ErrorCode::kBug, "more bytes were given to a GGUF than its header announces");
  if (auto done = file_.write(bytes); !done) return done;
  written_ += bytes.size();
  if (written_ < sizes_[current_]) return {};
  written_ = 0;
  return file_.write(zeros(padding_after(sizes_[current_++])));
}

Result<void> GgufWriter::finish() {
  if (current_ != sizes_.size())
    return fail(ErrorCode::kBug, "fewer bytes were given to a GGUF than its header announces");
  return file_.finish();
}

}  // namespace pawfect
