// The three stores that every part of the service works on. Referenced, not owned.
#pragma once

#include "store/blob_store.h"
#include "store/job_queue.h"
#include "store/session_store.h"

namespace pawfect {

struct Stores {
  SessionStore& sessions;
  JobQueue& queue;
  BlobStore& blobs;
};

}  // namespace pawfect
