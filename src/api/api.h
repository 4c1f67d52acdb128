// The HTTP API of the service (docs/service.md; src/api/openapi.json describes every route): what
// it needs, and its routes. Handlers run on the network thread and do what waits on Workers.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/access.h"
#include "api/admission.h"
#include "api/session_board.h"
#include "config/service_config.h"
#include "http/exchange.h"
#include "http/server.h"
#include "http/workers.h"
#include "jobs/job_policy.h"
#include "labeler/label_caller.h"
#include "metrics/service_context.h"
#include "store/job_board.h"
#include "store/stores.h"
#include "worker/picture_checker.h"

namespace pawfect {

// All of it outlives the routes.
struct ApiParts {
  const ServiceConfig& config;
  Stores stores;
  JobBoard& jobs;
  SessionBoard& sessions;
  const JobPolicy& policy;
  PictureChecker& checker;
  http::Workers& workers;
  Access& access;
  LabelCaller* labeler = nullptr;  // null: there is none
  // The variant of a session's fills where the client asks for none; "" leaves it to the worker.
  std::function<std::string(const SessionId&)> choose_variant;
  ServiceContext context;
  std::filesystem::path spool;
  const std::atomic<bool>& is_draining;
  std::unique_ptr<Admission> admission = std::make_unique<Admission>();
};

std::vector<http::Route> api_routes(ApiParts& parts);

// Guard, finish, headers and hooks for the server that serves them.
void prepare_server(http::ServerSetup& setup, ApiParts& parts);

}  // namespace pawfect
