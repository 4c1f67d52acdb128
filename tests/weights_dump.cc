// Prints what our readers see in a weight file as JSON, for tests/weights_test.py to compare with
// the reference readers.
#include <zlib.h>

#include <cstdint>
#include <iostream>
#include <nlohmann/json.hpp>
#include <variant>

#include "weights/tensor_file.h"

namespace {

using nlohmann::json;
using namespace pawfect;

json array_of(const Metadata& metadata, const std::string& key, const MetadataArray& array) {
  if (array.element == ValueType::kString) return metadata.texts(key).value();
  if (array.element == ValueType::kF32 || array.element == ValueType::kF64)
    return metadata.numbers(key).value();
  if (const auto whole = metadata.integers(key)) return *whole;
  return {{"element", static_cast<int>(array.element)}, {"count", array.count}};
}

json value_of(const Metadata& metadata, const std::string& key, const MetadataValue& value) {
  if (const auto* array = std::get_if<MetadataArray>(&value))
    return array_of(metadata, key, *array);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* number = std::get_if<std::uint64_t>(&value)) return *number;
  return std::get<std::int64_t>(value);
}

json described(const TensorFile& file) {
  json tensors = json::array();
  for (const TensorInfo& tensor : file.tensors()) {
    const auto data = file.data(tensor);
    tensors.push_back(
        {{"name", tensor.name},
         {"type", type_name(tensor.type)},
         {"shape", tensor.shape},
         {"offset", tensor.offset},
         {"bytes", tensor.bytes},
         {"crc32", ::crc32_z(0, reinterpret_cast<const Bytef*>(data.data()), data.size())}});
  }
  json metadata = json::object();
  for (const auto& [key, value] : file.metadata().values())
    metadata[key] = value_of(file.metadata(), key, value);
  return {{"format", format_name(file.format())}, {"tensors", tensors}, {"metadata", metadata}};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: weights_dump FILE\n";
    return 2;
  }
  const auto file = TensorFile::open(argv[1]);
  if (!file) {
    std::cerr << file.error().message << '\n';
    return static_cast<int>(file.error().code);
  }
  std::cout << described(*file).dump(1) << '\n';
  return file->is_damaged() ? 5 : 0;
}
