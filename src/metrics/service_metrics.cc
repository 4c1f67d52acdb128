#include "metrics/service_metrics.h"

#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <mutex>

#include "metrics/bounded_metrics.h"
#include "metrics/process_usage.h"

namespace pawfect {
namespace {

using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;
using Buckets = Histogram::BucketBoundaries;

// How many combinations of labels a family may have.
constexpr std::size_t kMostSeries = 64;
constexpr std::size_t kMostRequestSeries = 500;

// Seconds: a status read takes under a millisecond, an upload seconds, a wait for a job a minute.
const Buckets& request_times() {
  static const Buckets buckets{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                               0.25,   0.5,   1,      2.5,   5,    10,    30,   60};
  return buckets;
}
// Seconds: from a small fill with the texture engine to the longest run of an attempt.
const Buckets& work_times() {
  static const Buckets buckets{0.05, 0.1, 0.25, 0.5, 1,   2.5,   5,     10,
                               30,   60,  120,  300, 900, 3'600, 14'400};
  return buckets;
}
const Buckets& memory_sizes() {
  static const Buckets buckets = [] {
    Buckets sizes;
    for (double mib = 64; mib <= 64 * 1024; mib *= 2) sizes.push_back(mib * 1024 * 1024);
    return sizes;
  }();
  return buckets;
}

std::string_view known_method(std::string_view method) {
  constexpr std::array<std::string_view, 7> known{"GET",    "POST",    "PUT", "PATCH",
                                                  "DELETE", "OPTIONS", "HEAD"};
  return std::ranges::find(known, method) == known.end() ? kOtherLabel : method;
}

}  // namespace

class ServiceMetrics::Families {
 public:
  prometheus::Registry registry;

  BoundedMetrics<Counter> requests = counters("pawfect_http_requests_total", "Requests answered.",
                                              {"route", "method", "code"}, kMostRequestSeries);
  BoundedMetrics<Histogram> request_seconds =
      histograms("pawfect_http_request_seconds", "From a request's head to the end of its answer.",
                 {"route"}, request_times());
  Counter& received = counter("pawfect_http_received_bytes_total", "Bytes of requests.");
  Counter& sent = counter("pawfect_http_sent_bytes_total", "Bytes of answers.");
  BoundedMetrics<Counter> refused =
      counters("pawfect_http_refused_total", "Requests refused, by why.", {"reason"});
  Gauge& connections = gauge("pawfect_http_connections", "Connections open now.");
  Gauge& event_streams = gauge("pawfect_http_event_streams", "Event streams open now.");

  Counter& jobs_accepted = counter("pawfect_jobs_accepted_total", "Jobs accepted.");
  Counter& jobs_replayed = counter("pawfect_jobs_replayed_total", "Dead jobs begun anew.");
  Counter& jobs_cancelled = counter("pawfect_jobs_cancelled_total", "Jobs cancelled.");
  Counter& jobs_dead = counter("pawfect_jobs_dead_total", "Jobs given up.");
  BoundedMetrics<Counter> jobs_done =
      counters("pawfect_jobs_done_total", "Jobs done, by engine and where the prompt came from.",
               {"engine", "prompt_source"});
  BoundedMetrics<Counter> attempts_started =
      counters("pawfect_attempts_started_total", "Attempts begun, by their number.", {"attempt"});
  BoundedMetrics<Counter> attempts_failed = counters(
      "pawfect_attempts_failed_total", "Attempts that ended without a result, by why.", {"reason"});
  Histogram& queue_wait =
      histogram("pawfect_job_queue_wait_seconds",
                "From a job's accept, or its return to the queue, to its start.", work_times());
  BoundedMetrics<Histogram> run_seconds =
      histograms("pawfect_job_run_seconds", "Of the attempt that brought the result.", {"engine"},
                 work_times());
  Histogram& total_seconds =
      histogram("pawfect_job_total_seconds", "From a job's accept to its result.", work_times());
  Counter& letters_sent = counter("pawfect_dead_letters_sent_total", "Dead letters sent.");
  Counter& results_refused =
      counter("pawfect_results_refused_total", "Results of attempts that came too late.");
  Counter& messages_resent =
      counter("pawfect_messages_resent_total", "Messages that seemed lost and were sent again.");
  BoundedMetrics<Histogram> stage_seconds =
      histograms("pawfect_fill_stage_seconds", "Stages of a fill.", {"stage"}, work_times());
  Histogram& fill_memory = histogram("pawfect_fill_peak_memory_bytes",
                                     "The most memory that a fill's process took.", memory_sizes());

