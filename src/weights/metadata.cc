#include "weights/metadata.h"

#include <fmt/format.h>

#include <limits>
#include <optional>

#include "weights/byte_cursor.h"
#include "weights/printable.h"

namespace pawfect {
namespace {

std::string_view plural_name(ValueType type) {
  switch (type) {
    case ValueType::kU8:
    case ValueType::kI8:
      return "8-bit whole numbers";
    case ValueType::kU16:
    case ValueType::kI16:
      return "16-bit whole numbers";
    case ValueType::kU32:
    case ValueType::kI32:
      return "32-bit whole numbers";
    case ValueType::kU64:
    case ValueType::kI64:
      return "64-bit whole numbers";
    case ValueType::kF32:
      return "32-bit floats";
    case ValueType::kF64:
      return "64-bit floats";
    case ValueType::kBool:
      return "true/false values";
    case ValueType::kString:
      return "strings";
    case ValueType::kArray:
      return "arrays";
  }
  return "values of an unknown type";
}

template <typename Stored, typename Out>
std::vector<Out> converted(const MetadataArray& array) {
  std::vector<Out> out;
  ByteCursor cursor(array.bytes);
  out.reserve(array.bytes.size() / sizeof(Stored));
  while (const auto value = cursor.take<Stored>()) out.push_back(static_cast<Out>(*value));
  return out;
}

}  // namespace

std::size_t value_bytes(ValueType type) {
  switch (type) {
    case ValueType::kU8:
    case ValueType::kI8:
    case ValueType::kBool:
      return 1;
    case ValueType::kU16:
    case ValueType::kI16:
      return 2;
    case ValueType::kU32:
    case ValueType::kI32:
    case ValueType::kF32:
      return 4;
    case ValueType::kU64:
    case ValueType::kI64:
    case ValueType::kF64:
      return 8;
    case ValueType::kString:
    case ValueType::kArray:
      return 0;
  }
  return 0;
}

std::string describe(const MetadataValue& value) {
  if (const auto* array = std::get_if<MetadataArray>(&value))
    return fmt::format("an array of {}", plural_name(array->element));
  if (std::holds_alternative<std::string>(value)) return "a string";
  if (std::holds_alternative<bool>(value)) return "a true/false value";
  if (std::holds_alternative<double>(value)) return "a floating-point number";
  return "a whole number";
}

std::unexpected<Error> Metadata::wrong(std::string_view key, const MetadataValue& value,
                                       std::string_view due) const {
  return fail(
      ErrorCode::kModelMissing,
      fmt::format("{}: metadata '{}' is {} where {} is due; fetch or convert the file again", file_,
                  printable_name(key), describe(value), due));
}

Result<const MetadataValue*> Metadata::find(std::string_view key) const {
  const auto found = values_.find(key);
  if (found != values_.end()) return &found->second;
  return fail(ErrorCode::kModelMissing,
              fmt::format("{}: metadata '{}' is missing; use a file that was converted with it",
                          file_, printable_name(key)));
}

Result<std::string> Metadata::text(std::string_view key) const {
  const auto value = find(key);
  if (!value) return std::unexpected(value.error());
  if (const auto* text = std::get_if<std::string>(*value)) return *text;
  return wrong(key, **value, "a string");
}

Result<std::int64_t> Metadata::integer(std::string_view key) const {
  const auto value = find(key);
  if (!value) return std::unexpected(value.error());
  if (const auto* number = std::get_if<std::int64_t>(*value)) return *number;
  if (const auto* number = std::get_if<std::uint64_t>(*value)) {
    if (*number <= std::uint64_t{std::numeric_limits<std::int64_t>::max()})
      return static_cast<std::int64_t>(*number);
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: metadata '{}' is {}, over what fits in 63 bits; fetch or convert "
                            "the file again",
                            file_, printable_name(key), *number));
  }
  return wrong(key, **value, "a whole number");
}

