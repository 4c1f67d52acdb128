#include "service/api_process.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "api/api.h"
#include "api/expiry.h"
#include "base/random_id.h"
#include "config/listen_address.h"
#include "flux/variant_split.h"
#include "flux/variants.h"
#include "http/server.h"
#include "http/spool.h"
#include "models/models_folder.h"

namespace pawfect {
namespace {

// Between "not ready" and the listener's close, so that what sends clients here has heard of it.
constexpr Milliseconds kDrain{500};
constexpr Milliseconds kLeftoversEvery{3'600'000};

CheckLimits check_limits(const ServiceConfig& config) {
  CheckLimits limits;
  limits.image.max_bytes = static_cast<std::int64_t>(config.uploads.most_bytes);
  limits.image.max_pixels = std::int64_t{config.uploads.most_megapixels} * 1'000'000;
  limits.image.max_side = config.uploads.longest_side;
  limits.children = config.uploads.checkers;
  limits.time = config.uploads.check_time;
  limits.memory = config.uploads.check_memory;
  return limits;
}

http::ServerSetup server_setup(const ServiceConfig& config) {
  const auto address = parse_listen_address(config.http.listen);
  http::ServerSetup setup;
  setup.address = address->address;  // the configuration was checked
  setup.port = address->port;
  setup.limits.head_time = config.http.head_time;
  setup.limits.idle_time = config.http.idle_time;
  setup.limits.body_piece_time = config.http.body_piece_time;
  setup.limits.send_piece_time = config.http.send_piece_time;
  setup.limits.most_connections = config.http.most_connections;
  setup.limits.most_connections_per_peer = config.http.most_connections;
  setup.limits.most_event_streams = config.http.most_event_streams;
  return setup;
}

// MODEL_SPLIT, where there is one.
Result<std::optional<VariantSplit>> read_split(const ServiceConfig& config) {
  if (config.worker.split.empty()) return std::nullopt;
  const auto folder = models_folder(config.worker.models);
  const auto manifest = folder ? Manifest::read(*folder) : Manifest::built_in();
  if (!manifest) return std::unexpected(manifest.error());
  auto split = VariantSplit::parse(config.worker.split, *manifest);
  if (!split) return std::unexpected(split.error());
  return std::optional(std::move(*split));
}

}  // namespace

class ApiProcess::State {
 public:
  State(ApiSetup setup, std::unique_ptr<SessionBoard> sessions, std::optional<VariantSplit> split)
      : setup_(std::move(setup)),
        sessions_(std::move(sessions)),
        split_(std::move(split)),
        policy_(setup_.context.clock, setup_.config.jobs.limits, random_fraction),
        checker_(check_limits(setup_.config)),
        access_(setup_.config.tokens, setup_.context.clock),
        workers_(std::make_unique<http::Workers>(setup_.config.http.threads)),
        parts_{setup_.config,  setup_.stores,
               setup_.jobs,    *sessions_,
               policy_,        checker_,
               *workers_,      access_,
               setup_.labeler, [this](const SessionId& session) { return variant_of(session); },
               setup_.context, setup_.config.store.data / "spool",
               is_draining_},
        expiry_(setup_.config, setup_.stores, *sessions_, setup_.context) {}

  Result<void> start() {
    http::clean_spool(parts_.spool);
    http::ServerSetup server = server_setup(setup_.config);
    prepare_server(server, parts_);
    std::vector<http::Route> routes = api_routes(parts_);
    for (http::Route& route : setup_.more_routes) routes.push_back(std::move(route));
    auto opened = http::Server::open(std::move(server), std::move(routes));
    if (!opened) return std::unexpected(opened.error());
    server_ = std::move(*opened);
    network_ = std::jthread([this] { server_->run(); });
    sweeper_ = std::jthread([this](const std::stop_token& stop) { sweep(stop); });
    return {};
  }

  ~State() { stop(Milliseconds(0)); }

  void stop(Milliseconds grace) {
    if (server_ == nullptr || !network_.joinable()) return;
    sweeper_.request_stop();
    is_draining_ = true;
    if (grace > kDrain) std::this_thread::sleep_for(kDrain);
    server_->stop(grace);
    network_.join();
    // What handlers still wait for ends before the network that they would come back to.
    workers_.reset();
    sweeper_.join();
    server_.reset();
  }

  const std::string& address() const { return server_->address(); }

 private:
  std::string variant_of(const SessionId& session) const {
    return split_ ? split_->choose(session.text()) : std::string();
  }

  void sweep(const std::stop_token& stop) {
    const Milliseconds every = std::chrono::seconds(setup_.config.expiry.sweep_s);
    Milliseconds since_leftovers{0};
    std::unique_lock lock(sleep_mutex_);
    while (!sleep_.wait_for(lock, stop, every, [] { return false; }) && !stop.stop_requested()) {
      expiry_.sweep_sessions(stop);
      setup_.context.metrics.set_connections(server_->connections(), server_->event_streams());
      since_leftovers += every;
      if (since_leftovers < kLeftoversEvery) continue;
      since_leftovers = Milliseconds(0);
      expiry_.sweep_leftovers(stop);
    }
  }

  ApiSetup setup_;
  std::unique_ptr<SessionBoard> sessions_;
  std::optional<VariantSplit> split_;
  JobPolicy policy_;
  PictureChecker checker_;
  Access access_;
  std::unique_ptr<http::Workers> workers_;
  std::atomic<bool> is_draining_ = false;
  ApiParts parts_;
  Expiry expiry_;
  std::unique_ptr<http::Server> server_;
  std::mutex sleep_mutex_;
  std::condition_variable_any sleep_;
  std::jthread network_, sweeper_;
};

Result<std::unique_ptr<ApiProcess>> ApiProcess::start(ApiSetup setup) {
  auto sessions = SessionBoard::open(setup.stores.sessions);
  if (!sessions) return std::unexpected(sessions.error());
  auto split = read_split(setup.config);
  if (!split) return std::unexpected(split.error());
  auto state = std::make_unique<State>(std::move(setup), std::move(*sessions), std::move(*split));
  if (auto started = state->start(); !started) return std::unexpected(started.error());
  return std::unique_ptr<ApiProcess>(new ApiProcess(std::move(state)));
}

ApiProcess::ApiProcess(std::unique_ptr<State> state) : state_(std::move(state)) {}
ApiProcess::~ApiProcess() = default;

const std::string& ApiProcess::address() const { return state_->address(); }
void ApiProcess::stop(Milliseconds grace) { state_->stop(grace); }

}  // namespace pawfect
