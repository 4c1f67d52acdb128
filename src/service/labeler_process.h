// LabelerProcess: the HTTP side of `pawfect labeler`. Owned by the process's main.
#pragma once

#include <memory>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/error.h"
#include "config/service_config.h"
#include "http/server.h"
#include "labeler/label_service.h"
#include "metrics/service_context.h"

namespace pawfect {

class LabelerProcess {
 public:
  // `service` null: there is no model, and every call is answered with 503. All outlive this.
  // Errors: the address's.
  static Result<std::unique_ptr<LabelerProcess>> start(const ServiceConfig& config,
                                                       const ServiceContext& context,
                                                       LabelService* service);
  ~LabelerProcess();

  const std::string& address() const { return server_->address(); }
  void stop(Milliseconds grace);

 private:
  explicit LabelerProcess(std::unique_ptr<http::Server> server);

  std::unique_ptr<http::Server> server_;
  std::jthread network_;
};

}  // namespace pawfect
