// Which names a blob may have, for every adapter alike. Pure.
#pragma once

#include <string_view>

#include "base/error.h"
#include "store/blob_store.h"

namespace pawfect {

// Error (kBadInput): it is no blob_name() that ends in a digest.
Result<void> check_blob_name(std::string_view name);

}  // namespace pawfect
