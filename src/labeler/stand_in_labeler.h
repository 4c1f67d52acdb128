// StandInLabeler: says the same of every photo, after a while. For tests and demonstrations of what
// surrounds a labeler, as long as there is none with a model. Safe from any thread.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "labeler/scene_labeler.h"

namespace pawfect {

class StandInLabeler : public SceneLabeler {
 public:
  // "LABEL:SCORE:SHARE,...": labels of a-z and blanks, numbers from 0 to 1. Error (kUsage), which
  // begins with the setting's name: what is wrong with it.
  static Result<std::unique_ptr<StandInLabeler>> parse(std::string_view text, Milliseconds delay);

  Result<SceneLabels> look(const OpenBlob& photo, const std::stop_token& stop) override;

 private:
  StandInLabeler(std::vector<SceneLabel> labels, Milliseconds delay)
      : labels_(std::move(labels)), delay_(delay) {}

  std::vector<SceneLabel> labels_;
  Milliseconds delay_;
};

}  // namespace pawfect
