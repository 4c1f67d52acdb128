#include "flux/check_reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "flux/packing.h"
#include "tensor/model_weights.h"
#include "weights/printable.h"

namespace pawfect {
namespace {

using Json = nlohmann::json;

constexpr int kMostSide = 8192, kMostSteps = 1000, kMostTokens = 4096;

// Reads fields of JSON objects and remembers the first that is not as it should be.
class Fields {
 public:
  int whole(const Json& object, const char* key, int lowest, int highest) {
    const Json* value = find(object, key);
    if (value == nullptr || !value->is_number_integer()) return miss(key, "a whole number"), lowest;
    const auto number = value->get<std::int64_t>();
    if (number < lowest || number > highest)
      return miss(key, fmt::format("{} to {}", lowest, highest)), lowest;
    return int(number);
  }
  double real(const Json& object, const char* key) {
    const Json* value = find(object, key);
    if (value == nullptr || !value->is_number()) return miss(key, "a number"), 0.0;
    return value->get<double>();
  }
  std::string text(const Json& object, const char* key) {
    const Json* value = find(object, key);
    if (value == nullptr || !value->is_string()) return miss(key, "a text"), "";
    return value->get<std::string>();
  }
  std::vector<float> reals(const Json& object, const char* key) {
    const Json* value = find(object, key);
    std::vector<float> out;
    if (value == nullptr || !value->is_array()) return miss(key, "a list of numbers"), out;
    for (const Json& number : *value) {
      if (!number.is_number()) return miss(key, "a list of numbers"), out;
      out.push_back(number.get<float>());
    }
    return out;
  }
  static const Json* find(const Json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return object.is_object() && found != object.end() ? &*found : nullptr;
  }
  const std::string& trouble() const { return trouble_; }

 private:
  void miss(const char* key, std::string_view due) {
    if (trouble_.empty()) trouble_ = fmt::format("'{}' is not {}", key, due);
  }
  std::string trouble_;
};

CheckCase read_case(const Json& json, Fields& fields) {
  CheckCase out;
  out.name = fields.text(json, "name");
  out.width = fields.whole(json, "width", kPixelsPerToken, kMostSide);
  out.height = fields.whole(json, "height", kPixelsPerToken, kMostSide);
  out.prompt = fields.whole(json, "prompt_index", 0, kMostTokens);
  out.t5_length = fields.whole(json, "t5_length", 1, kMostTokens);
  out.guidance = float(fields.real(json, "guidance"));
  out.steps = fields.whole(json, "steps", 1, kMostSteps);
  out.strength = fields.real(json, "strength");
  out.first_step = fields.whole(json, "first_step", 0, out.steps - 1);
  out.draws_latent = fields.text(json, "vae_latent") == "sample";
  return out;
}

}  // namespace

Result<CheckReference> CheckReference::open(const std::filesystem::path& folder) {
  auto file = TensorFile::open(folder / "reference.safetensors");
  if (!file) return std::unexpected(file.error());
  CheckReference reference(std::move(*file));
  const std::filesystem::path document = folder / "reference.json";
  if (auto read = reference.read_document(document); !read) return std::unexpected(read.error());
  if (auto fits = reference.check_sizes(); !fits) return std::unexpected(fits.error());
  return reference;
}

Result<void> CheckReference::read_document(const std::filesystem::path& path) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: {}; give a folder as make_flux.py writes it", printable_path(path),
                            printable_name(why)));
  };
  std::ifstream stream(path, std::ios::binary);
  std::stringstream text;
  if (!stream || !(text << stream.rdbuf())) return refuse("cannot be read");
  const Json json = Json::parse(text.str(), nullptr, false);
  if (!json.is_object()) return refuse("is not a JSON object");

  Fields fields;
  static const Json none = Json::array();
  const auto list = [&](const char* key) -> const Json& {
    const Json* found = Fields::find(json, key);
    return found != nullptr && found->is_structured() ? *found : none;
  };
  for (const Json& prompt : list("prompts")) {
    prompts_.push_back({fields.whole(prompt, "index", 0, kMostTokens), fields.text(prompt, "text"),
                        fields.whole(prompt, "t5_length", 1, kMostTokens), ""});
  }
  for (const Json& one : list("cases")) cases_.push_back(read_case(one, fields));
  for (const Json& one : list("schedules")) {
    CheckSchedule schedule;
    schedule.image_tokens = fields.whole(one, "image_tokens", 1, 1 << 20);
    schedule.steps = fields.whole(one, "steps", 1, kMostSteps);
    schedule.first_step = fields.whole(one, "first_step", 0, schedule.steps);
    schedule.strength = fields.real(one, "strength");
    schedule.sigmas = fields.reals(one, "sigmas");
    schedules_.push_back(std::move(schedule));
  }
  for (const auto& [type, one] : list("quantised").items()) {
    if (Fields::find(one, "case") != nullptr) quantised_cases_[type] = fields.text(one, "case");
    if (Fields::find(one, "prompt_index") != nullptr)
      quantised_prompts_[type] = fields.whole(one, "prompt_index", 0, kMostTokens);
  }
  if (const Json* debug = Fields::find(json, "debug")) {
    debug_case_ = fields.text(*debug, "case");
    debug_step_ = fields.whole(*debug, "step", 0, kMostSteps);
  }
  if (!fields.trouble().empty()) return refuse(fields.trouble());
  if (cases_.empty() || prompts_.empty()) return refuse("holds no cases or no prompts");
  for (CheckPrompt& prompt : prompts_) {
    const auto user = std::ranges::find(cases_, prompt.index, &CheckCase::prompt);
    prompt.used_by = user != cases_.end() ? user->name : fmt::format("prompt {}", prompt.index);
  }
  return {};
}

