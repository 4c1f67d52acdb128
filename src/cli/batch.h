// pawfect fill --batch: a folder of photos, one after the other.
#pragma once

#include <filesystem>

#include "cli/batch_plan.h"
#include "cli/session.h"
#include "cli/settings.h"

namespace pawfect {

// More photos may fail than an exit status can say; the report and the last line have the whole
// number.
inline constexpr int kMostFailuresTold = 63;

// Fills every photo that is not done yet, one line each, and writes the report when one is asked
// for. Returns the number of photos that failed (kMostFailuresTold at most), kCancelled when
// interrupted, or the status of an error that kept it from starting.
int run_batch(const BatchFolders& folders, const std::filesystem::path& report,
              FillSettings& settings, Talk talk);

}  // namespace pawfect
