#include "cli/eval_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string_view>

#include "cli/picture_names.h"

namespace pawfect {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::string_view kMaskEnding = ".mask.png";

bool is_file(const fs::path& path) {
  std::error_code problem;
  return fs::is_regular_file(path, problem);
}

// A text member of a JSON object, or "".
std::string text_of(const Json& object, const char* member) {
  if (!object.is_object()) return "";
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// An array member of a JSON object, or an empty one.
Json list_of(const Json& object, const char* member) {
  if (!object.is_object()) return Json::array();
  const auto found = object.find(member);
  return found != object.end() && found->is_array() ? *found : Json::array();
}

Result<std::vector<EvalCase>> read_manifest(const fs::path& manifest) {
  std::ifstream file(manifest, std::ios::binary);
  const Json json = Json::parse(file, nullptr, false);
  if (json.is_discarded()) {
    return fail(ErrorCode::kBadInput,
                fmt::format("{}: is not JSON; mend it, or take it away to go by file names",
                            manifest.string()));
  }
  const fs::path folder = manifest.parent_path();
  std::vector<EvalCase> cases;
  for (const Json& photo : list_of(json, "photos")) {
    for (const Json& mask : list_of(photo, "masks")) {
      EvalCase found{.name = text_of(mask, "case"),
                     .photo = folder / text_of(photo, "file"),
                     .mask = folder / text_of(mask, "file"),
                     .has_truth = text_of(mask, "kind") != "removal"};
      for (const fs::path& needed : {found.photo, found.mask}) {
        if (!is_file(needed)) {
          return fail(ErrorCode::kBadInput,
                      fmt::format("{}: case '{}' names {}, which is no file", manifest.string(),
                                  found.name, needed.string()));
        }
      }
      cases.push_back(std::move(found));
    }
  }
  return cases;
}

// The photo that a mask named STEM.mask.png belongs to: STEM, or STEM up to one of its underscores.
fs::path photo_for(const fs::path& folder, std::string stem) {
  while (!stem.empty()) {
    for (const std::string_view ending : kPictureEndings) {
      const fs::path photo = folder / fmt::format("{}{}", stem, ending);
      if (is_file(photo)) return photo;
    }
    const std::size_t underscore = stem.rfind('_');
    stem.resize(underscore == std::string::npos ? 0 : underscore);
  }
  return {};
}

std::vector<EvalCase> go_by_names(const fs::path& folder) {
  std::vector<EvalCase> cases;
  std::error_code problem;
  for (fs::directory_iterator entry(folder, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    std::string stem = entry->path().filename().string();
    if (!stem.ends_with(kMaskEnding)) continue;
    stem.resize(stem.size() - kMaskEnding.size());
    const fs::path photo = photo_for(folder, stem);
    if (photo.empty()) continue;
    const bool is_removal =
        stem.substr(std::min(stem.size(), photo.stem().string().size())).starts_with("_remove");
    cases.push_back(
        {.name = stem, .photo = photo, .mask = entry->path(), .has_truth = !is_removal});
  }
  return cases;
}

}  // namespace

Result<std::vector<EvalCase>> find_eval_cases(const fs::path& folder) {
  std::error_code problem;
  if (!fs::is_directory(folder, problem)) {
    return fail(ErrorCode::kBadInput,
                fmt::format("--photos {}: is not a folder; give one with photos and masks",
                            folder.string()));
  }
  const fs::path manifest = folder / "manifest.json";
  Result<std::vector<EvalCase>> cases = is_file(manifest)
                                            ? read_manifest(manifest)
                                            : Result<std::vector<EvalCase>>(go_by_names(folder));
  if (!cases) return cases;
  if (cases->empty()) {
    return fail(ErrorCode::kBadInput,
                fmt::format("--photos {}: no case in it; put NAME_CASE.mask.png beside each "
                            "NAME.png, or a manifest.json",
                            folder.string()));
  }
  std::ranges::sort(*cases, {}, &EvalCase::name);
  return cases;
}

}  // namespace pawfect