Result<void> CheckReference::check_sizes() const {
  const auto elements = [&](const TensorInfo& info) {
    return element_count(info.shape).value_or(0);
  };
  for (const TensorInfo& info : file_.tensors()) {
    if (info.type == TensorType::kF32 || info.type == TensorType::kI32 ||
        info.type == TensorType::kU8)
      continue;
    return fail(
        ErrorCode::kModelMissing,
        fmt::format("{}: '{}' is of type {}; F32, I32 and U8 are recorded",
                    printable_path(file_.path()), printable_name(info.name), type_name(info.type)));
  }
  for (const CheckCase& one : cases_) {
    const std::uint64_t pixels = std::uint64_t(one.width) * one.height, tokens = one.tokens();
    const std::uint64_t latent = pixels / 64 * kLatentChannels, steps = one.run_steps();
    const std::pair<const char*, std::uint64_t> due[] = {
        {"image", 3 * pixels},
        {"mask", pixels},
        {"noise", latent},
        {"eps_image", latent},
        {"eps_masked", latent},
        {"vae_mean_image", latent},
        {"vae_mean_masked", latent},
        {"vae_logvar_image", latent},
        {"vae_logvar_masked", latent},
        {"sigmas", steps + 1},
        {"latents_start", tokens * kTokenLatent},
        {"cond", tokens * (kTokenLatent + kTokenMask)},
        {"out", steps * tokens * kTokenLatent},
        {"latents", steps * tokens * kTokenLatent},
        {"decoded", 3 * pixels},
        {"result", 3 * pixels},
    };
    if (one.width % kPixelsPerToken != 0 || one.height % kPixelsPerToken != 0) {
      return fail(ErrorCode::kModelMissing,
                  fmt::format("{}: case '{}' is {}x{}; sides are multiples of 16",
                              printable_path(file_.path()), printable_name(one.name), one.width,
                              one.height));
    }
    for (const auto& [field, count] : due) {
      const TensorInfo* info = file_.find(fmt::format("case.{}.{}", one.name, field));
      if (info == nullptr || elements(*info) == count) continue;
      return fail(
          ErrorCode::kModelMissing,
          fmt::format("{}: '{}' holds {} numbers where {} are due", printable_path(file_.path()),
                      printable_name(info->name), elements(*info), count));
    }
  }
  return {};
}

const CheckCase& CheckReference::case_named(std::string_view name) const {
  const auto found = std::ranges::find(cases_, name, &CheckCase::name);
  return found == cases_.end() ? cases_.front() : *found;
}

std::vector<float> CheckReference::floats(std::string_view name) const {
  const TensorInfo* info = file_.find(name);
  if (info == nullptr || info->type != TensorType::kF32) return {};
  return read_floats(file_, *info).value_or(std::vector<float>{});
}

std::vector<std::int32_t> CheckReference::whole_numbers(std::string_view name) const {
  const TensorInfo* info = file_.find(name);
  if (info == nullptr || info->type != TensorType::kI32) return {};
  const std::span<const std::byte> data = file_.data(*info);
  std::vector<std::int32_t> out(data.size() / sizeof(std::int32_t));
  std::memcpy(out.data(), data.data(), out.size() * sizeof(std::int32_t));
  return out;
}

std::vector<std::uint8_t> CheckReference::bytes(std::string_view name) const {
  const TensorInfo* info = file_.find(name);
  if (info == nullptr || info->type != TensorType::kU8) return {};
  const std::span<const std::byte> data = file_.data(*info);
  std::vector<std::uint8_t> out(data.size());
  std::memcpy(out.data(), data.data(), data.size());
  return out;
}

}  // namespace pawfect
