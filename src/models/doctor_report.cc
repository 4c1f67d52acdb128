#include "models/doctor_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace pawfect {
namespace {

using Json = nlohmann::ordered_json;

double gib(std::uint64_t bytes) { return double(bytes) / double(1 << 30); }
double mib(std::uint64_t bytes) { return double(bytes) / double(1 << 20); }

// ggml knows what is free on a card only.
bool is_card(const FoundBackend& backend) { return backend.kind != BackendKind::kCpu; }

Json step_json(const DoctorReport& report) {
  if (!report.step) return nullptr;
  const StepReport& step = *report.step;
  Json placement = Json::array();
  for (const Placement& one : step.placement) {
    placement.push_back(
        {{"operation", one.kind}, {"backend", backend_name(one.backend)}, {"count", one.count}});
  }
  return {{"width", kCheckSide},
          {"height", kCheckSide},
          {"t5_length", kCheckTextLength},
          {"seconds", step.seconds},
          {"weight_bytes", step.weight_bytes},
          {"graph_bytes", step.graph_bytes},
          {"placement", placement}};
}

}  // namespace

std::string backends_text(const DoctorReport& report) {
  std::string text = "backends\n";
  for (const FoundBackend& backend : report.backends) {
    const std::string free =
        is_card(backend) ? fmt::format(", {:.1f} GiB free", gib(backend.memory.free_bytes)) : "";
    text += fmt::format("  {:7} {}, {:.1f} GiB{}\n", backend_name(backend.kind), backend.device,
                        gib(backend.memory.total_bytes), free);
  }
  return text;
}

std::string variant_text(const DoctorReport& report) {
  if (report.variant.empty()) return "";
  std::string text =
      fmt::format("variant {}{}\n", report.variant,
                  report.files.empty() && !report.problem ? ": needs no weights" : "");
  for (const FoundFile& file : report.files)
    text += fmt::format("  {:12} {}\n", file.part, file.path);
  if (!report.step) return text;
  const StepReport& step = *report.step;
  text += fmt::format(
      "one step of {0} x {0} pixels on {1}: {2:.2f} s, {3:.0f} MiB of weights, {4:.0f} MiB of "
      "working memory\n",
      kCheckSide, backend_name(report.asked), step.seconds, mib(step.weight_bytes),
      mib(step.graph_bytes));
  for (const Placement& placement : step.placement)
    text += fmt::format("  {}\n", placement_text(placement));
  const std::size_t elsewhere = placed_elsewhere(step, report.asked).size();
  text += elsewhere == 0 ? fmt::format("every operation ran on {}\n", backend_name(report.asked))
                         : fmt::format("{} kinds of operations ran on the processor\n", elsewhere);
  return text;
}

std::string doctor_json(const DoctorReport& report) {
  Json backends = Json::array(), files = Json::array();
  for (const FoundBackend& backend : report.backends) {
    backends.push_back(
        {{"name", backend_name(backend.kind)},
         {"device", backend.device},
         {"memory_bytes", backend.memory.total_bytes},
         {"free_bytes", is_card(backend) ? Json(backend.memory.free_bytes) : Json(nullptr)}});
  }
  for (const FoundFile& file : report.files)
    files.push_back({{"part", file.part}, {"path", file.path}});
  Json problem = nullptr;
  if (report.problem) {
    problem = {{"exit_status", int(report.problem->code)}, {"message", report.problem->message}};
  }
  const Json json = {{"kind", "doctor"},
                     {"version", 1},
                     {"program", "pawfect " PAWFECT_VERSION},
                     {"backends", backends},
                     {"backend", backend_name(report.asked)},
                     {"variant", report.variant.empty() ? Json(nullptr) : Json(report.variant)},
                     {"files", files},
                     {"step", step_json(report)},
                     {"problem", problem}};
  // Paths need not be UTF-8; JSON must be.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pawfect
