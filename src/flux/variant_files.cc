#include "flux/variant_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "flux/weight_kind.h"
#include "weights/printable.h"

namespace pawfect {
namespace {

namespace fs = std::filesystem;

using Files = std::vector<const ModelFile*>;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = char(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string names_of(const Files& files) {
  std::vector<std::string> names;
  for (const ModelFile* file : files) names.push_back(printable_path(file->path.filename()));
  return fmt::format("{}", fmt::join(names, ", "));
}

// A models folder, for one variant.
class Chooser {
 public:
  Chooser(const Manifest& manifest, const Variant& variant, const fs::path& folder,
          const std::vector<ModelFile>& files)
      : manifest_(manifest), variant_(variant), folder_(folder), files_(files) {}

  Files of_part(ModelPart part) const {
    Files found;
    for (const ModelFile& file : files_) {
      if (file.part == part) found.push_back(&file);
    }
    return found;
  }

  // An empty path when there is none. Errors: see files_of.
  Result<fs::path> transformer() const {
    const auto named = by_name(ModelPart::kTransformer, variant_.transformer);
    if (!named) return std::unexpected(named.error());
    if (*named != nullptr) return (*named)->path;
    const Files all = of_part(ModelPart::kTransformer);
    // "q5_k_m" of "flux-q5_k_m".
    const std::string kind = variant_.name.substr(variant_.name.find('-') + 1);
    Files fitting = filtered(all, [&](const ModelFile& file) {
      return lower(file.path.filename().string()).find(kind) != std::string::npos;
    });
    if (fitting.empty()) {
      fitting = filtered(all, [&](const ModelFile& file) {
        const Result<TensorFile> opened = TensorFile::open(file.path);
        return opened && main_type(*opened) == variant_.weights;
      });
    }
    if (fitting.empty()) return fs::path();
    if (fitting.size() == 1) return fitting.front()->path;
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: {} files are a transformer of variant {} ({}); leave one there, "
                            "or name it in {}",
                            printable_path(folder_), fitting.size(), variant_.name,
                            names_of(fitting), Manifest::kFileName));
  }

  // The transformer that was chosen, and a file of each other part.
  Result<FluxFiles> complete(fs::path transformer) const {
    FluxFiles found;
    found.transformer = std::move(transformer);
    for (const auto& [part, names, path] : {std::tuple{ModelPart::kT5, &variant_.t5, &found.t5},
                                            {ModelPart::kClip, &variant_.clip, &found.clip},
                                            {ModelPart::kVae, &variant_.vae, &found.vae}}) {
      auto chosen = other(part, *names);
      if (!chosen) return std::unexpected(chosen.error());
      *path = std::move(*chosen);
    }
    return found;
  }

  std::unexpected<Error> no_transformer() const {
    return missing(ModelPart::kTransformer, variant_.transformer);
  }

 private:
  // The file of the variant's names that is there, else the largest: the most exact.
  Result<fs::path> other(ModelPart part, const std::vector<std::string>& names) const {
    const auto named = by_name(part, names);
    if (!named) return std::unexpected(named.error());
    if (*named != nullptr) return (*named)->path;
    const Files all = of_part(part);
    if (all.empty()) return missing(part, names);
    return (*std::ranges::max_element(all, {}, &ModelFile::bytes))->path;
  }

  static Files filtered(const Files& files, const std::function<bool(const ModelFile&)>& keep) {
    Files kept;
    for (const ModelFile* file : files) {
      if (keep(*file)) kept.push_back(file);
    }
    return kept;
  }

  // Null when there is none. A file of the right name that cannot be read is an error: to take
  // another one in silence would hide a truncated download.
  Result<const ModelFile*> by_name(ModelPart part, const std::vector<std::string>& names) const {
    for (const std::string& name : names) {
      for (const ModelFile& file : files_) {
        if (file.path.filename() != name) continue;
        if (!file.refused.empty()) return fail(ErrorCode::kModelMissing, file.refused);
        if (file.part == part) return &file;
      }
    }
    return nullptr;
  }

