// Looks over a SentencePiece "precompiled charsmap": the table by which text is normalised before
// it is cut into pieces. The library walks it without looking at bounds, so it is proved harmless
// first. Pure function.
#pragma once

#include <string_view>

#include "base/error.h"

namespace pawfect {

// Whether the library can use `charsmap` on any text: no step of its trie and no replacement lies
// outside the blob, no text has more than 32 matches at one place, replacements are UTF-8 of at
// most 256 bytes. The error (kModelMissing) begins with `name`.
Result<void> check_charsmap(std::string_view charsmap, std::string_view name);

}  // namespace pawfect
