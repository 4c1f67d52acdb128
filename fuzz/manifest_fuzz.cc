// The reader of a models folder's manifest.json: any text ends in variants that can be run or in
// one clear line, and what was read can be given a hash and read again.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "flux/variant_json.h"
#include "weight_contents.h"

namespace pawfect {
namespace {

// What a folder's manifest is read over.
ManifestContents base() {
  ManifestContents contents;
  demand(read_manifest(R"({"default": "texture", "variants": {"texture": {"engine": "texture"}}})",
                       "base", contents)
             .has_value());
  return contents;
}

void check_variant(const Variant& variant) {
  demand(!variant.name.empty());
  demand(variant.engine == "flux" || variant.engine == "texture");
  if (!variant.has_weights()) return;
  for (const auto* names : {&variant.transformer, &variant.t5, &variant.clip, &variant.vae}) {
    demand(!names->empty());
    for (const std::string& name : *names)
      demand(!name.empty() && name.find('/') == std::string::npos && name.front() != '.');
  }
  const VariantDefaults& defaults = variant.defaults;
  demand(defaults.steps >= 1 && defaults.steps <= 200);
  demand(defaults.guidance >= 0 && defaults.guidance <= 100);
  demand(defaults.t5_length >= 64 && defaults.t5_length <= 512 && defaults.t5_length % 64 == 0);
  demand(defaults.smallest >= 64 && defaults.smallest <= defaults.largest &&
         defaults.largest <= 2048);
  demand(defaults.smallest % 16 == 0 && defaults.largest % 16 == 0);
}

void check_manifest(std::string_view text) {
  ManifestContents contents = base();
  const auto read = read_manifest(text, "input", contents);
  if (!read) {
    check_refusal(read.error());
    demand(contents.variants.size() == 1 && contents.files.empty());
    return;
  }
  for (const Variant& variant : contents.variants) check_variant(variant);
  for (const auto& [name, file] : contents.files)
    demand(file.sha256.empty() || file.sha256.size() == 64);
  demand(std::ranges::find(contents.variants, contents.default_name, &Variant::name) !=
         contents.variants.end());

  const std::string hash(64, 'a');
  const auto marked = with_hash(std::string(text), "input", "one.gguf", hash);
  demand(marked.has_value());
  ManifestContents again = base();
  demand(read_manifest(*marked, "marked", again).has_value());
  demand(again.files["one.gguf"].sha256 == hash);
  demand(again.variants.size() == contents.variants.size());
}

// A name of a file from the disk, which may be any bytes.
void check_name(const std::string& name) {
  const auto marked = with_hash("", "input", name, std::string(64, 'a'));
  ManifestContents contents = base();
  if (marked) {
    demand(read_manifest(*marked, "marked", contents).has_value() && contents.files.contains(name));
  } else {
    check_refusal(marked.error());
  }
}

}  // namespace
}  // namespace pawfect

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  pawfect::check_manifest(text);
  pawfect::check_name(text);
  return 0;
}
