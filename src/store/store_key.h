// Which keys a document may have, for every adapter alike. Pure.
#pragma once

#include <string_view>

#include "base/error.h"
#include "store/session_store.h"

namespace pawfect {

// Error (kBug): the key or the text is none that a document may have.
Result<void> check_document(std::string_view key, std::string_view text);

}  // namespace pawfect
