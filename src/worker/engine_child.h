// The child that a worker's jobs run in: makes one engine, then fills one photo after the other
// with it, tells how far it is, and stops when it is told to. It ends as soon as its channel does,
// whatever it is doing, so that nothing goes on computing when its worker is gone.
#pragma once

#include "fill/registry.h"
#include "worker/child_channel.h"

namespace pawfect {

// Returns the exit status.
int serve_engine_child(ChildChannel& channel, const EngineRegistry& engines);

}  // namespace pawfect
