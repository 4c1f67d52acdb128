// pawfect models verify: every stage of a model against results recorded in a folder, or the files
// of a variant (verify_variant.h).
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "flux/check_flux.h"
#include "models/commands.h"
#include "models/verify_variant.h"
#include "shell/arguments.h"
#include "shell/interrupt.h"
#include "shell/threads.h"
#include "tensor/device.h"

namespace pawfect {
namespace {

constexpr const char* kAbout =
    "Runs every stage of a model on the cases of a folder and compares with the results that "
    "another\n"
    "implementation recorded there: one line a stage, with the worst error and the case it is of.\n"
    "Without --against: checks the files of a variant, one line a check: hashes, shapes, widths, "
    "and\n"
    "one step of the transformer.";
constexpr const char* kExitStatuses =
    "Exit status: 0 all as it should be, 1 a stage beyond its limit, a hash that differs or a step "
    "that\n"
    "fails, 2 usage, 5 files missing or refused, 6 cancelled.";

struct VerifyCommand {
  std::filesystem::path against;
  std::string backend;
  std::string precision;
  std::optional<int> threads;
  CheckOptions check;
  VariantVerification files;
};

Result<BackendKind> choose_backend(const std::string& name) {
  return name.empty() ? BackendKind::kCpu : backend_by_name(name);
}

int verify(VerifyCommand& command) {
  if (command.against.empty() && command.files.models.empty()) {
    return print_error({ErrorCode::kUsage,
                        "--against and --models are missing; give the folder with weights and "
                        "recorded results (reference.json, reference.safetensors), or the models "
                        "folder whose files are to be checked"});
  }
  const Result<BackendKind> kind = choose_backend(command.backend);
  if (!kind) return print_error(kind.error());
  if (command.precision == "stored") command.check.precisions = {Precision::kStored};
  if (command.precision == "half") command.check.precisions = {Precision::kHalf};
  if (command.precision == "f32") command.check.precisions = {Precision::kF32};
  if (command.precision.empty() && *kind == BackendKind::kCuda)
    command.check.precisions.push_back(Precision::kHalf);
  // NVIDIA's libraries would round the factors of F32 products to 10 bits; here F32 means F32.
  setenv("NVIDIA_TF32_OVERRIDE", "0", 0);
  const Interrupt interrupt;
  const Result<Device> device = Device::open(*kind, thread_count(command.threads));
  if (!device) return print_error(device.error());
  if (command.against.empty()) {
    command.files.variant = command.check.variant;
    const char* usual = std::getenv("MODEL_VARIANT");
    if (command.files.variant.empty() && usual != nullptr) command.files.variant = usual;
    return verify_variant(command.files, *device, interrupt.token());
  }
  fmt::print("{} on {} ({})\n", command.against.string(), backend_name(*kind),
             device->description());
  const auto print_line = [](const CheckLine& line) {
    fmt::print("{}\n", line_text(line));
    std::fflush(stdout);
  };
  const Result<CheckSummary> summary =
      check_flux(command.against, *device, command.check, print_line, interrupt.token());
  if (!summary) return print_error(summary.error());
  for (const std::string& note : summary->notes) fmt::print(stderr, "note: {}\n", note);
  fmt::print("{} of {} stages within their limits\n", summary->lines - summary->failed,
             summary->lines);
  return summary->failed == 0 ? 0 : 1;
}

}  // namespace

int run_verify_command(std::span<char* const> arguments) {
  CLI::App app(kAbout, "pawfect models verify");
  app.footer(kExitStatuses);
  VerifyCommand command;
  add_path(app, "--against", command.against,
           "folder with weights, tokenizers, reference.json and reference.safetensors");
  add_path(app, "--models", command.files.models, "folder with the files of a variant")
      ->envname("PAWFECT_MODELS");
  app.add_flag("--record", command.files.records,
               "write hashes that are not known into manifest.json of the models folder");
  app.add_option("--backend", command.backend, "cpu, cuda or vulkan (default: cpu)")
      ->type_name("NAME");
  app.add_option(
         "--variant", command.check.variant,
         "the variant whose files are checked (default: $MODEL_VARIANT); with --against only "
         "transformers whose file name holds this (default: all)")
      ->type_name("NAME");
  add_path(app, "--weights", command.check.weights,
           "this transformer instead of those of the folder");
  app.add_option("--precision", command.precision,
                 "stored: multiply weights as they are in the file; half: as F16; f32: widened "
                 "(default: all that jobs use on this backend, and f32)")
      ->check(CLI::IsMember({"stored", "half", "f32"}))
      ->type_name("HOW");
  add_whole_number(
      app, "--threads", 1, 256, [&](auto n) { command.threads = int(n); },
      "threads of the processor (default: one a processor, at most 4)");
  if (const std::optional<int> ended = parse_arguments(app, arguments)) return *ended;
  return verify(command);
}

}  // namespace pawfect
