// LabelService: works off the photos that are to be looked at, one after the other, writes what was
// seen into their sessions and tells the jobs that wait for it. What does not come to an end (a
// store that does not answer, a stop) is forgotten: jobs wait for labels only so long. Owns its
// thread; `put` is safe from any.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include "jobs/id.h"
#include "jobs/job_limits.h"
#include "jobs/job_policy.h"
#include "labeler/scene_labeler.h"
#include "metrics/service_context.h"
#include "store/job_records.h"
#include "store/stores.h"

namespace pawfect {

class LabelService {
 public:
  static constexpr std::size_t kMostWaiting = 1000;

  // All references outlive this. Starts its thread.
  LabelService(SceneLabeler& labeler, const Stores& stores, const JobLimits& limits,
               const ServiceContext& context);
  // Stops: ends what is being looked at and forgets the rest.
  ~LabelService();
  LabelService(const LabelService&) = delete;
  LabelService& operator=(const LabelService&) = delete;

  enum class Put { kTaken, kFull };
  // A session that waits already is taken and does not wait twice.
  Put put(const SessionId& session, std::string_view photo);

 private:
  struct Waiting {
    SessionId session;
    std::string photo;
    auto operator<=>(const Waiting&) const = default;
  };

  void work(const std::stop_token& stop);
  void look_at(const Waiting& one, const std::stop_token& stop);
  std::optional<SessionRecord> find_session(const Waiting& one);
  std::optional<SceneLabels> see(const Waiting& one, const std::stop_token& stop);
  std::optional<SessionRecord> write(const Waiting& one, const SceneLabels& labels);
  void tell_job(const JobId& job);
  void reject(const Waiting& one, std::string_view why);
  void store_failed(std::string_view store, const Error& error);

  SceneLabeler& labeler_;
  Stores stores_;
  Sessions sessions_;
  JobRecords jobs_;
  JobPolicy policy_;
  ServiceContext context_;

  std::mutex queue_mutex_;  // guards the two below
  std::deque<Waiting> queue_;
  std::set<Waiting> known_;  // what waits
  std::condition_variable_any arrived_;
  std::jthread thread_;  // the last: it uses all of the above
};

}  // namespace pawfect
