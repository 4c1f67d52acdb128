// The manifest's JSON, read strictly: docs/flux.md, "Variants", describes it. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "flux/variants.h"

namespace pawfect {

// Reads `text` over what `contents` holds: files and variants of the same name are replaced, others
// added. `name` stands for the file in messages. Errors (kModelMissing): no JSON, a key that is not
// known or stands there twice, a value of the wrong type or out of range, a name or hash that
// cannot be one, a default that is no variant; the line names file and key. `contents` is then
// unchanged.
Result<void> read_manifest(std::string_view text, std::string_view name,
                           ManifestContents& contents);

// `text` (empty: no manifest yet) with the hash of one file set, as it may be written back. Errors
// (kModelMissing): it is no manifest, or `file` is no name that one can hold.
Result<std::string> with_hash(const std::string& text, std::string_view name,
                              const std::string& file, const std::string& sha256);

}  // namespace pawfect
