#include "weights/gguf_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/checked.h"
#include "weights/printable.h"

namespace pawfect {
namespace {

constexpr std::string_view kAdvice = "the file is damaged or hostile: fetch it again";

std::unexpected<Error> refuse(std::string_view file, std::string_view key, std::string_view why) {
  return fail(ErrorCode::kModelMissing,
              fmt::format("{}: metadata '{}' {}; {}", file, printable_name(key), why, kAdvice));
}

template <typename Stored, typename Out>
bool number(ByteCursor& cursor, MetadataValue& out) {
  const auto value = cursor.take<Stored>();
  if (value) out.emplace<Out>(*value);
  return value.has_value();
}

// A number of that type; false when the file ends first.
bool read_number(ByteCursor& cursor, ValueType type, MetadataValue& out) {
  switch (type) {
    case ValueType::kU8:
      return number<std::uint8_t, std::uint64_t>(cursor, out);
    case ValueType::kU16:
      return number<std::uint16_t, std::uint64_t>(cursor, out);
    case ValueType::kU32:
      return number<std::uint32_t, std::uint64_t>(cursor, out);
    case ValueType::kU64:
      return number<std::uint64_t, std::uint64_t>(cursor, out);
    case ValueType::kI8:
      return number<std::int8_t, std::int64_t>(cursor, out);
    case ValueType::kI16:
      return number<std::int16_t, std::int64_t>(cursor, out);
    case ValueType::kI32:
      return number<std::int32_t, std::int64_t>(cursor, out);
    case ValueType::kI64:
      return number<std::int64_t, std::int64_t>(cursor, out);
    case ValueType::kF32:
      return number<float, double>(cursor, out);
    case ValueType::kF64:
      return number<double, double>(cursor, out);
    default:
      return false;
  }
}

// Walks over `count` strings, so that their bytes are known to lie in the file.
Result<void> skip_strings(ByteCursor& cursor, std::uint64_t count, std::string_view file,
                          std::string_view key, const WeightLimits& limits) {
  if (count > cursor.left() / sizeof(std::uint64_t))
    return ends_inside(file, fmt::format("metadata '{}'", printable_name(key)));
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto length = cursor.take<std::uint64_t>();
    if (!length) return ends_inside(file, fmt::format("metadata '{}'", printable_name(key)));
    if (*length > limits.max_string_bytes) {
      return refuse(file, key,
                    fmt::format("holds a string of {} bytes where at most {} are allowed", *length,
                                limits.max_string_bytes));
    }
    if (!cursor.take_bytes(*length))
      return ends_inside(file, fmt::format("metadata '{}'", printable_name(key)));
  }
  return {};
}

// An array: the number of its element type, 8 bytes of count, the elements.
Result<MetadataArray> read_array(ByteCursor& cursor, std::string_view file, std::string_view key,
                                 const WeightLimits& limits) {
  const auto number = cursor.take<std::uint32_t>();
  const auto count = cursor.take<std::uint64_t>();
  if (!number || !count)
    return ends_inside(file, fmt::format("metadata '{}'", printable_name(key)));
  const auto element = static_cast<ValueType>(*number);
  if (element == ValueType::kArray)
    return refuse(file, key, "is an array of arrays, which is not taken");
  const std::size_t size = value_bytes(element);
  if (size == 0 && element != ValueType::kString)
    return refuse(file, key, fmt::format("is an array of the unknown type {}", *number));
  if (*count > limits.max_array_elements) {
    return refuse(file, key,
                  fmt::format("has {} elements where at most {} are allowed", *count,
                              limits.max_array_elements));
  }

  const std::uint64_t begin = cursor.offset();
  if (element == ValueType::kString) {
    if (const auto done = skip_strings(cursor, *count, file, key, limits); !done)
      return std::unexpected(done.error());
  } else {
    const auto bytes = checked_multiply<std::uint64_t>(*count, size);
    if (!bytes || !cursor.take_bytes(*bytes))
      return ends_inside(file, fmt::format("metadata '{}'", printable_name(key)));
  }
  const auto bytes = cursor.taken_since(begin);
  if (element == ValueType::kBool &&
      !std::ranges::all_of(bytes, [](std::byte b) { return b <= std::byte{1}; }))
    return refuse(file, key, "holds a true/false value that is neither 0 nor 1");
  return MetadataArray{element, *count, bytes};
}

}  // namespace

std::unexpected<Error> ends_inside(std::string_view file, std::string_view where) {
  return fail(ErrorCode::kModelMissing,
              fmt::format("{}: the file ends inside {}; it is probably an incomplete download: "
                          "fetch it again",
                          file, where));
}

Result<std::string> read_gguf_string(ByteCursor& cursor, std::uint64_t most, std::string_view file,
                                     std::string_view where) {
  const auto length = cursor.take<std::uint64_t>();
  if (!length) return ends_inside(file, where);
  if (*length > most) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: {} has {} bytes where at most {} are allowed; {}", file, where,
                            *length, most, kAdvice));
  }
  const auto bytes = cursor.take_bytes(*length);
  if (!bytes) return ends_inside(file, where);
  return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

Result<std::pair<std::string, MetadataValue>> read_gguf_pair(ByteCursor& cursor,
                                                             std::string_view file,
                                                             const WeightLimits& limits) {
  auto stored = read_gguf_string(cursor, limits.max_key_bytes, file, "a metadata key");
  if (!stored) return std::unexpected(stored.error());
  std::pair<std::string, MetadataValue> pair;
  auto& [key, value] = pair;
  key = std::move(*stored);
  if (key.empty()) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: a metadata key is empty; {}", file, kAdvice));
  }
  const std::string where = fmt::format("metadata '{}'", printable_name(key));
  const auto type_number = cursor.take<std::uint32_t>();
  if (!type_number) return ends_inside(file, where);
  const auto type = static_cast<ValueType>(*type_number);

  if (type == ValueType::kString) {
    auto text = read_gguf_string(cursor, limits.max_string_bytes, file, where);
    if (!text) return std::unexpected(text.error());
    value = std::move(*text);
    return pair;
  }
  if (type == ValueType::kArray) {
    const auto array = read_array(cursor, file, key, limits);
    if (!array) return std::unexpected(array.error());
    value = *array;
    return pair;
  }
  if (type == ValueType::kBool) {
    const auto byte = cursor.take<std::uint8_t>();
    if (!byte) return ends_inside(file, where);
    if (*byte > 1)
      return refuse(file, key,
                    fmt::format("is a true/false value of {} where 0 or 1 is due", *byte));
    value = *byte == 1;
    return pair;
  }
  if (value_bytes(type) == 0)
    return refuse(file, key, fmt::format("has the unknown type {}", *type_number));
  if (!read_number(cursor, type, value)) return ends_inside(file, where);
  return pair;
}

}  // namespace pawfect
