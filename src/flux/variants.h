// The registry of models: which files a variant ("flux-q5_k_m") is made of, what they should hash
// to and how it is run when nobody says otherwise. It is compiled in (data/models.json); a file
// manifest.json in a models folder adds to it and replaces entries of the same name. Value types,
// read-only once read; safe from any thread. Pictures' sides in pixels.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "weights/tensor_type.h"

namespace pawfect {

struct VariantDefaults {
  int steps = 20;
  double guidance = 30;
  int t5_length = 128;                 // tokens, a multiple of 64
  int smallest = 512, largest = 1024;  // side of the working size, multiples of 16
};

// What a file of that name should be.
struct FileSource {
  std::string sha256;  // 64 lower-case hexadecimal digits; empty: not known
  std::string source;  // where people get it; empty: nowhere that is known
};

struct Variant {
  std::string name;
  std::string engine;  // "flux" or "texture"; the latter has no weights and all below is unused
  TensorType weights = TensorType::kF32;  // that the transformer's matrices mostly have
  std::vector<std::string> transformer, t5, clip, vae;  // usual file names, the best first
  VariantDefaults defaults;
  std::string note;  // for people; may be empty

  bool has_weights() const { return engine == "flux"; }
};

struct ManifestContents {
  std::map<std::string, FileSource> files;  // by name, without folder
  std::vector<Variant> variants;
  std::string default_name;
};

class Manifest {
 public:
  static constexpr std::string_view kFileName = "manifest.json";

  // Error (kBug): what is compiled in is damaged.
  static Result<Manifest> built_in();

  // The built-in one with the folder's manifest.json over it, where there is one. Errors
  // (kModelMissing): it cannot be read, or is not as docs/flux.md says, with the key.
  static Result<Manifest> read(const std::filesystem::path& folder);

  // "q5_k_m" stands for "flux-q5_k_m", letters' case aside; an empty name for the default. Error
  // (kUsage): no such variant, with the names that there are. The result lives as long as this.
  Result<const Variant*> find(std::string_view name) const;

  const Variant& default_variant() const;
  const std::vector<Variant>& variants() const { return contents_.variants; }

  // What is known about a file of that name; null: nothing.
  const FileSource* file(std::string_view name) const;

 private:
  explicit Manifest(ManifestContents contents) : contents_(std::move(contents)) {}

  ManifestContents contents_;
};

}  // namespace pawfect
