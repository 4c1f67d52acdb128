// SceneLabeler: what looks at a photo and says what its surroundings are. Used from one thread.
#pragma once

#include <stop_token>

#include "base/error.h"
#include "store/blob_store.h"
#include "store/session_record.h"

namespace pawfect {

class SceneLabeler {
 public:
  virtual ~SceneLabeler() = default;

  // All but the time, which the caller sets. Errors: kBadInput for a photo that it cannot make
  // anything of, kCancelled when it was told to stop.
  virtual Result<SceneLabels> look(const OpenBlob& photo, const std::stop_token& stop) = 0;
};

}  // namespace pawfect