  std::unexpected<Error> missing(ModelPart part, const std::vector<std::string>& names) const {
    const Files there = of_part(part);
    const std::string of_variant =
        part == ModelPart::kTransformer ? " of variant " + variant_.name : "";
    std::string fetch;
    for (const std::string& name : names) {
      const FileSource* source = manifest_.file(name);
      if (source == nullptr || source->source.empty()) continue;
      fetch = fmt::format("fetch {} from {}", name, source->source);
      break;
    }
    if (fetch.empty()) fetch = fmt::format("put {} there", fmt::join(names, " or "));
    const std::string what =
        fmt::format("{}: no {}{}; there is {}", printable_path(folder_), part_name(part),
                    of_variant, there.empty() ? "none" : names_of(there));
    // One that cannot be read may be the one that is missed: its reason says what to do.
    for (const ModelFile& file : files_) {
      if (!file.refused.empty())
        return fail(ErrorCode::kModelMissing,
                    fmt::format("{}; {}; or {}", what, file.refused, fetch));
    }
    return fail(ErrorCode::kModelMissing, fmt::format("{}; {}", what, fetch));
  }

  const Manifest& manifest_;
  const Variant& variant_;
  const fs::path& folder_;
  const std::vector<ModelFile>& files_;
};

template <typename Reader>
auto read_as(const fs::path& path, Reader reader)
    -> decltype(reader(std::declval<const TensorFile&>())) {
  const Result<TensorFile> file = TensorFile::open(path);
  if (!file) return std::unexpected(file.error());
  return reader(*file);
}

}  // namespace

Result<FluxFiles> files_of(const Manifest& manifest, const Variant& variant,
                           const fs::path& folder) {
  const Result<std::vector<ModelFile>> files = list_model_files(folder);
  if (!files) return std::unexpected(files.error());
  const Chooser chooser(manifest, variant, folder, *files);
  const Result<fs::path> transformer = chooser.transformer();
  if (!transformer) return std::unexpected(transformer.error());
  if (transformer->empty()) return chooser.no_transformer();
  return chooser.complete(*transformer);
}

Result<ChosenVariant> choose_variant(const Manifest& manifest, std::string_view asked,
                                     const fs::path& folder) {
  const Result<const Variant*> named = manifest.find(asked);
  if (!named) return std::unexpected(named.error());
  if (!(*named)->has_weights()) return ChosenVariant{*named, {}};
  const Result<std::vector<ModelFile>> files = list_model_files(folder);
  if (!files) return std::unexpected(files.error());
  const Chooser chooser(manifest, **named, folder, *files);
  Result<fs::path> transformer = chooser.transformer();
  if (!transformer) return std::unexpected(transformer.error());
  const Variant* variant = *named;
  if (transformer->empty()) {
    const Files all = chooser.of_part(ModelPart::kTransformer);
    if (!asked.empty() || all.size() != 1) return chooser.no_transformer();
    const Result<TensorFile> only = TensorFile::open(all.front()->path);
    if (!only) return std::unexpected(only.error());
    const auto same_type = std::ranges::find_if(manifest.variants(), [&](const Variant& one) {
      return one.has_weights() && one.weights == main_type(*only);
    });
    if (same_type != manifest.variants().end()) variant = &*same_type;
    *transformer = only->path();
  }
  auto found = Chooser(manifest, *variant, folder, *files).complete(std::move(*transformer));
  if (!found) return std::unexpected(found.error());
  return ChosenVariant{variant, std::move(*found)};
}

Result<ModelSizes> read_model_sizes(const FluxFiles& files) {
  const auto transformer = read_as(files.transformer, read_flux_sizes);
  if (!transformer) return std::unexpected(transformer.error());
  const auto t5 = read_as(files.t5, read_t5_layout);
  if (!t5) return std::unexpected(t5.error());
  const auto clip = read_as(files.clip, read_clip_layout);
  if (!clip) return std::unexpected(clip.error());
  const auto vae = read_as(files.vae, read_vae_sizes);
  if (!vae) return std::unexpected(vae.error());
  ModelSizes sizes = {*transformer, t5->sizes, clip->sizes, *vae};
  if (auto fits = check_widths(sizes, files); !fits) return std::unexpected(fits.error());
  return sizes;
}

Result<void> check_widths(const ModelSizes& sizes, const FluxFiles& files) {
  const auto refuse = [&](const fs::path& path, std::string_view gives, int found, int due) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: {} {}, the transformer {} takes {}; take the file that belongs to "
                            "FLUX.1",
                            printable_path(path), gives, found,
                            printable_path(files.transformer.filename()), due));
  };
  const FluxSizes& flux = sizes.transformer;
  if (sizes.t5.width != flux.context)
    return refuse(files.t5, "gives rows of width", sizes.t5.width, flux.context);
  if (sizes.clip.width != flux.vector)
    return refuse(files.clip, "gives a row of width", sizes.clip.width, flux.vector);
  if (sizes.vae.latent * 4 != flux.out_channels)
    return refuse(files.vae, "makes tokens of channels", sizes.vae.latent * 4, flux.out_channels);
  return {};
}

}  // namespace pawfect
