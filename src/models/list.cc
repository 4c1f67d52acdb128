// pawfect models list: what weight files a folder has.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "flux/model_folder.h"
#include "models/commands.h"
#include "models/models_folder.h"
#include "shell/arguments.h"
#include "weights/printable.h"

namespace pawfect {
namespace {

constexpr const char* kAbout =
    "Lists the weight files (GGUF, safetensors) of a folder: what each is, told by what is inside, "
    "and\n"
    "why it cannot be read when it cannot.";
constexpr const char* kExitStatuses =
    "Exit status: 0 done, 2 usage, 5 the folder is missing or has no weight files.";

struct ListCommand {
  std::filesystem::path folder;
  bool is_json = false;
};

std::string_view short_name(ModelPart part) {
  switch (part) {
    case ModelPart::kTransformer:
      return "transformer";
    case ModelPart::kT5:
      return "t5";
    case ModelPart::kClip:
      return "clip";
    case ModelPart::kVae:
      return "vae";
    case ModelPart::kOther:
      break;
  }
  return "other";
}

// The reason without the file's name, which stands at the front of the line already.
std::string_view reason(const ModelFile& file) {
  const std::string name = printable_path(file.path) + ": ";
  std::string_view text = file.refused;
  if (text.starts_with(name)) text.remove_prefix(name.size());
  return text;
}

void print_json(const std::filesystem::path& folder, const std::vector<ModelFile>& files) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ModelFile& file : files) {
    nlohmann::ordered_json entry{{"path", file.path.string()}, {"bytes", file.bytes}};
    if (file.refused.empty()) {
      entry["part"] = short_name(file.part);
      entry["type"] = type_name(file.type);
    } else {
      entry["refused"] = reason(file);
    }
    list.push_back(std::move(entry));
  }
  const nlohmann::ordered_json document{{"folder", folder.string()}, {"files", std::move(list)}};
  // A file's name may be no UTF-8.
  fmt::print("{}\n",
             document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

void print_lines(const std::filesystem::path& folder, const std::vector<ModelFile>& files) {
  const auto shown = [&](const ModelFile& file) {
    return printable_path(file.path.lexically_relative(folder));
  };
  std::size_t width = 0;
  for (const ModelFile& file : files) width = std::max(width, shown(file).size());
  fmt::print("{}\n", printable_path(folder));
  for (const ModelFile& file : files) {
    const double gib = double(file.bytes) / double(1 << 30);
    if (file.refused.empty()) {
      fmt::print("  {:<{}}  {:8.3f} GiB  {:5}  {}\n", shown(file), width, gib, type_name(file.type),
                 part_name(file.part));
    } else {
      fmt::print("  {:<{}}  {:8.3f} GiB  refused: {}\n", shown(file), width, gib, reason(file));
    }
  }
}

int list(const ListCommand& command) {
  const Result<std::filesystem::path> folder = models_folder(command.folder);
  if (!folder) return print_error(folder.error());
  const Result<std::vector<ModelFile>> files = list_model_files(*folder);
  if (!files) return print_error(files.error());
  if (command.is_json) print_json(*folder, *files);
  if (files->empty()) {
    return print_error({ErrorCode::kModelMissing,
                        fmt::format("{}: has no weight files (*.gguf, *.safetensors); "
                                    "docs/flux.md says which belong there, --models names another "
                                    "folder",
                                    folder->string())});
  }
  if (!command.is_json) print_lines(*folder, *files);
  return 0;
}

}  // namespace

int run_list_command(std::span<char* const> arguments) {
  CLI::App app(kAbout, "pawfect models list");
  app.footer(kExitStatuses);
  ListCommand command;
  add_path(app, "--models", command.folder,
           "the folder (default: $PAWFECT_MODELS, else ~/.local/share/pawfect/models)");
  app.add_flag("--json", command.is_json, "print a JSON document");
  if (const std::optional<int> ended = parse_arguments(app, arguments)) return *ended;
  return list(command);
}

}  // namespace pawfect
