// Metadata: the key/value pairs of a weight file. Every getter looks at the stored type, and at
// whether it is an array, before it reads: another type is an error, never a cast. Arrays stay in
// the mapped file until they are asked for, so a Metadata must not outlive its TensorFile. Const
// access is thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"

namespace pawfect {

// GGUF's own numbers (gguf.h, enum gguf_type).
enum class ValueType : std::uint32_t {
  kU8 = 0,
  kI8 = 1,
  kU16 = 2,
  kI16 = 3,
  kU32 = 4,
  kI32 = 5,
  kF32 = 6,
  kBool = 7,
  kString = 8,
  kArray = 9,
  kU64 = 10,
  kI64 = 11,
  kF64 = 12,
};

// Bytes of a value of fixed size; 0 for strings, arrays and unknown numbers.
std::size_t value_bytes(ValueType type);

// An array as it lies in the file: numbers back to back, or strings with 8 bytes of length each.
struct MetadataArray {
  ValueType element = ValueType::kU8;
  std::uint64_t count = 0;
  std::span<const std::byte> bytes;
};

using MetadataValue =
    std::variant<std::uint64_t, std::int64_t, double, bool, std::string, MetadataArray>;

// "a string", "an array of 32-bit floats", ...
std::string describe(const MetadataValue& value);

class Metadata {
 public:
  using Values = std::map<std::string, MetadataValue, std::less<>>;

  Metadata() = default;
  // `file` is the name for messages.
  Metadata(std::string file, Values values) : file_(std::move(file)), values_(std::move(values)) {}

  bool has(std::string_view key) const { return values_.contains(key); }
  const Values& values() const { return values_; }

  // The value of `key`. Errors (kModelMissing): no such key, another type, a number that does not
  // fit. `integer` takes any whole-number type, `number` whole and floating ones.
  Result<std::string> text(std::string_view key) const;
  Result<std::int64_t> integer(std::string_view key) const;
  Result<double> number(std::string_view key) const;
  Result<bool> flag(std::string_view key) const;

  // The elements of the array `key`, copied. Errors as above. `bytes` takes arrays of 8-bit whole
  // numbers, of either sign.
  Result<std::vector<std::string>> texts(std::string_view key) const;
  Result<std::vector<std::int64_t>> integers(std::string_view key) const;
  Result<std::vector<double>> numbers(std::string_view key) const;
  Result<std::vector<std::byte>> bytes(std::string_view key) const;

 private:
  Result<const MetadataValue*> find(std::string_view key) const;
  Result<const MetadataArray*> find_array(std::string_view key, std::string_view due) const;
  std::unexpected<Error> wrong(std::string_view key, const MetadataValue& value,
                               std::string_view due) const;

  std::string file_;
  Values values_;
};

}  // namespace pawfect
