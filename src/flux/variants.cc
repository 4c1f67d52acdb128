#include "flux/variants.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <system_error>

#include "flux/variant_json.h"
#include "weights/printable.h"

// The assembler puts the file into the program: g++ 12 has no #embed.
__asm__(
    ".pushsection .rodata\n"
    ".global pawfect_models_begin\n"
    ".global pawfect_models_end\n"
    "pawfect_models_begin:\n"
    ".incbin \"" PAWFECT_MODELS_JSON
    "\"\n"
    "pawfect_models_end:\n"
    ".popsection\n");

extern "C" {
extern const char pawfect_models_begin[];
extern const char pawfect_models_end[];
}

namespace pawfect {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMostBytes = 1 << 20;

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = char(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

Result<std::string> read_text(const fs::path& path) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (!error && size > kMostBytes) {
    return fail(ErrorCode::kModelMissing, fmt::format("{}: {} bytes; a manifest has at most {}",
                                                      printable_path(path), size, kMostBytes));
  }
  std::ifstream stream(path, std::ios::binary);
  std::string text(error ? 0 : std::size_t(size), '\0');
  if (error || !stream.read(text.data(), std::streamsize(text.size()))) {
    return fail(
        ErrorCode::kModelMissing,
        fmt::format("{}: cannot be read; make it readable or remove it", printable_path(path)));
  }
  return text;
}

}  // namespace

Result<Manifest> Manifest::built_in() {
  ManifestContents contents;
  const std::string_view text(pawfect_models_begin,
                              std::size_t(pawfect_models_end - pawfect_models_begin));
  if (auto read = read_manifest(text, "the manifest inside this program", contents); !read)
    return fail(ErrorCode::kBug, read.error().message);
  return Manifest(std::move(contents));
}

Result<Manifest> Manifest::read(const fs::path& folder) {
  Result<Manifest> manifest = built_in();
  const fs::path path = folder / kFileName;
  std::error_code ignored;
  if (!manifest || !fs::exists(path, ignored)) return manifest;
  const Result<std::string> text = read_text(path);
  if (!text) return std::unexpected(text.error());
  if (auto read = read_manifest(*text, printable_path(path), manifest->contents_); !read)
    return std::unexpected(read.error());
  return manifest;
}

Result<const Variant*> Manifest::find(std::string_view name) const {
  const std::string wanted = lower(name.empty() ? std::string_view(contents_.default_name) : name);
  for (const std::string& candidate : {wanted, "flux-" + wanted}) {
    for (const Variant& variant : contents_.variants) {
      if (variant.name == candidate) return &variant;
    }
  }
  std::vector<std::string_view> names;
  names.reserve(contents_.variants.size());
  for (const Variant& variant : contents_.variants) names.push_back(variant.name);
  return fail(ErrorCode::kUsage, fmt::format("there is no variant '{}'; there are {}",
                                             printable_name(name), fmt::join(names, ", ")));
}

const Variant& Manifest::default_variant() const {
  // read_manifest saw to it that there is such an entry.
  return *std::ranges::find(contents_.variants, contents_.default_name, &Variant::name);
}

const FileSource* Manifest::file(std::string_view name) const {
  const auto found = contents_.files.find(std::string(name));
  return found == contents_.files.end() ? nullptr : &found->second;
}

}  // namespace pawfect
