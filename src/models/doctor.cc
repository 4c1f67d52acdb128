// pawfect doctor: what this machine can compute with, and whether all of a step runs where it was
// asked to.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>

#include "flux/placement_check.h"
#include "flux/variant_files.h"
#include "flux/variants.h"
#include "models/commands.h"
#include "models/doctor_report.h"
#include "shell/arguments.h"
#include "shell/interrupt.h"
#include "shell/threads.h"
#include "tensor/device.h"

namespace pawfect {
namespace {

constexpr const char* kAbout =
    "Tells which backends there are. With a variant: runs one step of its transformer and tells "
    "on\n"
    "which backend every kind of operation ran.";
constexpr const char* kExitStatuses =
    "Exit status: 0 all is well, 2 usage, 5 a backend or a file is missing or refused, or some of "
    "the\n"
    "step ran on the processor although a card was asked for, 6 cancelled.";

struct DoctorCommand {
  std::filesystem::path models;
  std::string variant;
  std::string backend;
  std::optional<int> threads;
  bool allows_cpu_nodes = false;
  bool is_json = false;
};

Result<void> find_backends(DoctorReport& report, int threads) {
  for (const BackendKind kind : backends_here()) {
    const Result<Device> device = Device::open(kind, threads);
    if (!device) return std::unexpected(device.error());
    report.backends.push_back({kind, device->description(), device->memory()});
  }
  return {};
}

// Finds the variant's files and runs the step. What was found by then stands in the report when
// there is an error.
Result<void> try_variant(const DoctorCommand& command, DoctorReport& report,
                         const std::stop_token& stop) {
  const int threads = thread_count(command.threads);
  Result<Device> device = Device::open(report.asked, threads);
  if (!device) return std::unexpected(device.error());
  if (command.variant.empty() && command.models.empty()) return {};

  const Result<Manifest> manifest =
      command.models.empty() ? Manifest::built_in() : Manifest::read(command.models);
  if (!manifest) return std::unexpected(manifest.error());
  const Result<const Variant*> named = manifest->find(command.variant);
  if (!named) return std::unexpected(named.error());
  report.variant = (*named)->name;
  if (!(*named)->has_weights()) return {};
  if (command.models.empty()) {
    return fail(ErrorCode::kUsage, fmt::format("--models is missing; give the folder with the "
                                               "files of {}, or set PAWFECT_MODELS",
                                               report.variant));
  }
  const auto chosen = choose_variant(*manifest, command.variant, command.models);
  if (!chosen) return std::unexpected(chosen.error());
  report.variant = chosen->variant->name;
  report.files = {{"transformer", chosen->files.transformer.string()},
                  {"t5", chosen->files.t5.string()},
                  {"clip", chosen->files.clip.string()},
                  {"vae", chosen->files.vae.string()}};
  if (const auto sizes = read_model_sizes(chosen->files); !sizes)
    return std::unexpected(sizes.error());

  // All that the card lacks shall be named, not only the first: the processor helps, and the
  // verdict comes after the step.
  if (auto permitted = device->permit_processor(threads); !permitted) return permitted;
  const Result<TensorFile> file = TensorFile::open(chosen->files.transformer);
  if (!file) return std::unexpected(file.error());
  auto transformer = FluxTransformer::load(*device, *file);
  if (!transformer) return std::unexpected(transformer.error());
  const Result<StepReport> step = run_one_step(*transformer, stop);
  if (!step) return std::unexpected(step.error());
  report.step = *step;
  if (command.allows_cpu_nodes) return {};
  return check_placement(*step, report.asked);
}

int doctor(const DoctorCommand& command) {
  const Interrupt interrupt;  // before a backend starts threads of its own
  DoctorReport report;
  report.asked = backends_here().front();  // the processor is always there
  if (!command.backend.empty()) {
    const Result<BackendKind> kind = backend_by_name(command.backend);
    if (!kind) return print_error(kind.error());
    report.asked = *kind;
  }
  Result<void> found = find_backends(report, thread_count(command.threads));
  if (!command.is_json) {
    fmt::print("{}", backends_text(report));
    std::fflush(stdout);  // the step may take a while
  }
  if (found) found = try_variant(command, report, interrupt.token());
  if (!found) report.problem = found.error();
  fmt::print("{}", command.is_json ? doctor_json(report) : variant_text(report));
  return report.problem ? print_error(*report.problem) : 0;
}

}  // namespace

int run_doctor_command(std::span<char* const> arguments) {
  CLI::App app(kAbout, "pawfect doctor");
  app.footer(kExitStatuses);
  DoctorCommand command;
  app.add_option("--variant", command.variant, "run one step of this variant")
      ->envname("MODEL_VARIANT")
      ->type_name("NAME");
  add_path(app, "--models", command.models, "folder with the variant's files")
      ->envname("PAWFECT_MODELS");
  app.add_option("--backend", command.backend,
                 "cpu, cuda or vulkan (default: a card where there is one)")
      ->type_name("NAME");
  app.add_flag("--allow-cpu-nodes", command.allows_cpu_nodes,
               "let the processor do what the card has no kernel for");
  app.add_flag("--json", command.is_json, "print one JSON document");
  add_whole_number(
      app, "--threads", 1, 256, [&](auto n) { command.threads = int(n); },
      "threads of the processor (default: one a processor, at most 4)");
  if (const std::optional<int> ended = parse_arguments(app, arguments)) return *ended;
  return doctor(command);
}

}  // namespace pawfect