Result<double> Metadata::number(std::string_view key) const {
  const auto value = find(key);
  if (!value) return std::unexpected(value.error());
  if (const auto* number = std::get_if<double>(*value)) return *number;
  if (const auto* number = std::get_if<std::int64_t>(*value)) return static_cast<double>(*number);
  if (const auto* number = std::get_if<std::uint64_t>(*value)) return static_cast<double>(*number);
  return wrong(key, **value, "a number");
}

Result<bool> Metadata::flag(std::string_view key) const {
  const auto value = find(key);
  if (!value) return std::unexpected(value.error());
  if (const auto* flag = std::get_if<bool>(*value)) return *flag;
  return wrong(key, **value, "a true/false value");
}

Result<const MetadataArray*> Metadata::find_array(std::string_view key,
                                                  std::string_view due) const {
  const auto value = find(key);
  if (!value) return std::unexpected(value.error());
  if (const auto* array = std::get_if<MetadataArray>(*value)) return array;
  return wrong(key, **value, due);
}

Result<std::vector<std::string>> Metadata::texts(std::string_view key) const {
  constexpr std::string_view kDue = "an array of strings";
  const auto array = find_array(key, kDue);
  if (!array) return std::unexpected(array.error());
  if ((*array)->element != ValueType::kString) return wrong(key, **array, kDue);
  std::vector<std::string> out;
  out.reserve((*array)->count);
  ByteCursor cursor((*array)->bytes);
  for (std::uint64_t i = 0; i < (*array)->count; ++i) {
    const auto length = cursor.take<std::uint64_t>();
    const auto text = length ? cursor.take_bytes(*length) : std::nullopt;
    // The lengths were checked when the file was opened; now they have changed under the mapping.
    if (!text) {
      return fail(ErrorCode::kModelMissing,
                  fmt::format("{}: metadata '{}' changed while the file was in use; leave the file "
                              "alone while the program runs, or fetch it again",
                              file_, printable_name(key)));
    }
    out.emplace_back(reinterpret_cast<const char*>(text->data()), text->size());
  }
  return out;
}

Result<std::vector<std::int64_t>> Metadata::integers(std::string_view key) const {
  constexpr std::string_view kDue = "an array of whole numbers";
  const auto array = find_array(key, kDue);
  if (!array) return std::unexpected(array.error());
  switch ((*array)->element) {
    case ValueType::kU8:
      return converted<std::uint8_t, std::int64_t>(**array);
    case ValueType::kI8:
      return converted<std::int8_t, std::int64_t>(**array);
    case ValueType::kU16:
      return converted<std::uint16_t, std::int64_t>(**array);
    case ValueType::kI16:
      return converted<std::int16_t, std::int64_t>(**array);
    case ValueType::kU32:
      return converted<std::uint32_t, std::int64_t>(**array);
    case ValueType::kI32:
      return converted<std::int32_t, std::int64_t>(**array);
    case ValueType::kI64:
      return converted<std::int64_t, std::int64_t>(**array);
    default:
      return wrong(key, **array, kDue);
  }
}

Result<std::vector<double>> Metadata::numbers(std::string_view key) const {
  constexpr std::string_view kDue = "an array of floating-point numbers";
  const auto array = find_array(key, kDue);
  if (!array) return std::unexpected(array.error());
  if ((*array)->element == ValueType::kF32) return converted<float, double>(**array);
  if ((*array)->element == ValueType::kF64) return converted<double, double>(**array);
  return wrong(key, **array, kDue);
}

Result<std::vector<std::byte>> Metadata::bytes(std::string_view key) const {
  constexpr std::string_view kDue = "an array of 8-bit whole numbers";
  const auto array = find_array(key, kDue);
  if (!array) return std::unexpected(array.error());
  if ((*array)->element != ValueType::kU8 && (*array)->element != ValueType::kI8)
    return wrong(key, **array, kDue);
  return std::vector<std::byte>((*array)->bytes.begin(), (*array)->bytes.end());
}

}  // namespace pawfect
