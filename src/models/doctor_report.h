// What pawfect doctor found out, for people and for programs. Value types.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "flux/placement_check.h"
#include "tensor/device.h"

namespace pawfect {

struct FoundBackend {
  BackendKind kind = BackendKind::kCpu;
  std::string device;  // the processor's or the card's own name
  DeviceMemory memory;
};

struct FoundFile {
  std::string part, path;
};

struct DoctorReport {
  std::vector<FoundBackend> backends;
  BackendKind asked = BackendKind::kCpu;
  std::string variant;  // empty: none was asked for, and what follows is empty
  std::vector<FoundFile> files;
  std::optional<StepReport> step;
  std::optional<Error> problem;
};

std::string backends_text(const DoctorReport& report);

// Variant, files, step and placement; empty without a variant.
std::string variant_text(const DoctorReport& report);

// One JSON document (docs/command-line.md), with a line break at its end.
std::string doctor_json(const DoctorReport& report);

}  // namespace pawfect
