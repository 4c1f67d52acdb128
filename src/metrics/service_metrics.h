// What the service counts and times, for Prometheus (docs/operations.md lists every metric). Names
// carry their units; every decision has a counter. Safe from any thread. Owned by the process's
// main, passed to whoever has something to tell; there is no global.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace pawfect {

class ServiceMetrics {
 public:
  ServiceMetrics();
  ~ServiceMetrics();

  // HTTP.
  void request(std::string_view route, std::string_view method, int status, double seconds,
               std::uint64_t bytes_in, std::uint64_t bytes_out);
  void refused(std::string_view why);  // "too-large", "rate", "queue-full", "token", ...

  // Jobs. Names as in jobs/job_record.h and jobs/job_policy.h.
  void job_accepted();
  void job_replayed();
  void job_cancelled();
  void job_started(double queue_wait_s, int attempt);
  void job_done(double run_s, double since_accepted_s, std::string_view engine,
                std::string_view prompt_source);
  void attempt_failed(
      std::string_view why);  // "stalled", "crashed", "engine", "input", "lease", "released"
  void job_dead();
  void letter_sent();
  void result_refused();  // a late attempt's
  void message_resent();
  void stage(std::string_view name, double seconds);  // of a fill's report
  void fill_memory(std::uint64_t peak_bytes);         // of an engine child

  // Labels.
  void labeler_call(std::string_view outcome,
                    double seconds);      // "accepted", "refused", "timeout", "status", "garbage"
  void labels(std::string_view arrival);  // "in_time", "late", "missing", "rejected"
  void label_wait(double seconds);

  // Storage.
  void store_error(std::string_view store);  // "sessions", "queue", "blobs"
  void swept(std::string_view what, std::uint64_t count,
             std::uint64_t bytes);  // "sessions", "orphans", "spool"

  // Levels, set when somebody looks.
  void set_open_jobs(std::string_view state, std::int64_t count);
  void set_queue_length(std::int64_t count);
  void set_connections(std::int64_t open, std::int64_t event_streams);
  void set_dead_letters(std::int64_t count);

  // The text format, with the process's memory, CPU time and open files as they are now.
  std::string text();

 private:
  class Families;
  std::unique_ptr<Families> families_;
};

}  // namespace pawfect
