// ApiProcess: the API of one process, with all that its routes need: listener, network thread,
// threads that wait, children that look at pictures, and the sweep of what has expired. Owned by
// the process's main; the rest of the service outlives it.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "config/service_config.h"
#include "http/exchange.h"
#include "labeler/label_caller.h"
#include "metrics/service_context.h"
#include "store/job_board.h"
#include "store/stores.h"

namespace pawfect {

struct ApiSetup {
  const ServiceConfig& config;
  Stores stores;
  JobBoard& jobs;
  const ServiceContext& context;
  LabelCaller* labeler = nullptr;        // null: there is none
  std::vector<http::Route> more_routes;  // beside the API's own
};

class ApiProcess {
 public:
  // Listens and serves. Errors: the address's, the stores'; kUsage for a MODEL_SPLIT that is none.
  static Result<std::unique_ptr<ApiProcess>> start(ApiSetup setup);
  ~ApiProcess();

  const std::string& address() const;  // "127.0.0.1:8080"

  // Says that it is not ready any more, a moment later takes no connection, and returns when what
  // was asked is answered, or `grace` is over.
  void stop(Milliseconds grace);

 private:
  class State;
  explicit ApiProcess(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace pawfect
