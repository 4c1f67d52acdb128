// MODEL_SPLIT: any text ends in a choice among the variants that it names or in one clear line. The
// first line is the setting, the rest the session's id.
#include <cstdint>
#include <string_view>

#include "flux/variant_split.h"
#include "weight_contents.h"

namespace pawfect {
namespace {

void check_split(std::string_view setting, std::string_view session_id) {
  static const Manifest manifest = Manifest::built_in().value();
  const auto split = VariantSplit::parse(setting, manifest);
  if (!split) {
    demand(split.error().code == ErrorCode::kUsage);
    demand(split.error().message.starts_with("MODEL_SPLIT: "));
    demand(split.error().message.find('\n') == std::string::npos);
    return;
  }
  const std::string& chosen = split->choose(session_id);
  demand(manifest.find(chosen).has_value() && (*manifest.find(chosen))->name == chosen);
  demand(split->choose(session_id) == chosen);
}

}  // namespace
}  // namespace pawfect

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t line_end = text.find('\n');
  const bool has_id = line_end != std::string_view::npos;
  pawfect::check_split(text.substr(0, line_end), has_id ? text.substr(line_end + 1) : "");
  return 0;
}
