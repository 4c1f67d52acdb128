// Names what a file is when it is not a picture that we read, from its content alone, and finds
// documents that hide in a picture file (polyglots). Pure functions on bytes.
#pragma once

#include <optional>
#include <string_view>

#include "image/bytes.h"

namespace pawfect {

struct ForeignFormat {
  std::string_view name;    // with its article: "a GIF", "an SVG drawing"
  std::string_view advice;  // what to do next
};

// What the file is; never one of our four containers. Always has an answer, the last being
// "of no kind we know".
ForeignFormat name_foreign_format(ByteSpan file);

// A document of another kind that some other program would find in this picture file, or nothing.
// `picture_end` is the first byte behind the picture's own end marker. The places are those where
// readers of those documents look (see the .cc).
std::optional<std::string_view> find_hidden_document(ByteSpan file, std::size_t picture_end);

// A document that these bytes begin, wherever in a file they come to stand, or nothing.
std::optional<std::string_view> find_document_text(ByteSpan bytes);

}  // namespace pawfect
