#include "weights/safetensors_header.h"

#include <fmt/format.h>

#include <cstddef>
#include <nlohmann/json.hpp>
#include <utility>

#include "weights/printable.h"

namespace pawfect {
namespace {

constexpr std::string_view kMetadata = "__metadata__";
constexpr std::size_t kMostDimensions = 8;

// The events of nlohmann's parser. Every handler returns false to stop the parse, with `why` set.
class HeaderEvents : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit HeaderEvents(const WeightLimits& limits) : limits_(limits) {}

  SafetensorsHeader header;
  std::string why;

  bool null() override { return stray("null"); }
  bool boolean(bool) override { return stray("true or false"); }
  bool number_integer(number_integer_t) override { return stray("a negative number"); }
  bool number_float(number_float_t, const string_t&) override {
    return stray("a number that is not whole");
  }
  bool binary(binary_t&) override { return stray("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (level_ != Level::kArray) return stray("a number");
    const bool is_shape = field_ == Field::kShape;
    if (numbers_.size() == (is_shape ? kMostDimensions : 2)) {
      return refuse(is_shape ? fmt::format("shape has over {} dimensions", kMostDimensions)
                             : "data_offsets has over two numbers");
    }
    numbers_.push_back(value);
    return true;
  }

  bool string(string_t& text) override {
    if (level_ == Level::kStrings) {
      if (!header.metadata.emplace(key_, std::move(text)).second)
        return refuse(fmt::format("its key '{}' stands there twice", printable_name(key_)));
      return true;
    }
    if (level_ != Level::kEntry || field_ != Field::kDtype) return stray("a string");
    if (text.empty()) return refuse("dtype is empty");
    header.entries.back().dtype = std::move(text);
    return true;
  }

  bool start_object(std::size_t) override {
    if (level_ == Level::kOutside) {
      level_ = Level::kRoot;
      return true;
    }
    if (level_ != Level::kRoot) return stray("an object");
    seen_ = {};
    if (name_ == kMetadata) {
      if (std::exchange(has_metadata_, true)) return refuse("stands in the header twice");
      level_ = Level::kStrings;
      return true;
    }
    if (header.entries.size() == limits_.max_tensors)
      return refuse(fmt::format("the header has over {} tensors", limits_.max_tensors));
    header.entries.emplace_back().name = name_;
    level_ = Level::kEntry;
    field_ = Field::kNone;
    return true;
  }

  bool end_object() override {
    if (level_ == Level::kRoot) {
      level_ = Level::kOutside;
      return true;
    }
    if (level_ == Level::kEntry && !(seen_.dtype && seen_.shape && seen_.offsets))
      return refuse("lacks its dtype, shape or data_offsets");
    level_ = Level::kRoot;
    return true;
  }

  bool start_array(std::size_t) override {
    if (level_ != Level::kEntry || (field_ != Field::kShape && field_ != Field::kOffsets))
      return stray("an array");
    level_ = Level::kArray;
    numbers_.clear();
    return true;
  }

  bool end_array() override {
    level_ = Level::kEntry;
    SafetensorsEntry& entry = header.entries.back();
    if (field_ == Field::kShape) {
      entry.shape = numbers_;
      return true;
    }
    if (numbers_.size() != 2) return refuse("data_offsets has less than two numbers");
    entry.begin = numbers_[0];
    entry.end = numbers_[1];
    return true;
  }

  bool key(string_t& text) override {
    switch (level_) {
      case Level::kRoot:
        name_ = std::move(text);
        return true;
      case Level::kStrings:
        if (header.metadata.size() == limits_.max_keys)
          return refuse(fmt::format("has over {} keys", limits_.max_keys));
        if (text.empty() || text.size() > limits_.max_key_bytes)
          return refuse(fmt::format("a key has {} bytes where 1 to {} are allowed", text.size(),
                                    limits_.max_key_bytes));
        key_ = std::move(text);
        return true;
      default:
        return entry_field(text);
    }
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    why = fmt::format("the header is not JSON from byte {} on", position);
    return false;
  }

 private:
  // Where the parser stands: nothing may nest deeper than the numbers of a shape.
  enum class Level : std::uint8_t { kOutside, kRoot, kStrings, kEntry, kArray };
  enum class Field : std::uint8_t { kNone, kDtype, kShape, kOffsets };
  struct Seen {
    bool dtype = false, shape = false, offsets = false;
  };

  bool entry_field(std::string_view text) {
    bool* seen = nullptr;
    if (text == "dtype") {
      field_ = Field::kDtype;
      seen = &seen_.dtype;
    } else if (text == "shape") {
      field_ = Field::kShape;
      seen = &seen_.shape;
    } else if (text == "data_offsets") {
      field_ = Field::kOffsets;
      seen = &seen_.offsets;
    } else {
      return refuse(fmt::format("has the unknown field '{}'", printable_name(text)));
    }
    if (std::exchange(*seen, true)) return refuse(fmt::format("has {} twice", text));
    return true;
  }

  bool refuse(std::string_view what) {
    why = level_ == Level::kOutside ? std::string(what)
                                    : fmt::format("entry '{}' {}", printable_name(name_), what);
    return false;
  }

  bool stray(std::string_view what) {
    return refuse(fmt::format("has {} where none may stand", what));
  }

  WeightLimits limits_;
  Level level_ = Level::kOutside;
  Field field_ = Field::kNone;
  Seen seen_;
  bool has_metadata_ = false;
  std::string name_;
  std::string key_;
  std::vector<std::uint64_t> numbers_;
};

}  // namespace

Result<SafetensorsHeader> parse_safetensors_header(std::string_view json, std::string_view file,
                                                   const WeightLimits& limits) {
  HeaderEvents events(limits);
  if (nlohmann::json::sax_parse(json, &events)) return std::move(events.header);
  return fail(
      ErrorCode::kModelMissing,
      fmt::format("{}: {}; the file is damaged or hostile: fetch it again", file, events.why));
}

}  // namespace pawfect
