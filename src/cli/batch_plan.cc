#include "cli/batch_plan.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "cli/picture_names.h"

namespace pawfect {
namespace {

namespace fs = std::filesystem;

bool is_file(const fs::path& path) {
  std::error_code problem;
  return fs::is_regular_file(path, problem);
}

bool is_folder(const fs::path& path) {
  std::error_code problem;
  return fs::is_directory(path, problem);
}

bool is_same(const fs::path& a, const fs::path& b) {
  std::error_code problem;
  return fs::equivalent(a, b, problem);
}

bool is_mask_name(const fs::path& file) {
  const std::string stem = file.stem().string();
  return stem.ends_with(".mask") || stem.ends_with("_mask");
}

Result<void> check_folders(const BatchFolders& folders) {
  if (!is_folder(folders.photos)) {
    return fail(ErrorCode::kBadInput,
                fmt::format("--batch {}: is not a folder; give the folder with the photos",
                            folders.photos.string()));
  }
  if (!is_folder(folders.masks) && !is_file(folders.masks)) {
    return fail(ErrorCode::kBadInput, fmt::format("--masks {}: is neither a folder nor a file; "
                                                  "give the folder with the masks, or one mask "
                                                  "for all",
                                                  folders.masks.string()));
  }
  std::error_code problem;
  fs::create_directory(folders.out, problem);
  if (!is_folder(folders.out)) {
    return fail(
        ErrorCode::kBadInput,
        fmt::format(
            "--out {}: is not a folder and cannot be made ({}); make it first or choose another",
            folders.out.string(), problem ? problem.message() : "a file is in its place"));
  }
  if (access(folders.out.c_str(), W_OK | X_OK) != 0) {
    return fail(ErrorCode::kBadInput,
                fmt::format("--out {}: cannot be written to; choose another or change its rights",
                            folders.out.string()));
  }
  for (const auto& [option, folder] :
       {std::pair{"--batch", folders.photos}, std::pair{"--masks", folders.masks}}) {
    if (is_same(folders.out, folder)) {
      return fail(
          ErrorCode::kUsage,
          fmt::format(
              "--out {}: is the folder of {} too; choose another, so that the originals stay",
              folders.out.string(), option));
    }
  }
  return {};
}

}  // namespace

fs::path find_mask(const fs::path& photo, const fs::path& folder) {
  const std::string stem = photo.stem().string();
  for (const char* middle : {".mask", "_mask", ""}) {
    for (const std::string_view ending : kPictureEndings) {
      fs::path candidate = folder / fmt::format("{}{}{}", stem, middle, ending);
      if (is_file(candidate) && !is_same(candidate, photo)) return candidate;
    }
  }
  return {};
}

Result<BatchPlan> plan_batch(const BatchFolders& folders) {
  if (const Result<void> checked = check_folders(folders); !checked)
    return std::unexpected(checked.error());
  const bool one_mask_for_all = is_file(folders.masks);

  BatchPlan plan;
  std::error_code problem;
  for (fs::directory_iterator entry(folders.photos, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    const fs::path& file = entry->path();
    if (!is_file(file) || file.filename().string().starts_with(".") || is_mask_name(file)) continue;
    if (one_mask_for_all && is_same(file, folders.masks)) continue;
    if (!has_picture_name(file)) {
      ++plan.ignored;
      continue;
    }
    plan.items.push_back({file, one_mask_for_all ? folders.masks : find_mask(file, folders.masks),
                          folders.out / file.filename()});
  }
  if (problem) {
    return fail(ErrorCode::kBadInput,
                fmt::format("--batch {}: cannot be read ({}); check its rights",
                            folders.photos.string(), problem.message()));
  }
  if (plan.items.empty()) {
    return fail(
        ErrorCode::kBadInput,
        fmt::format(
            "--batch {}: no photo in it; photos end in .jpg, .jpeg, .png, .webp, .tif or .tiff",
            folders.photos.string()));
  }
  std::ranges::sort(plan.items, {}, &BatchItem::image);
  return plan;
}

bool is_up_to_date(const BatchItem& item) {
  std::error_code problem;
  const auto written = fs::last_write_time(item.out, problem);
  if (problem || !is_file(item.out)) return false;
  for (const fs::path& input : {item.image, item.mask}) {
    const auto changed = fs::last_write_time(input, problem);
    if (problem || changed > written) return false;
  }
  return true;
}

}  // namespace pawfect
