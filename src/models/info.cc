// pawfect models info: what a variant is made of and what its stages take of a device.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "flux/memory_plan.h"
#include "flux/variant_files.h"
#include "flux/variants.h"
#include "models/commands.h"
#include "models/models_folder.h"
#include "shell/arguments.h"
#include "shell/threads.h"
#include "tensor/device.h"
#include "weights/printable.h"

namespace pawfect {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kGiB = 1024.0 * 1024.0 * 1024.0;
constexpr const char* kAbout =
    "Tells what a variant is made of and what memory each stage of a job takes, before anything "
    "is\n"
    "loaded. With --device also whether a card of that name is enough.";
constexpr const char* kExitStatuses =
    "Exit status: 0 done (with --device: and it fits), 1 it does not fit, 2 usage, 5 files missing "
    "or\nrefused.";

struct InfoCommand {
  std::filesystem::path models;
  std::string variant, backend, card;
  int width = 512, height = 512;
  int t5_length = 0;
  bool is_json = false;
};

// What is known before the files are looked at, and after.
struct Info {
  const Variant* variant = nullptr;
  FluxFiles files;
  ModelSizes sizes;
  BackendKind kind = BackendKind::kCpu;
  int t5_length = 0;
  MemoryPlan plan;
  std::optional<MemoryPlan> half;  // with the transformer's weights as F16, on CUDA
  std::uint64_t has = 0;           // bytes of the device that is meant; 0: not asked for
};

Result<KnownCard> find_card(const std::string& name) {
  std::string lower = name;
  for (char& c : lower) c = char(std::tolower(static_cast<unsigned char>(c)));
  std::string known;
  for (const KnownCard& card : known_cards()) {
    if (card.name == lower) return card;
    known += (known.empty() ? "" : ", ") + std::string(card.name);
  }
  return fail(ErrorCode::kUsage,
              fmt::format("--device: '{}' is not known; give one of {}", name, known));
}

Result<Info> gather(const InfoCommand& command, const Device& device, const Manifest& manifest,
                    const std::filesystem::path& folder) {
  Info info;
  Result<ChosenVariant> chosen = choose_variant(manifest, command.variant, folder);
  if (!chosen) return std::unexpected(chosen.error());
  info.variant = chosen->variant;
  if (!info.variant->has_weights()) return info;
  info.files = std::move(chosen->files);
  Result<ModelSizes> sizes = read_model_sizes(info.files);
  if (!sizes) return std::unexpected(sizes.error());
  info.sizes = std::move(*sizes);
  info.t5_length = command.t5_length != 0 ? command.t5_length : info.variant->defaults.t5_length;
  if (!command.card.empty()) {
    const Result<KnownCard> card = find_card(command.card);
    if (!card) return std::unexpected(card.error());
    info.kind = BackendKind::kCuda;
    info.has = card->bytes;
  }
  if (!command.backend.empty()) {
    const Result<BackendKind> kind = backend_by_name(command.backend);
    if (!kind) return std::unexpected(kind.error());
    info.kind = *kind;
  }
  const auto plan_for = [&](Precision precision) {
    return plan_memory(device, {info.files, info.kind, info.t5_length, precision}, command.width,
                       command.height);
  };
  Result<MemoryPlan> plan = plan_for(Precision::kStored);
  if (!plan) return std::unexpected(plan.error());
  info.plan = std::move(*plan);
  if (info.kind == BackendKind::kCuda) {
    Result<MemoryPlan> half = plan_for(Precision::kHalf);
    if (!half) return std::unexpected(half.error());
    info.half = std::move(*half);
  }
  return info;
}

std::vector<StageMemory> stages_of(const MemoryPlan& plan) {
  std::vector<StageMemory> all = plan.text;
  all.insert(all.end(), plan.paint.begin(), plan.paint.end());
  return all;
}

bool fits(const Info& info) {
  return info.has == 0 || std::max(info.plan.text_peak(), info.plan.paint_peak()) <= info.has;
}

std::string verdict(const Info& info) {
  const double has = double(info.has) / kGiB;
  if (!fits(info)) return fmt::format("does not fit into {:.1f} GiB", has);
  const bool beside = info.plan.text_peak() + info.plan.paint.front().weights <= info.has;
  return fmt::format(
      "fits into {:.1f} GiB; a new prompt is encoded {}", has,
      beside ? "beside the resident weights" : "on the processor while the weights are resident");
}

void print_text(const Info& info, const InfoCommand& command) {
  const Variant& v = *info.variant;
  fmt::print("{}: engine {}\n", v.name, v.engine);
  if (!v.note.empty()) fmt::print("  {}\n", v.note);
  if (!v.has_weights()) return;
  for (const auto* file :
       {&info.files.transformer, &info.files.t5, &info.files.clip, &info.files.vae})
    fmt::print("  {}\n", printable_path(*file));
  const FluxSizes& s = info.sizes.transformer;
  fmt::print("  transformer: {} wide, {} heads, {} double and {} single blocks, text of {}\n",
             s.hidden, s.heads, s.double_blocks, s.single_blocks, s.context);
  fmt::print("  by default {} steps, guidance {:g}, {} text tokens, {} to {} pixels a side\n\n",
             v.defaults.steps, v.defaults.guidance, v.defaults.t5_length, v.defaults.smallest,
             v.defaults.largest);
  fmt::print("Memory on {} for {}x{} pixels and {} text tokens, GiB:\n", backend_name(info.kind),
             command.width, command.height, info.t5_length);
  fmt::print("  {:8} {:>8} {:>8} {:>8}\n", "stage", "weights", "working", "sum");
  for (const StageMemory& stage : stages_of(info.plan)) {
    fmt::print("  {:8} {:8.2f} {:8.2f} {:8.2f}\n", stage.stage, double(stage.weights) / kGiB,
               double(stage.working) / kGiB, double(stage.total()) / kGiB);
  }
  fmt::print("Peak {:.2f} GiB: the text encoders are gone before the others are loaded.\n",
             double(std::max(info.plan.text_peak(), info.plan.paint_peak())) / kGiB);
  if (info.half) {
    fmt::print("Where {:.2f} GiB are free, the transformer is held as F16, which is quicker.\n",
               double(info.half->paint_peak()) / kGiB);
  }
  if (info.has != 0) fmt::print("{}: {}\n", command.card, verdict(info));
}

Json stages_json(const MemoryPlan& plan) {
  Json stages = Json::array();
  for (const StageMemory& stage : stages_of(plan)) {
    stages.push_back({{"stage", stage.stage},
                      {"weight_bytes", stage.weights},
                      {"working_bytes", stage.working}});
  }
  return stages;
}

void print_json(const Info& info, const InfoCommand& command) {
  Json document{{"variant", info.variant->name}, {"engine", info.variant->engine}};
  if (info.variant->has_weights()) {
    document["files"] = {{"transformer", info.files.transformer.string()},
                         {"t5", info.files.t5.string()},
                         {"clip", info.files.clip.string()},
                         {"vae", info.files.vae.string()}};
    document["backend"] = backend_name(info.kind);
    document["width"] = command.width;
    document["height"] = command.height;
    document["text_tokens"] = info.t5_length;
    document["stages"] = stages_json(info.plan);
    if (info.half) document["stages_in_f16"] = stages_json(*info.half);
    if (info.has != 0) {
      document["device"] = command.card;
      document["device_bytes"] = info.has;
      document["fits"] = fits(info);
    }
  }
  fmt::print("{}\n", document.dump(2, ' ', false, Json::error_handler_t::replace));
}

int tell(const InfoCommand& command) {
  // A variant without weights needs no folder.
  const Result<std::filesystem::path> folder = models_folder(command.models);
  if (!folder) return print_error(folder.error());
  const Result<Manifest> manifest = Manifest::read(*folder);
  if (!manifest) return print_error(manifest.error());
  // Graphs are measured here, whatever backend is meant.
  const Result<Device> device = Device::open(BackendKind::kCpu, 1);
  if (!device) return print_error(device.error());
  const Result<Info> info = gather(command, *device, *manifest, *folder);
  if (!info) return print_error(info.error());
  if (command.is_json) {
    print_json(*info, command);
  } else {
    print_text(*info, command);
  }
  return fits(*info) ? 0 : 1;
}

}  // namespace

