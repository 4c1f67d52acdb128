// Zlib streams in memory, with a limit on what comes out. Pure functions.
#pragma once

#include <optional>

#include "image/bytes.h"

namespace pawfect {

// The unpacked stream; empty when it is damaged, cut off or longer than `max_bytes`. Memory grows
// with what has been unpacked, never with what the stream promises.
std::optional<ByteVector> inflated(ByteSpan stream, std::size_t max_bytes);

ByteVector deflated(ByteSpan bytes);

}  // namespace pawfect
