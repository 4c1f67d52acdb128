#include "service/run_service.h"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/random_id.h"
#include "image/load.h"
#include "labeler/http_label_caller.h"
#include "labeler/label_routes.h"
#include "labeler/label_service.h"
#include "labeler/local_label_caller.h"
#include "labeler/stand_in_labeler.h"
#include "service/api_process.h"
#include "service/data_folder.h"
#include "service/open_stores.h"
#include "service/side_server.h"
#include "shell/arguments.h"
#include "shell/interrupt.h"
#include "store/job_board.h"
#include "store/job_records.h"
#include "worker/sweeper.h"
#include "worker/worker.h"

namespace pawfect {
namespace {

// What the process is made of, in the order in which it is made; it ends the other way round.
class Service {
 public:
  Service(Roles roles, const ServiceConfig& config, EventLog log)
      : roles_(roles), config_(config), log_(std::move(log)) {}

  Result<void> start() {
    const bool is_alone = roles_.are_all();
    const auto use = is_alone ? DataFolder::Use::kAlone : DataFolder::Use::kTogether;
    auto folder = DataFolder::open(config_.store.data, use);
    if (!folder) return std::unexpected(folder.error());
    folder_.emplace(std::move(*folder));
    auto stores = OpenStores::open(config_, clock_, log_, use);
    if (!stores) return std::unexpected(stores.error());
    stores_ = std::move(*stores);
    all_.emplace(stores_->stores());
    if (roles_.labeler) {
      if (auto started = start_labeler(); !started) return started;
    }
    if (!roles_.api && !roles_.worker) return {};
    auto board = JobBoard::open(all_->sessions, clock_);
    if (!board) return std::unexpected(board.error());
    board_ = std::move(*board);
    if (is_alone) end_leases_of_the_dead();
    if (roles_.worker) {
      auto worker = Worker::start(config_, *all_, *board_, context_);
      if (!worker) return std::unexpected(worker.error());
      worker_ = std::move(*worker);
    } else {
      sweeper_.emplace(*all_, *board_, config_.jobs.limits, context_);
    }
    if (roles_.api) return start_api();
    return config_.worker.listen.empty() ? Result<void>()
                                         : start_side({config_.worker.listen, "", {}});
  }

  // "at http://..." of what listens.
  std::string where() const {
    if (api_) return fmt::format(" at http://{}", api_->address());
    if (side_) return fmt::format(" at http://{}", side_->address());
    return "";
  }

  void stop() {
    const Milliseconds grace = config_.worker.grace;
    // The API goes on answering what was asked while the worker comes to an end.
    std::jthread api([&] {
      if (api_) api_->stop(grace);
    });
    if (worker_) worker_->stop(grace);
    if (side_) side_->stop(grace);
  }

  const EventLog& log() const { return log_; }

 private:
  // A labeler in the same process as the API is asked without a detour over the network.
  Result<void> start_labeler() {
    if (!config_.labeler.stand_in.empty()) {
      auto labeler =
          StandInLabeler::parse(config_.labeler.stand_in, config_.labeler.stand_in_delay);
      if (!labeler) return std::unexpected(labeler.error());
      scene_labeler_ = std::move(*labeler);
      label_service_.emplace(*scene_labeler_, *all_, config_.jobs.limits, context_);
    }
    if (roles_.are_all()) return {};
    SideSetup side{config_.labeler.listen, "", {}};
    side.routes.push_back(label_route(service_or_null()));
    if (!label_service_) {
      side.why_not_ready = "this labeler has no model";
      log_.warning("labeler_has_no_model", {{"answers", "503"}});
    }
    return start_side(std::move(side));
  }

  Result<void> start_side(SideSetup setup) {
    auto side = SideServer::start(std::move(setup), context_);
    if (!side) return std::unexpected(side.error());
    side_ = std::move(*side);
    return {};
  }

  LabelService* service_or_null() { return label_service_ ? &*label_service_ : nullptr; }

  Result<void> start_api() {
    if (label_service_) {
      label_caller_ = std::make_unique<LocalLabelCaller>(*label_service_, context_);
    } else if (!config_.labeler.url.empty()) {
      auto caller = HttpLabelCaller::make(config_.labeler.url, config_.labeler.time, context_);
      if (!caller) return std::unexpected(caller.error());
      label_caller_ = std::move(*caller);
    }
    ApiSetup setup{config_, *all_, *board_, context_, label_caller_.get(), {}};
    if (roles_.are_all()) setup.more_routes.push_back(label_route(service_or_null()));
    auto api = ApiProcess::start(std::move(setup));
    if (!api) return std::unexpected(api.error());
    api_ = std::move(*api);
    return {};
  }

  // Nobody else works in this folder, so whoever ran a job before is gone.
  void end_leases_of_the_dead() {
    const JobPolicy policy(clock_, config_.jobs.limits, random_fraction);
    JobRecords records(all_->sessions);
    for (const auto& job : board_->open_jobs()) {
      if (!job->lease) continue;
      const auto ended = records.change(
          job->message.job, [&](JobRecord& record) { policy.on_lease_expired(record); });
      if (!ended || !*ended) continue;
      context_.metrics.attempt_failed("lease");
      log_.warning("lease_ended_at_start", {{"job", job->message.job.text()}});
      if ((*ended)->state == JobState::kDead) context_.metrics.job_dead();
      // Its old message may be hidden for minutes; a second one does no harm.
      if ((*ended)->state != JobState::kQueued) continue;
      const std::string once = fmt::format("{}-{}", job->message.job.text(), (*ended)->version);
      static_cast<void>(all_->queue.put(present_message(**ended), (*ended)->delay, once));
    }
  }

  Roles roles_;
  const ServiceConfig& config_;
  EventLog log_;
  SystemClock clock_;
  ServiceMetrics metrics_;
  ServiceContext context_{clock_, metrics_, log_};
  std::optional<DataFolder> folder_;
  std::unique_ptr<OpenStores> stores_;
  std::optional<Stores> all_;
  std::unique_ptr<SceneLabeler> scene_labeler_;
  std::optional<LabelService> label_service_;
  std::unique_ptr<SideServer> side_;
  std::unique_ptr<JobBoard> board_;
  std::unique_ptr<Worker> worker_;
  std::optional<SweepThread> sweeper_;
  std::unique_ptr<LabelCaller> label_caller_;
  std::unique_ptr<ApiProcess> api_;
};

void wait_for(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any woken;
  std::unique_lock lock(mutex);
  woken.wait(lock, stop, [] { return false; });
}

}  // namespace

int run_service(std::string_view name, Roles roles, const ServiceConfig& config) {
  const LogFormat format = config.log.format == "json" ? LogFormat::kJson : LogFormat::kText;
  auto log = EventLog::to_stderr(config.log.level, format);
  if (!log) return print_error(log.error());
  // Before any other thread, which inherits the blocked signals.
  const Interrupt interrupt;
  Service service(roles, config, std::move(*log));
  if (const auto started = service.start(); !started) return print_error(started.error());
  fmt::print("pawfect {} is ready{}\n", name, service.where());
  std::fflush(stdout);
  service.log().info("ready", {{"process", name}});
  wait_for(interrupt.token());
  service.log().info("stopping", {{"process", name}});
  service.stop();
  service.log().info("stopped", {{"process", name}});
  return 0;
}

}  // namespace pawfect
