// Reads one key/value pair of a GGUF header. Not thread-safe (the cursor moves).
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "weights/byte_cursor.h"
#include "weights/file_contents.h"

namespace pawfect {

// A GGUF string: 8 bytes of length, then the bytes, no terminator. `where` says what it is, for
// messages ("the key of metadata pair 3"). Errors (kModelMissing): over `most` bytes, or the file
// ends first.
Result<std::string> read_gguf_string(ByteCursor& cursor, std::uint64_t most, std::string_view file,
                                     std::string_view where);

// A key, the number of a value type, and the value. Strings are copied; arrays stay views into what
// the cursor reads. Errors (kModelMissing): a limit passed, an unknown type, an array of arrays, a
// true/false value other than 0 and 1, or the file ends first.
Result<std::pair<std::string, MetadataValue>> read_gguf_pair(ByteCursor& cursor,
                                                             std::string_view file,
                                                             const WeightLimits& limits);

// The error for a header that goes on where the file ends.
std::unexpected<Error> ends_inside(std::string_view file, std::string_view where);

}  // namespace pawfect