  BoundedMetrics<Counter> labeler_calls =
      counters("pawfect_labeler_calls_total", "Calls to the labeler, by outcome.", {"outcome"});
  Histogram& labeler_call_seconds =
      histogram("pawfect_labeler_call_seconds", "Calls to the labeler.", request_times());
  BoundedMetrics<Counter> labels =
      counters("pawfect_labels_total", "Labels, by when they came.", {"arrival"});
  Histogram& label_wait = histogram("pawfect_label_wait_seconds",
                                    "What jobs waited for labels, all in all.", work_times());

  BoundedMetrics<Counter> store_errors =
      counters("pawfect_store_errors_total", "Calls to a store that failed.", {"store"});
  BoundedMetrics<Counter> swept =
      counters("pawfect_swept_total", "What was removed because its time was over.", {"what"});
  BoundedMetrics<Counter> swept_bytes =
      counters("pawfect_swept_bytes_total", "Bytes of what was removed.", {"what"});

  BoundedMetrics<Gauge> jobs_open = gauges("pawfect_jobs_open", "Jobs by their state.", {"state"});
  Gauge& queue_length = gauge("pawfect_queue_length", "Messages in the queue, taken or not.");
  Gauge& dead_letters = gauge("pawfect_dead_letters", "Letters in the dead-letter topic.");

  Gauge& resident = gauge("process_resident_memory_bytes", "Resident memory of this process.");
  Counter& cpu = counter("process_cpu_seconds_total", "User and system time of this process.");
  Gauge& open_files = gauge("process_open_fds", "Open file descriptors.");
  Gauge& most_open_files = gauge("process_max_fds", "How many file descriptors may be open.");
  Gauge& started = gauge("process_start_time_seconds", "Since 1970, when this process started.");
  std::mutex text_mutex;  // of the process's values, which are taken together

  Families() {
    prometheus::BuildGauge()
        .Name("pawfect_build_info")
        .Help("1, with the program's version.")
        .Register(registry)
        .Add({{"version", PAWFECT_VERSION}})
        .Set(1);
    started.SetToCurrentTime();
    // What is 0 until it happens is told from the start, so that a rate sees the first one.
    for (const char* outcome : {"accepted", "refused", "timeout", "status", "garbage", "dropped"})
      labeler_calls({outcome});
    for (const char* arrival : {"in_time", "late", "missing", "rejected"}) labels({arrival});
    for (const char* why : {"stalled", "crashed", "engine", "input", "lease", "released"})
      attempts_failed({why});
    for (const char* store : {"sessions", "queue", "blobs"}) store_errors({store});
  }

 private:
  Counter& counter(const std::string& name, const std::string& help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
  }
  Gauge& gauge(const std::string& name, const std::string& help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add({});
  }
  Histogram& histogram(const std::string& name, const std::string& help, const Buckets& buckets) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add({}, buckets);
  }

  BoundedMetrics<Counter> counters(const std::string& name, const std::string& help,
                                   std::vector<std::string> names, std::size_t most = kMostSeries) {
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(registry);
    return {std::move(names), most,
            [&family](const auto& values) -> Counter& { return family.Add(values); }};
  }
  BoundedMetrics<Gauge> gauges(const std::string& name, const std::string& help,
                               std::vector<std::string> names) {
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(registry);
    return {std::move(names), kMostSeries,
            [&family](const auto& values) -> Gauge& { return family.Add(values); }};
  }
  BoundedMetrics<Histogram> histograms(const std::string& name, const std::string& help,
                                       std::vector<std::string> names, const Buckets& buckets) {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
    return {std::move(names), kMostSeries, [&family, &buckets](const auto& values) -> Histogram& {
              return family.Add(values, buckets);
            }};
  }
};

ServiceMetrics::ServiceMetrics() : families_(std::make_unique<Families>()) {}
ServiceMetrics::~ServiceMetrics() = default;

