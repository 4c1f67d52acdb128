#include "flux/variant_json.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "weights/printable.h"
#include "weights/utf8.h"

namespace pawfect {
namespace {

// Ordered as written, so that a file that is written back looks as its owner left it.
using Json = nlohmann::ordered_json;

constexpr int kDeepest = 16;

constexpr TensorType kWeightTypes[] = {TensorType::kF32,  TensorType::kF16,  TensorType::kBF16,
                                       TensorType::kQ4_0, TensorType::kQ4_1, TensorType::kQ5_0,
                                       TensorType::kQ5_1, TensorType::kQ8_0, TensorType::kQ4_K,
                                       TensorType::kQ5_K, TensorType::kQ6_K};

// Short enough for a message.
std::string shown(const Json& value) {
  return printable_name(value.dump(-1, ' ', true, Json::error_handler_t::replace));
}

bool is_file_name(std::string_view name) {
  return !name.empty() && name.size() <= 200 && name.front() != '.' &&
         std::ranges::all_of(
             name, [](unsigned char c) { return c >= ' ' && c != 127 && c != '/' && c != '\\'; });
}

bool is_variant_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && name.front() >= 'a' && name.front() <= 'z' &&
         std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
                  c == '.';
         });
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// Reads values and keeps the first trouble; what is read after it means nothing.
class Reader {
 public:
  const std::string& trouble() const { return trouble_; }

  void refuse(const std::string& key, std::string_view found, std::string_view allowed) {
    if (trouble_.empty()) trouble_ = fmt::format("{}: found {}; allowed: {}", key, found, allowed);
  }

  // Whether it is an object; its keys must be among `allowed`.
  bool object(const Json& value, const std::string& key,
              std::initializer_list<std::string_view> allowed) {
    if (!is_object(value, key)) return false;
    for (const auto& [name, unused] : value.items()) {
      if (std::ranges::find(allowed, name) == allowed.end()) {
        refuse(key, fmt::format("the key '{}'", printable_name(name)),
               fmt::format("{}", fmt::join(allowed, ", ")));
      }
    }
    return trouble_.empty();
  }

  bool is_object(const Json& value, const std::string& key) {
    if (!value.is_object()) refuse(key, shown(value), "an object");
    return trouble_.empty();
  }

  // The member of that name; null when it is not there, which is trouble when it is needed.
  const Json* optional(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found == object.end() ? nullptr : &*found;
  }
  const Json* needed(const Json& object, const std::string& key, const char* name) {
    const Json* value = optional(object, name);
    if (value == nullptr) refuse(key, "no " + std::string(name), "an entry that has it");
    return value;
  }

  std::string text(const Json* value, const std::string& key) {
    if (value == nullptr) return {};
    if (value->is_string()) return value->get<std::string>();
    return refuse(key, shown(*value), "a text"), "";
  }

  // null counts as empty.
  std::string text_or_null(const Json* value, const std::string& key) {
    return value == nullptr || value->is_null() ? std::string() : text(value, key);
  }

  int whole(const Json* value, const std::string& key, int lowest, int highest, int multiple_of) {
    if (value == nullptr) return lowest;
    if (value->is_number_integer()) {
      const auto number = value->get<std::int64_t>();
      if (number >= lowest && number <= highest && number % multiple_of == 0) return int(number);
    }
    const std::string step = multiple_of == 1 ? "" : fmt::format(", a multiple of {}", multiple_of);
    refuse(key, shown(*value), fmt::format("a whole number, {} to {}{}", lowest, highest, step));
    return lowest;
  }

  double real(const Json* value, const std::string& key, double lowest, double highest) {
    if (value == nullptr) return lowest;
    if (value->is_number()) {
      const double number = value->get<double>();
      if (number >= lowest && number <= highest) return number;
    }
    refuse(key, shown(*value), fmt::format("a number, {} to {}", lowest, highest));
    return lowest;
  }

