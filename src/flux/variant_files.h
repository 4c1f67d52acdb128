// Which files of a models folder a variant is made of, and whether they belong together. Reads
// headers only. Pure functions.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/error.h"
#include "flux/clip_layout.h"
#include "flux/flux_sizes.h"
#include "flux/model_folder.h"
#include "flux/t5_layout.h"
#include "flux/vae_sizes.h"
#include "flux/variants.h"

namespace pawfect {

// The files of a variant that was named: those with the manifest's names, else by content: the
// transformer whose name holds the variant's ("q5_k_m", letters' case aside), else the one whose
// matrices are of its type; of the other parts the largest. Errors (kModelMissing): a part that is
// missing, with what is there and what to fetch; several transformers that fit; a file of the
// variant's name that is refused, with the reason.
Result<FluxFiles> files_of(const Manifest& manifest, const Variant& variant,
                           const std::filesystem::path& folder);

struct ChosenVariant {
  const Variant* variant = nullptr;  // of the manifest
  FluxFiles files;                   // empty for a variant without weights
};

// The variant that `asked` names, with its files. When nobody asked: the default one; where the
// folder lacks its transformer but has exactly one other, that one, as the variant of its type.
// Errors: Manifest::find, files_of.
Result<ChosenVariant> choose_variant(const Manifest& manifest, std::string_view asked,
                                     const std::filesystem::path& folder);

struct ModelSizes {
  FluxSizes transformer;
  T5Sizes t5;
  ClipSizes clip;
  VaeSizes vae;
};

// Reads the shapes of all four and whether they fit together. Errors (kModelMissing): what the
// readers of the parts refuse (a plain FLUX.1-dev, missing or misshapen tensors), an encoder of
// another width than the transformer takes, an autoencoder with another latent.
Result<ModelSizes> read_model_sizes(const FluxFiles& files);

// The second half of it, for sizes that were read.
Result<void> check_widths(const ModelSizes& sizes, const FluxFiles& files);

}  // namespace pawfect
