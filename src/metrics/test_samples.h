// For tests: what stands in the text form of metrics.
#pragma once

#include <sstream>
#include <string>

#include "metrics/service_metrics.h"

namespace pawfect::fakes {

// The value of a sample as its line begins: "pawfect_labels_total{arrival=\"late\"}"; -1: none.
inline double sample(ServiceMetrics& metrics, const std::string& begin) {
  std::istringstream lines(metrics.text());
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(begin + " ")) return std::stod(line.substr(begin.size()));
  }
  return -1;
}

}  // namespace pawfect::fakes
