// The stores that the configuration names, opened. Owns them; safe from any thread, as they are.
#pragma once

#include <memory>

#include "base/clock.h"
#include "base/error.h"
#include "config/service_config.h"
#include "log/event_log.h"
#include "service/data_folder.h"
#include "store/stores.h"

namespace pawfect {

class OpenStores {
 public:
  // Makes the folder for the data where it is missing. Errors: the adapters'. Their warnings (an
  // old server) are logged.
  static Result<std::unique_ptr<OpenStores>> open(const ServiceConfig& config, const Clock& clock,
                                                  const EventLog& log, DataFolder::Use use);
  virtual ~OpenStores() = default;

  virtual Stores stores() = 0;
};

}  // namespace pawfect
