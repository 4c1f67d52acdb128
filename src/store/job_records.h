// Jobs and sessions in the SessionStore: read, and changed by compare-and-set with as many rounds
// as others force upon us. Safe from any thread when the store is. Errors: the store's; kBug for a
// document that cannot be read, with its key.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/error.h"
#include "jobs/job_record.h"
#include "store/session_record.h"
#include "store/session_store.h"

namespace pawfect {

class JobRecords {
 public:
  // The store outlives this.
  explicit JobRecords(SessionStore& store) : store_(store) {}

  Result<std::optional<JobRecord>> read(const JobId& id);

  // False: there is one of that id already.
  Result<bool> create(const JobRecord& record);

  // Lets `change` work on a copy (a JobPolicy function, mostly) and writes it when its version
  // rose; when somebody was quicker, again with what he wrote. `change` may run several times and
  // must do nothing else. Returns the record as it is now; empty: there is none.
  Result<std::optional<JobRecord>> change(const JobId& id,
                                          const std::function<void(JobRecord&)>& change);

  // Removes it, whatever state it is in.
  Result<void> remove(const JobId& id);

 private:
  SessionStore& store_;
};

class Sessions {
 public:
  explicit Sessions(SessionStore& store) : store_(store) {}

  Result<std::optional<SessionRecord>> read(const SessionId& id);
  Result<bool> create(const SessionRecord& record);
  // As JobRecords::change; written when `change` returns true.
  Result<std::optional<SessionRecord>> change(const SessionId& id,
                                              const std::function<bool(SessionRecord&)>& change);
  Result<void> remove(const SessionId& id);

 private:
  SessionStore& store_;
};

}  // namespace pawfect
