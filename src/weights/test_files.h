// Weight files made byte by byte, good and hostile, for the tests of this room.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pawfect::testing {

template <typename T>
std::string little_endian(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof(T)};
}

inline std::string u32(std::uint64_t value) { return little_endian(std::uint32_t(value)); }
inline std::string u64(std::uint64_t value) { return little_endian(value); }
inline std::string gguf_text(std::string_view text) { return u64(text.size()) + std::string(text); }

// A metadata pair; `type` is GGUF's number, `value` the bytes as they follow it.
inline std::string gguf_pair(std::string_view key, std::uint32_t type, const std::string& value) {
  return gguf_text(key) + u32(type) + value;
}

struct GgufTensor {
  std::string name = "a";
  std::vector<std::uint64_t> extents = {8};
  std::uint32_t type = 0;  // F32
  std::uint64_t offset = 0;
};

// A GGUF in its parts; whatever is wrong with one of them goes into the file as it is.
struct GgufParts {
  std::uint32_t version = 3;
  std::optional<std::uint64_t> tensor_count;  // else the number of `tensors`
  std::optional<std::uint64_t> pair_count;    // else the number of `pairs`
  std::vector<std::string> pairs;
  std::vector<GgufTensor> tensors;
  std::uint64_t alignment = 32;  // of the padding; the key is in `pairs` or is not
  std::string data = std::string(32, '\x01');
};

inline std::string gguf_file(const GgufParts& parts) {
  std::string out = "GGUF" + u32(parts.version) +
                    u64(parts.tensor_count.value_or(parts.tensors.size())) +
                    u64(parts.pair_count.value_or(parts.pairs.size()));
  for (const std::string& pair : parts.pairs) out += pair;
  for (const GgufTensor& tensor : parts.tensors) {
    out += gguf_text(tensor.name) + u32(tensor.extents.size());
    for (const std::uint64_t extent : tensor.extents) out += u64(extent);
    out += u32(tensor.type) + u64(tensor.offset);
  }
  out.resize((out.size() + parts.alignment - 1) / parts.alignment * parts.alignment);
  return out + parts.data;
}

// A safetensors with that header and data.
inline std::string safetensors_file(std::string_view json, std::string_view data) {
  return u64(json.size()) + std::string(json) + std::string(data);
}

inline std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

// A folder that goes when the test ends.
class TestFolder {
 public:
  TestFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weights.XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
    path_ = pattern;
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::filesystem::path path(std::string_view name) const { return path_ / name; }

  std::filesystem::path write(std::string_view name, std::string_view content) const {
    std::ofstream file(path(name), std::ios::binary);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
    return path(name);
  }

 private:
  std::filesystem::path path_;
};

inline std::filesystem::path recorded_weights(std::string_view name) {
  return std::filesystem::path(PAWFECT_SOURCE_DIR) / "tests/data/weights" / name;
}

inline std::string read_all(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace pawfect::testing
