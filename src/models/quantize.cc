// pawfect models quantize: a smaller GGUF from a file in F16, BF16 or F32.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "models/commands.h"
#include "models/quantize_file.h"
#include "shell/arguments.h"
#include "shell/interrupt.h"
#include "shell/progress_bar.h"
#include "shell/threads.h"
#include "weights/printable.h"

namespace pawfect {
namespace {

constexpr const char* kAbout =
    "Makes a smaller GGUF of a FLUX.1-Fill transformer or a T5 encoder that is in F16, BF16 or F32 "
    "(GGUF\n"
    "or safetensors), with ggml's own quantisers.";
constexpr const char* kExitStatuses =
    "Exit status: 0 done, 2 usage, 3 the output cannot be written, 5 the source is missing or "
    "refused, 6 cancelled.";

struct QuantizeCommand {
  std::filesystem::path in, out;
  std::string type;
  std::optional<int> threads;
  bool is_quiet = false;
};

double gib(std::uint64_t bytes) { return double(bytes) / double(1 << 30); }

std::string type_counts(const QuantizeSummary& summary) {
  std::string text;
  for (const auto& [type, count] : summary.tensors)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, type_name(type));
  return text;
}

std::string type_help() {
  std::string names;
  for (const QuantizeType& type : quantize_types())
    names += fmt::format("{}{}", names.empty() ? "" : ", ", type.name);
  return names;
}

int quantize(const QuantizeCommand& command) {
  for (const auto& [option, is_missing] : {std::pair{"--in", command.in.empty()},
                                           {"--out", command.out.empty()},
                                           {"--type", command.type.empty()}}) {
    if (!is_missing) continue;
    return print_error(
        {ErrorCode::kUsage,
         fmt::format("{} is missing; give --in FILE --out FILE.gguf --type TYPE, the "
                     "type one of {}",
                     option, type_help())});
  }
  const Result<QuantizeType> type = quantize_type_by_name(command.type);
  if (!type) return print_error(type.error());

  const Interrupt interrupt;
  ProgressBar bar(command.is_quiet ? ProgressBar::Show::kNever : ProgressBar::Show::kOnTerminal);
  bar.start(command.out.filename().string());
  const JobControl control{
      .progress = [&](std::string_view stage, double fraction) { bar.update(stage, fraction); },
      .stop = interrupt.token()};
  const Result<QuantizeSummary> done = quantize_file({.in = command.in,
                                                      .out = command.out,
                                                      .type = *type,
                                                      .threads = thread_count(command.threads)},
                                                     control);
  bar.clear();
  if (!done) return print_error(done.error());
  if (command.is_quiet) return 0;
  fmt::print("{}: {} in {}, {:.3f} GiB from {:.3f} ({})\n", printable_path(command.out),
             part_name(done->part), type->name, gib(done->bytes_out), gib(done->bytes_in),
             type_counts(*done));
  return 0;
}

}  // namespace

int run_quantize_command(std::span<char* const> arguments) {
  CLI::App app(kAbout, "pawfect models quantize");
  app.footer(kExitStatuses);
  QuantizeCommand command;
  add_path(app, "--in", command.in, "the file in F16, BF16 or F32");
  add_path(app, "--out", command.out, "the GGUF to write; replaces an older one of that name");
  app.add_option("--type", command.type, type_help())->type_name("TYPE");
  add_whole_number(
      app, "--threads", 1, 256, [&](auto n) { command.threads = int(n); },
      "threads of the processor (default: one a processor, at most 4)");
  app.add_flag("--quiet", command.is_quiet, "print errors only");
  if (const std::optional<int> ended = parse_arguments(app, arguments)) return *ended;
  return quantize(command);
}

}  // namespace pawfect
