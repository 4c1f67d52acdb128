// LabelCaller: tells a labeler that a session has a photo, and forgets about it. Never waits, never
// fails towards the caller: what becomes of the call is logged and counted.
#pragma once

#include <string_view>

#include "jobs/id.h"

namespace pawfect {

class LabelCaller {
 public:
  virtual ~LabelCaller() = default;

  // Starts the call and returns at once. `photo` is a blob's name. From any thread.
  virtual void ask(const SessionId& session, std::string_view photo) = 0;
};

}  // namespace pawfect