int run_info_command(std::span<char* const> arguments) {
  CLI::App app(kAbout, "pawfect models info");
  app.footer(kExitStatuses);
  InfoCommand command;
  add_path(app, "--models", command.models,
           "folder with the weights (default: $PAWFECT_MODELS, else the user's own)");
  app.add_option("--variant", command.variant, "which build of the weights")
      ->envname("MODEL_VARIANT")
      ->type_name("NAME");
  app.add_option("--backend", command.backend, "cpu, cuda or vulkan (default: cpu)")
      ->type_name("NAME");
  app.add_option("--device", command.card, "a card by name, such as t4: does it fit?")
      ->type_name("NAME");
  add_whole_number(
      app, "--width", 16, 4096, [&](auto n) { command.width = int(n) / 16 * 16; },
      "of the picture the model works on, pixels (default: 512)");
  add_whole_number(
      app, "--height", 16, 4096, [&](auto n) { command.height = int(n) / 16 * 16; },
      "the same downwards (default: 512)");
  add_whole_number(
      app, "--t5-length", 1, 512, [&](auto n) { command.t5_length = (int(n) + 63) / 64 * 64; },
      "tokens of text, rounded up to 64 (default: the variant's)");
  app.add_flag("--json", command.is_json, "print one JSON document");
  if (const std::optional<int> ended = parse_arguments(app, arguments)) return *ended;
  return tell(command);
}

}  // namespace pawfect
