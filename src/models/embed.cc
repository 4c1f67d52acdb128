// pawfect models embed: encodes prompts into the cache, so that a job loads no text encoder.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "flux/prompt_encoder.h"
#include "flux/variant_files.h"
#include "flux/variants.h"
#include "models/commands.h"
#include "models/models_folder.h"
#include "shell/arguments.h"
#include "shell/interrupt.h"
#include "shell/threads.h"
#include "tensor/device.h"

namespace pawfect {
namespace {

constexpr const char* kAbout =
    "Encodes prompts once and keeps the result (docs/flux.md): a job with one of them loads no\n"
    "text encoder. Without --prompt: the whole vocabulary of surfaces, and the empty prompt.";
constexpr const char* kExitStatuses =
    "Exit status: 0 all are in the cache, 2 usage, 5 files missing or refused, 6 cancelled.";

// What a background can be called (docs/architecture.md); unknown is the empty prompt.
constexpr std::array<std::string_view, 11> kSurfaces = {"",      "grass",  "concrete", "wood",
                                                        "sand",  "gravel", "leaves",   "tile",
                                                        "water", "carpet", "hardwood"};

struct EmbedCommand {
  std::filesystem::path models;
  std::string variant, backend;
  std::vector<std::string> prompts;
  std::optional<int> threads;
  int t5_length = 0;
  bool is_quiet = false;
};

int embed(EmbedCommand& command) {
  const Result<std::filesystem::path> folder = models_folder(command.models);
  if (!folder) return print_error(folder.error());
  const Result<Manifest> manifest = Manifest::read(*folder);
  if (!manifest) return print_error(manifest.error());
  const Result<ChosenVariant> chosen = choose_variant(*manifest, command.variant, *folder);
  if (!chosen) return print_error(chosen.error());
  if (!chosen->variant->has_weights()) {
    return print_error(
        {ErrorCode::kUsage, fmt::format("--variant {}: reads no prompts", chosen->variant->name)});
  }
  const Result<int> length =
      t5_length(command.t5_length != 0 ? command.t5_length : chosen->variant->defaults.t5_length);
  if (!length) return print_error(length.error());
  const Result<BackendKind> kind = command.backend.empty()
                                       ? Result<BackendKind>(backends_here().front())
                                       : backend_by_name(command.backend);
  if (!kind) return print_error(kind.error());
  const std::filesystem::path cache = PromptCache::default_folder();
  if (cache.empty()) {
    return print_error(
        {ErrorCode::kUsage, "there is no folder for the cache; set XDG_CACHE_HOME or HOME"});
  }
  if (command.prompts.empty()) command.prompts.assign(kSurfaces.begin(), kSurfaces.end());

  const Interrupt interrupt;
  const Result<Device> device = Device::open(*kind, thread_count(command.threads));
  if (!device) return print_error(device.error());
  PromptEncoder encoder(*device, find_tokenizers(*folder, chosen->files.t5, chosen->files.clip),
                        cache);
  const auto done = encoder.embed_all(command.prompts, *length, interrupt.token());
  if (!done) return print_error(done.error());
  if (!encoder.cache_warning().empty())
    return print_error({ErrorCode::kUsage, encoder.cache_warning()});
  if (!command.is_quiet) {
    fmt::print("{} prompts of {} tokens are in {}{}\n", done->size(), *length, cache.string(),
               encoder.loads() == 0 ? "; all were there already" : "");
  }
  return 0;
}

}  // namespace

int run_embed_command(std::span<char* const> arguments) {
  CLI::App app(kAbout, "pawfect models embed");
  app.footer(kExitStatuses);
  EmbedCommand command;
  add_path(app, "--models", command.models,
           "folder with the weights (default: $PAWFECT_MODELS, else the user's own)");
  app.add_option("--variant", command.variant, "whose text encoders")
      ->envname("MODEL_VARIANT")
      ->type_name("NAME");
  app.add_option("--prompt", command.prompts, "a prompt; may be given more than once")
      ->type_name("TEXT")
      ->take_all();
  app.add_option("--backend", command.backend,
                 "cpu, cuda or vulkan (default: the best that is here)")
      ->type_name("NAME");
  add_whole_number(
      app, "--t5-length", 1, 512, [&](auto n) { command.t5_length = int(n); },
      "tokens of T5, rounded up to 64 (default: the variant's)");
  add_whole_number(
      app, "--threads", 1, 256, [&](auto n) { command.threads = int(n); },
      "threads of the processor (default: one a processor, at most 4)");
  app.add_flag("--quiet", command.is_quiet, "print errors only");
  if (const std::optional<int> ended = parse_arguments(app, arguments)) return *ended;
  return embed(command);
}

}  // namespace pawfect