  std::vector<std::string> file_names(const Json* value, const std::string& key) {
    std::vector<std::string> names;
    if (value == nullptr) return names;
    if (!value->is_array() || value->empty()) refuse(key, shown(*value), "a list of file names");
    for (const Json& name : *value) {
      names.push_back(text(&name, key));
      if (!is_file_name(names.back())) refuse(key, shown(name), "names of files, without a folder");
    }
    return names;
  }

 private:
  std::string trouble_;
};

// What is not there stays as it is in `file`; null clears it.
void read_file(const Json& json, const std::string& key, Reader& reader, FileSource& file) {
  if (!reader.object(json, key, {"sha256", "source"})) return;
  if (const Json* sha256 = reader.optional(json, "sha256"))
    file.sha256 = reader.text_or_null(sha256, key + ".sha256");
  if (const Json* source = reader.optional(json, "source"))
    file.source = reader.text_or_null(source, key + ".source");
  if (!file.sha256.empty() && !is_sha256(file.sha256)) {
    reader.refuse(key + ".sha256", shown(json["sha256"]),
                  "64 lower-case hexadecimal digits, or null");
  }
}

VariantDefaults read_defaults(const Json& json, const std::string& key, Reader& reader) {
  VariantDefaults defaults;
  if (!reader.object(json, key, {"steps", "guidance", "t5_length", "size"})) return defaults;
  defaults.steps = reader.whole(reader.needed(json, key, "steps"), key + ".steps", 1, 200, 1);
  defaults.guidance = reader.real(reader.needed(json, key, "guidance"), key + ".guidance", 0, 100);
  defaults.t5_length =
      reader.whole(reader.needed(json, key, "t5_length"), key + ".t5_length", 64, 512, 64);
  const std::string size_key = key + ".size";
  const Json* size = reader.needed(json, key, "size");
  if (size == nullptr || !reader.object(*size, size_key, {"smallest", "largest"})) return defaults;
  defaults.smallest = reader.whole(reader.needed(*size, size_key, "smallest"),
                                   size_key + ".smallest", 64, 2048, 16);
  defaults.largest =
      reader.whole(reader.needed(*size, size_key, "largest"), size_key + ".largest", 64, 2048, 16);
  if (defaults.smallest > defaults.largest)
    reader.refuse(size_key, shown(*size), "a smallest that is no larger than the largest");
  return defaults;
}

TensorType read_weights(const Json* value, const std::string& key, Reader& reader) {
  const std::string name = reader.text(value, key);
  std::vector<std::string_view> names;
  for (const TensorType type : kWeightTypes) {
    if (type_name(type) == name) return type;
    names.push_back(type_name(type));
  }
  reader.refuse(key, fmt::format("'{}'", printable_name(name)),
                fmt::format("{}", fmt::join(names, ", ")));
  return TensorType::kF32;
}

Variant read_variant(const std::string& name, const Json& json, const std::string& key,
                     Reader& reader) {
  Variant variant;
  variant.name = name;
  if (!is_variant_name(name)) {
    reader.refuse(key, "that name",
                  "lower-case letters, digits, '_', '-' and '.', a letter first, 64 at most");
  }
  if (!reader.is_object(json, key)) return variant;
  variant.engine = reader.text(reader.needed(json, key, "engine"), key + ".engine");
  variant.note = reader.text_or_null(reader.optional(json, "note"), key + ".note");
  if (variant.engine == "texture") {
    reader.object(json, key, {"engine", "note"});
    return variant;
  }
  if (variant.engine != "flux") {
    reader.refuse(key + ".engine", fmt::format("'{}'", printable_name(variant.engine)),
                  "flux, texture");
  }
  if (!reader.object(json, key,
                     {"engine", "weights", "transformer", "t5", "clip", "vae", "defaults", "note"}))
    return variant;
  variant.weights = read_weights(reader.needed(json, key, "weights"), key + ".weights", reader);
  for (const auto& [part, names] : {std::pair{"transformer", &variant.transformer},
                                    {"t5", &variant.t5},
                                    {"clip", &variant.clip},
                                    {"vae", &variant.vae}})
    *names = reader.file_names(reader.needed(json, key, part), fmt::format("{}.{}", key, part));
  if (const Json* defaults = reader.needed(json, key, "defaults"))
    variant.defaults = read_defaults(*defaults, key + ".defaults", reader);
  return variant;
}

