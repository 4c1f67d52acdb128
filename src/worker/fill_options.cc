#include "worker/fill_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/suggest.h"
#include "jobs/job_message.h"
#include "jobs/strict_json.h"
#include "mask/prepare.h"

namespace pawfect {
namespace {

constexpr std::string_view kName = "options";
constexpr int kDeepest = 2;  // members are plain; deeper ones are refused by their type
constexpr std::size_t kMostPromptBytes = 500;
constexpr std::size_t kMostVariantBytes = 64;
constexpr std::size_t kMostFormBytes = 600;  // of a form field's value

using Whole = std::int64_t;

// What a member's value is, so that a form's text can be read as it.
enum class Form : std::uint8_t { kNumber, kFlag, kText };

struct Member {
  std::string_view name;
  Form form;
  // False: `value` is not allowed.
  bool (*set)(FillOptions& options, const Json& value, const FillBounds& bounds);
  std::string (*allowed)(const FillBounds& bounds);
};

bool set_whole(std::optional<int>& to, const Json& value, int lowest, int highest) {
  if (!value.is_number_integer()) return false;
  if (value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t(INT32_MAX))
    return false;
  const Whole number = value.get<Whole>();
  if (number < lowest || number > highest) return false;
  to = int(number);
  return true;
}

bool set_real(std::optional<double>& to, const Json& value, double lowest, double highest) {
  if (!value.is_number()) return false;
  const double number = value.get<double>();
  if (!(number >= lowest && number <= highest)) return false;
  to = number;
  return true;
}

bool set_flag(std::optional<bool>& to, const Json& value) {
  if (!value.is_boolean()) return false;
  to = value.get<bool>();
  return true;
}

bool set_seed(FillOptions& options, const Json& value) {
  if (!value.is_number_unsigned()) return false;
  options.seed = value.get<std::uint64_t>();
  return true;
}

// A form may bring any bytes; JSON has been looked at by its reader.
bool is_utf8(const Json& text) {
  try {
    static_cast<void>(text.dump());
    return true;
  } catch (const Json::exception&) {
    return false;
  }
}

bool set_prompt(FillOptions& options, const Json& value) {
  if (!value.is_string()) return false;
  const auto& text = value.get_ref<const std::string&>();
  const bool has_controls =
      std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (text.size() > kMostPromptBytes || has_controls || !is_utf8(value)) return false;
  options.prompt = text;
  return true;
}

bool set_variant(FillOptions& options, const Json& value) {
  if (!value.is_string()) return false;
  const auto& text = value.get_ref<const std::string&>();
  const bool is_name = std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
  if (text.empty() || text.size() > kMostVariantBytes || !is_name) return false;
  options.variant = text;
  return true;
}

std::string whole_text(int lowest, int highest) {
  return fmt::format("a whole number, {} to {}", lowest, highest);
}

std::string flag_text(const FillBounds&) { return "true, false"; }

using Options = FillOptions;
using Bounds = FillBounds;

const std::array kMembers{
    Member{"seed", Form::kNumber,
           [](Options& o, const Json& v, const Bounds&) { return set_seed(o, v); },
           [](const Bounds&) { return fmt::format("a whole number, 0 to {}", UINT64_MAX); }},
    Member{"prompt", Form::kText,
           [](Options& o, const Json& v, const Bounds&) { return set_prompt(o, v); },
           [](const Bounds&) {
             return fmt::format("a text of at most {} bytes of UTF-8 on one line",
                                kMostPromptBytes);
           }},
    Member{"grow", Form::kNumber,
           [](Options& o, const Json& v, const Bounds&) {
             return set_whole(o.grow, v, 0, kMaxGrowPx);
           },
           [](const Bounds&) { return whole_text(0, kMaxGrowPx); }},
    Member{"blend", Form::kNumber,
           [](Options& o, const Json& v, const Bounds&) {
             return set_whole(o.blend, v, 0, kMaxBlendPx);
           },
           [](const Bounds&) { return whole_text(0, kMaxBlendPx); }},
    Member{"invert", Form::kFlag,
           [](Options& o, const Json& v, const Bounds&) { return set_flag(o.invert, v); },
           flag_text},
    Member{"followShadow", Form::kFlag,
           [](Options& o, const Json& v, const Bounds&) { return set_flag(o.follow_shadow, v); },
           flag_text},
    Member{"stripLocation", Form::kFlag,
           [](Options& o, const Json& v, const Bounds&) { return set_flag(o.strip_location, v); },
           flag_text},
    Member{"steps", Form::kNumber,
           [](Options& o, const Json& v, const Bounds& b) {
             return set_whole(o.steps, v, 1, b.most_steps);
           },
           [](const Bounds& b) { return whole_text(1, b.most_steps); }},
    Member{"guidance", Form::kNumber,
           [](Options& o, const Json& v, const Bounds&) { return set_real(o.guidance, v, 0, 100); },
           [](const Bounds&) { return std::string("a number, 0 to 100"); }},
    Member{
        "refine", Form::kNumber,
        [](Options& o, const Json& v, const Bounds&) { return set_real(o.refine, v, 0.05, 0.95); },
        [](const Bounds&) { return std::string("a number, 0.05 to 0.95"); }},
    Member{"jpegQuality", Form::kNumber,
           [](Options& o, const Json& v, const Bounds&) {
             return set_whole(o.jpeg_quality, v, 1, 100);
           },
           [](const Bounds&) { return whole_text(1, 100); }},
    Member{"variant", Form::kText,
           [](Options& o, const Json& v, const Bounds&) { return set_variant(o, v); },
           [](const Bounds&) {
             return fmt::format("a variant's name of at most {} letters, digits, '.', '_', '-'",
                                kMostVariantBytes);
           }},
};

Result<const Member*> find_member(std::string_view name) {
  const auto found = std::ranges::find(kMembers, name, &Member::name);
  if (found != kMembers.end()) return &*found;
  std::vector<std::string> known;
  for (const Member& member : kMembers) known.emplace_back(member.name);
  // Neither a long name nor its controls belong into a message.
  const std::string typed = shown(Json(name.substr(0, 2 * kMostVariantBytes)));
  const std::string nearest = nearest_word(name.substr(0, kMostVariantBytes), known);
  return fail(ErrorCode::kBadInput,
              nearest.empty()
                  ? fmt::format("{}: there is no such option; leave it out", typed)
                  : fmt::format("{}: there is no such option; did you mean {}?", typed, nearest));
}

Result<void> set_member(const Member& member, FillOptions& options, const Json& value,
                        const FillBounds& bounds) {
  if (member.set(options, value, bounds)) return {};
  return fail(ErrorCode::kBadInput, fmt::format("{}: found {}; allowed: {}", member.name,
                                                shown(value), member.allowed(bounds)));
}

// What the text means for a member of that form; a text where it means nothing else.
Json read_form_value(Form form, std::string_view text) {
  if (form == Form::kFlag && (text == "true" || text == "false")) return text == "true";
  if (form == Form::kNumber) {
    Json number = Json::parse(text, nullptr, false);
    if (number.is_number()) return number;
  }
  return std::string(text);
}

template <typename T>
void add(Json& json, const char* name, const std::optional<T>& value) {
  if (value) json[name] = *value;
}

}  // namespace

Result<FillOptions> parse_fill_options(std::string_view json, const FillBounds& bounds) {
  const auto object = parse_object(json, kName, {JobMessage::kMostOptionBytes, kDeepest});
  if (!object) return std::unexpected(object.error());
  FillOptions options;
  for (const auto& [name, value] : object->items()) {
    const Result<const Member*> member = find_member(name);
    if (!member) return std::unexpected(member.error());
    if (auto set = set_member(**member, options, value, bounds); !set)
      return std::unexpected(set.error());
  }
  return options;
}

Result<void> set_fill_option(FillOptions& options, std::string_view name, std::string_view value,
                             const FillBounds& bounds) {
  const Result<const Member*> member = find_member(name);
  if (!member) return std::unexpected(member.error());
  if (value.size() > kMostFormBytes) {
    return fail(ErrorCode::kBadInput,
                fmt::format("{}: found {} bytes; allowed: {}", (*member)->name, value.size(),
                            (*member)->allowed(bounds)));
  }
  return set_member(**member, options, read_form_value((*member)->form, value), bounds);
}

std::string to_text(const FillOptions& options) {
  Json json = Json::object();
  add(json, "seed", options.seed);
  add(json, "prompt", options.prompt);
  add(json, "grow", options.grow);
  add(json, "blend", options.blend);
  add(json, "invert", options.invert);
  add(json, "followShadow", options.follow_shadow);
  add(json, "stripLocation", options.strip_location);
  add(json, "steps", options.steps);
  add(json, "guidance", options.guidance);
  add(json, "refine", options.refine);
  add(json, "jpegQuality", options.jpeg_quality);
  if (!options.variant.empty()) json["variant"] = options.variant;
  return json.dump();
}

std::string describe_fill_options(const FillBounds& bounds) {
  Json json = Json::object();
  for (const Member& member : kMembers) {
    const char* form = member.form == Form::kNumber ? "number"
                       : member.form == Form::kFlag ? "flag"
                                                    : "text";
    json[std::string(member.name)] = {{"form", form}, {"allowed", member.allowed(bounds)}};
  }
  return json.dump();
}

}  // namespace pawfect
