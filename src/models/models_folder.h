// Where the weight files of this user are, when no folder was named.
#pragma once

#include <filesystem>

#include "base/error.h"

namespace pawfect {

// `asked` (--models) when it is given; else $PAWFECT_MODELS; else .local/share/pawfect/models in
// the user's home. The folder need not exist. Error (kUsage): there is no home to look in.
Result<std::filesystem::path> models_folder(const std::filesystem::path& asked);

}  // namespace pawfect
