// Expiry: what has served its time goes: the pictures of sessions that expired, then their records;
// old idempotency keys; blobs that nothing names. Belongs to one thread.
#pragma once

#include <stop_token>
#include <string>

#include "api/session_board.h"
#include "config/service_config.h"
#include "metrics/service_context.h"
#include "store/job_records.h"
#include "store/stores.h"

namespace pawfect {

class Expiry {
 public:
  // Blobs that nothing names are left alone that long: what names them may be on its way.
  static constexpr Milliseconds kOrphanAge{3'600'000};

  // All references outlive this.
  Expiry(const ServiceConfig& config, const Stores& stores, const SessionBoard& board,
         const ServiceContext& context);

  // Sessions that are due. To be called every config.expiry.sweep_s. Stops between two of them.
  void sweep_sessions(const std::stop_token& stop);

  // Orphans and idempotency keys: looks at everything there is, so once an hour.
  void sweep_leftovers(const std::stop_token& stop);

 private:
  bool expire(const SessionId& id);
  bool forget(const SessionId& id);
  bool remove_jobs_blobs(const SessionRecord& session);
  void remove_document(Kind kind, const std::string& key);
  std::int64_t remove_under(const std::string& prefix);
  bool is_orphan(const std::string& blob);
  void told(std::string_view store, const Error& error);

  const ServiceConfig& config_;
  Stores stores_;
  const SessionBoard& board_;
  const ServiceContext& context_;
  Sessions sessions_;
  JobRecords jobs_;
};

}  // namespace pawfect