void ServiceMetrics::request(std::string_view route, std::string_view method, int status,
                             double seconds, std::uint64_t bytes_in, std::uint64_t bytes_out) {
  const bool is_code = status >= 100 && status <= 599;
  const fmt::format_int code(status);
  families_
      ->requests({route, known_method(method),
                  is_code ? std::string_view(code.data(), code.size()) : kOtherLabel})
      .Increment();
  families_->request_seconds({route}).Observe(seconds);
  families_->received.Increment(static_cast<double>(bytes_in));
  families_->sent.Increment(static_cast<double>(bytes_out));
}
void ServiceMetrics::refused(std::string_view why) { families_->refused({why}).Increment(); }

void ServiceMetrics::job_accepted() { families_->jobs_accepted.Increment(); }
void ServiceMetrics::job_replayed() { families_->jobs_replayed.Increment(); }
void ServiceMetrics::job_cancelled() { families_->jobs_cancelled.Increment(); }
void ServiceMetrics::job_started(double queue_wait_s, int attempt) {
  families_->queue_wait.Observe(queue_wait_s);
  const fmt::format_int number(attempt);
  families_
      ->attempts_started({attempt <= 10 ? std::string_view(number.data(), number.size()) : "11+"})
      .Increment();
}
void ServiceMetrics::job_done(double run_s, double since_accepted_s, std::string_view engine,
                              std::string_view prompt_source) {
  families_->jobs_done({engine, prompt_source}).Increment();
  families_->run_seconds({engine}).Observe(run_s);
  families_->total_seconds.Observe(since_accepted_s);
}
void ServiceMetrics::attempt_failed(std::string_view why) {
  families_->attempts_failed({why}).Increment();
}
void ServiceMetrics::job_dead() { families_->jobs_dead.Increment(); }
void ServiceMetrics::letter_sent() { families_->letters_sent.Increment(); }
void ServiceMetrics::result_refused() { families_->results_refused.Increment(); }
void ServiceMetrics::message_resent() { families_->messages_resent.Increment(); }
void ServiceMetrics::stage(std::string_view name, double seconds) {
  families_->stage_seconds({name}).Observe(seconds);
}
void ServiceMetrics::fill_memory(std::uint64_t peak_bytes) {
  families_->fill_memory.Observe(static_cast<double>(peak_bytes));
}

void ServiceMetrics::labeler_call(std::string_view outcome, double seconds) {
  families_->labeler_calls({outcome}).Increment();
  families_->labeler_call_seconds.Observe(seconds);
}
void ServiceMetrics::labels(std::string_view arrival) { families_->labels({arrival}).Increment(); }
void ServiceMetrics::label_wait(double seconds) { families_->label_wait.Observe(seconds); }

void ServiceMetrics::store_error(std::string_view store) {
  families_->store_errors({store}).Increment();
}
void ServiceMetrics::swept(std::string_view what, std::uint64_t count, std::uint64_t bytes) {
  families_->swept({what}).Increment(static_cast<double>(count));
  families_->swept_bytes({what}).Increment(static_cast<double>(bytes));
}

void ServiceMetrics::set_open_jobs(std::string_view state, std::int64_t count) {
  families_->jobs_open({state}).Set(static_cast<double>(count));
}
void ServiceMetrics::set_queue_length(std::int64_t count) {
  families_->queue_length.Set(static_cast<double>(count));
}
void ServiceMetrics::set_connections(std::int64_t open, std::int64_t event_streams) {
  families_->connections.Set(static_cast<double>(open));
  families_->event_streams.Set(static_cast<double>(event_streams));
}
void ServiceMetrics::set_dead_letters(std::int64_t count) {
  families_->dead_letters.Set(static_cast<double>(count));
}

std::string ServiceMetrics::text() {
  {
    const std::lock_guard lock(families_->text_mutex);
    const ProcessUsage usage = process_usage();
    families_->resident.Set(static_cast<double>(usage.resident_bytes));
    families_->cpu.Increment(std::max(0.0, usage.cpu_seconds - families_->cpu.Value()));
    families_->open_files.Set(usage.open_files);
    families_->most_open_files.Set(static_cast<double>(usage.most_open_files));
  }
  return prometheus::TextSerializer().Serialize(families_->registry.Collect());
}

}  // namespace pawfect
