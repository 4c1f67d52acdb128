// What every part of the service is given: the time, where to count, where to tell. Referenced, not
// owned; safe from any thread.
#pragma once

#include "base/clock.h"
#include "log/event_log.h"
#include "metrics/service_metrics.h"

namespace pawfect {

struct ServiceContext {
  const Clock& clock;
  ServiceMetrics& metrics;
  const EventLog& log;
};

}  // namespace pawfect
