// What must hold of every file that a weight reader takes, and of every refusal, for the fuzz
// targets of both formats. Pure, safe from any thread.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "weights/file_contents.h"

namespace pawfect {

inline void demand(bool is_true) {
  if (!is_true) std::abort();
}

inline void check_refusal(const Error& error) {
  demand(error.code == ErrorCode::kModelMissing);
  demand(error.message.starts_with("input: "));
  demand(error.message.find('\n') == std::string::npos);
}

// Tensors lie inside the file on bytes of their own, the names are sorted, every getter answers.
inline void check_contents(const FileContents& contents, std::uint64_t size) {
  for (const TensorInfo& tensor : contents.tensors) {
    demand(tensor.offset <= size && tensor.bytes <= size - tensor.offset && tensor.bytes > 0);
    const auto elements = element_count(tensor.shape);
    demand(elements && tensor_bytes(tensor.type, *elements) == tensor.bytes);
  }
  demand(contents.by_name.size() == contents.tensors.size());
  for (std::size_t i = 1; i < contents.by_name.size(); ++i) {
    demand(contents.tensors[contents.by_name[i - 1]].name <
           contents.tensors[contents.by_name[i]].name);
  }
  const Metadata& metadata = contents.metadata;
  for (const auto& [key, value] : metadata.values()) {
    const int answers =
        int(metadata.text(key).has_value()) + int(metadata.number(key).has_value()) +
        int(metadata.flag(key).has_value()) + int(metadata.texts(key).has_value()) +
        int(metadata.integers(key).has_value()) + int(metadata.numbers(key).has_value());
    const auto* array = std::get_if<MetadataArray>(&value);
    const bool has_getter = array == nullptr || (array->element != ValueType::kBool &&
                                                 array->element != ValueType::kU64);
    demand(answers == (has_getter ? 1 : 0));
  }
}

}  // namespace pawfect
