#include "models/models_folder.h"

#include <cstdlib>

namespace pawfect {

Result<std::filesystem::path> models_folder(const std::filesystem::path& asked) {
  if (!asked.empty()) return asked;
  const char* named = std::getenv("PAWFECT_MODELS");
  if (named != nullptr && *named != '\0') return named;
  const char* home = std::getenv("HOME");
  if (home != nullptr && *home != '\0')
    return std::filesystem::path(home) / ".local/share/pawfect/models";
  return fail(ErrorCode::kUsage,
              "neither --models, PAWFECT_MODELS nor HOME is set; give the folder with the weight "
              "files by --models");
}

}  // namespace pawfect
