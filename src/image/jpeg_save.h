// Chooses how a result is written as a JPEG. Safe from several threads at once.
#pragma once

#include "base/error.h"
#include "image/bytes.h"
#include "image/image.h"
#include "image/load.h"
#include "image/save.h"

namespace pawfect {

// The coded picture without metadata: of a JPEG, with its own tables and sampling, and where
// nothing was painted with its own blocks; else anew. `image`: 8 bits, 1 or 3 channels. Error
// (kBug): libjpeg refuses.
Result<ByteVector> encode_as_jpeg(const Image& image, const SourceInfo& source,
                                  const SaveOptions& options);

}  // namespace pawfect