// The document, and what is wrong with its text: empty when nothing is.
struct Parsed {
  Json json;
  std::string trouble;
};

Parsed parse(std::string_view text) {
  using Event = Json::parse_event_t;
  Parsed parsed;
  std::vector<std::set<std::string>> keys;
  const auto watch = [&](int depth, Event event, const Json& value) {
    if (!parsed.trouble.empty()) return false;
    const bool starts = event == Event::object_start || event == Event::array_start;
    // What is deeper is not kept: writing or freeing it would take as much stack.
    if (starts && depth >= kDeepest) {
      parsed.trouble = fmt::format("it is over {} levels deep", kDeepest);
      return false;
    }
    if (event == Event::object_start) keys.emplace_back();
    if (event == Event::object_end) keys.pop_back();
    if (event == Event::key && !keys.back().insert(value.get<std::string>()).second)
      parsed.trouble =
          fmt::format("'{}' stands there twice", printable_name(value.get<std::string>()));
    return true;
  };
  parsed.json = Json::parse(text, watch, false);
  if (parsed.trouble.empty() && parsed.json.is_discarded()) parsed.trouble = "it is no JSON";
  return parsed;
}

void merge(const Json& json, ManifestContents& contents, Reader& reader) {
  if (!reader.object(json, "the manifest", {"default", "files", "variants"})) return;
  if (const Json* files = reader.optional(json, "files");
      files != nullptr && reader.is_object(*files, "files")) {
    for (const auto& [name, file] : files->items()) {
      const std::string key = "files." + printable_name(name);
      if (!is_file_name(name)) reader.refuse(key, "that name", "the name of a file, no folder");
      read_file(file, key, reader, contents.files[name]);
    }
  }
  if (const Json* variants = reader.optional(json, "variants");
      variants != nullptr && reader.is_object(*variants, "variants")) {
    for (const auto& [name, entry] : variants->items()) {
      Variant variant = read_variant(name, entry, "variants." + printable_name(name), reader);
      const auto same = std::ranges::find(contents.variants, name, &Variant::name);
      if (same == contents.variants.end()) {
        contents.variants.push_back(std::move(variant));
      } else {
        *same = std::move(variant);
      }
    }
  }
  if (const Json* name = reader.optional(json, "default"))
    contents.default_name = reader.text(name, "default");
  if (std::ranges::find(contents.variants, contents.default_name, &Variant::name) ==
      contents.variants.end()) {
    reader.refuse("default", fmt::format("'{}'", printable_name(contents.default_name)),
                  "the name of a variant");
  }
}

std::unexpected<Error> refused(std::string_view name, std::string_view why) {
  return fail(ErrorCode::kModelMissing,
              fmt::format("{}: {}; correct it as docs/flux.md says", name, why));
}

}  // namespace

Result<void> read_manifest(std::string_view text, std::string_view name,
                           ManifestContents& contents) {
  const Parsed parsed = parse(text);
  if (!parsed.trouble.empty()) return refused(name, parsed.trouble);
  Reader reader;
  ManifestContents merged = contents;
  merge(parsed.json, merged, reader);
  if (!reader.trouble().empty()) return refused(name, reader.trouble());
  contents = std::move(merged);
  return {};
}

Result<std::string> with_hash(const std::string& text, std::string_view name,
                              const std::string& file, const std::string& sha256) {
  if (!is_file_name(file) || !is_utf8(file)) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: the name '{}' cannot stand in a manifest; rename the file", name,
                            printable_name(file)));
  }
  Parsed parsed = text.empty() ? Parsed{Json::object(), ""} : parse(text);
  if (!parsed.trouble.empty()) return refused(name, parsed.trouble);
  Json& json = parsed.json;
  if (!json.is_object() || (json.contains("files") && !json["files"].is_object()) ||
      (json["files"].contains(file) && !json["files"][file].is_object())) {
    return refused(name, "it is no manifest");
  }
  json["files"][file]["sha256"] = sha256;
  return json.dump(2) + "\n";
}

}  // namespace pawfect
