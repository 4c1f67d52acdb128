// One photo file with one mask file becomes one filled file, and a FillReport tells all about it,
// whether it went well or not. Shared by the single and the batch fill. Runs in the caller's
// thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/progress.h"
#include "cli/settings.h"
#include "fill/engine.h"
#include "fill/pipeline.h"
#include "image/sniff.h"
#include "mask/prepare.h"

namespace pawfect {

struct FillFiles {
  std::filesystem::path image;
  std::filesystem::path mask;
  std::filesystem::path out;      // empty: nothing is filled, only the overlay is drawn
  std::filesystem::path overlay;  // empty: none
  std::filesystem::path compare;  // before and after side by side; empty: none
};

struct PhotoSummary {
  int width = 0;
  int height = 0;
  int channels = 0;
  int bits = 8;
  Container container = Container::kPng;
};

// Everything the program can tell of one fill. What was not reached stays empty.
struct FillReport {
  FillFiles files;
  FillSettings settings;
  bool is_skipped = false;     // batch: the output was there already
  std::optional<Error> error;  // empty: done
  std::optional<PhotoSummary> photo;
  std::optional<MaskStatistics> mask;
  std::optional<JobReport> job;
  std::optional<Container> written;
  std::vector<StageTime> stages;  // of the whole file, in their order
  double seconds = 0;
  std::vector<std::string> notices;  // one line each, for the user
};

// Reads, fills and writes. Never leaves a part of an output: files appear whole or not at all.
FillReport fill_file(const FillFiles& files, const FillSettings& settings, const FillEngine& engine,
                     const JobControl& control);

// Looked at before any work is done: kBadInput when `file`, the value of `option`, cannot be
// written because its folder is missing or read-only, or because it is no ordinary file.
Result<void> check_output(const std::filesystem::path& file, std::string_view option);

}  // namespace pawfect
