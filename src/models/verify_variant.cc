#include "models/verify_variant.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <span>
#include <sstream>

#include "base/new_file.h"
#include "flux/placement_check.h"
#include "flux/prompt_hashes.h"
#include "flux/variant_files.h"
#include "flux/variant_json.h"
#include "flux/variants.h"
#include "shell/arguments.h"
#include "weights/printable.h"

namespace pawfect {
namespace {

namespace fs = std::filesystem;

// Sets the hash of a file in the folder's manifest, which appears whole or not at all.
Result<void> record_hash(const fs::path& folder, const std::string& file,
                         const std::string& sha256) {
  const fs::path path = folder / Manifest::kFileName;
  std::stringstream old;
  if (std::ifstream stream(path, std::ios::binary); stream) old << stream.rdbuf();
  const Result<std::string> text = with_hash(old.str(), printable_path(path), file, sha256);
  if (!text) return std::unexpected(text.error());
  const auto destination = find_destination(path);
  if (!destination ||
      write_whole_file(*destination, std::as_bytes(std::span<const char>(*text))) != 0) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: cannot be written; make the folder writable, or leave --record "
                            "out",
                            printable_path(path)));
  }
  return {};
}

// Prints the lines and remembers how bad it is.
class Lines {
 public:
  void good(const char* check, const char* part, std::string_view said) {
    line(check, part, "ok", said);
  }
  void unknown(const char* part, std::string_view said) {
    ++unknown_;
    line("hash", part, "unknown", said);
  }
  void bad(const char* check, const char* part, std::string_view said, int status) {
    status_ = std::max(status_, status);
    ++failed_;
    line(check, part, "FAILED", said);
  }
  int status() const { return status_; }
  std::string summary() const {
    const std::string rest =
        unknown_ == 0 ? ""
                      : fmt::format("; {} hashes are not known, --record keeps them", unknown_);
    return fmt::format("{} of {} checks passed{}", lines_ - failed_ - unknown_, lines_, rest);
  }

 private:
  void line(const char* check, const char* part, const char* verdict, std::string_view said) {
    ++lines_;
    fmt::print("{:7} {:12} {:8} {}\n", check, part, verdict, said);
    std::fflush(stdout);
  }

  int lines_ = 0, failed_ = 0, unknown_ = 0, status_ = 0;
};

struct Part {
  const char* name;
  const fs::path* path;
};

class Verification {
 public:
  Verification(const VariantVerification& what, const Device& device, std::stop_token stop)
      : what_(what), device_(device), stop_(std::move(stop)) {}

  // Errors: what ends the command before or between the checks.
  Result<void> run(const Manifest& manifest, const FluxFiles& files) {
    for (const Part& part : {Part{"transformer", &files.transformer}, Part{"t5", &files.t5},
                             Part{"clip", &files.clip}, Part{"vae", &files.vae}}) {
      if (auto done = check_hash(manifest, part); !done) return done;
    }
    if (check_shapes(files)) return check_step(files);
    return {};
  }

  const Lines& lines() const { return lines_; }

 private:
  Result<void> check_hash(const Manifest& manifest, const Part& part) {
    const Result<Digest> digest = FileHashes({}).hash(*part.path, stop_);
    if (!digest) return std::unexpected(digest.error());
    const std::string found = hex(*digest), name = part.path->filename().string();
    const std::string shown = fmt::format("{} {}", found, printable_path(name));
    const FileSource* due = manifest.file(name);
    if (due != nullptr && due->sha256 == found) {
      lines_.good("hash", part.name, shown);
      return {};
    }
    if (due != nullptr && !due->sha256.empty()) {
      lines_.bad("hash", part.name,
                 fmt::format("{}; the manifest has {}: fetch it again, or rename it if it is meant "
                             "to differ",
                             shown, due->sha256),
                 1);
      return {};
    }
    if (!what_.records) {
      lines_.unknown(part.name, shown);
      return {};
    }
    if (auto done = record_hash(what_.models, name, found); !done) return done;
    lines_.good("hash", part.name, shown + " (recorded)");
    return {};
  }

  // Prints a line a part and one for what they have to do with each other.
  bool check_shapes(const FluxFiles& files) {
    ModelSizes sizes;
    bool is_good = true;
    const auto check = [&](const char* part, const fs::path& path, auto reader, auto describe) {
      const Result<TensorFile> file = TensorFile::open(path);
      const auto found = file ? reader(*file) : std::unexpected(file.error());
      if (found) return lines_.good("shapes", part, describe(*found));
      is_good = false;
      lines_.bad("shapes", part, found.error().message, int(found.error().code));
    };
    check("transformer", files.transformer, read_flux_sizes, [&](const FluxSizes& found) {
      sizes.transformer = found;
      return fmt::format("{} and {} blocks of width {}, {} channels in, {} out",
                         found.double_blocks, found.single_blocks, found.hidden, found.in_channels,
                         found.out_channels);
    });
    check("t5", files.t5, read_t5_layout, [&](const T5Layout& found) {
      sizes.t5 = found.sizes;
      return fmt::format("{} layers of width {}", sizes.t5.layers, sizes.t5.width);
    });
    check("clip", files.clip, read_clip_layout, [&](const ClipLayout& found) {
      sizes.clip = found.sizes;
      return fmt::format("{} layers of width {}", sizes.clip.layers, sizes.clip.width);
    });
    check("vae", files.vae, read_vae_sizes, [&](const VaeSizes& found) {
      sizes.vae = found;
      return fmt::format("{} levels, {} channels of latent", found.levels(), found.latent);
    });
    if (!is_good) return false;
    if (const auto fits = check_widths(sizes, files); !fits) {
      lines_.bad("widths", "all", fits.error().message, int(fits.error().code));
      return false;
    }
    lines_.good("widths", "all",
                fmt::format("text {}, pooled text {}, tokens {}", sizes.transformer.context,
                            sizes.transformer.vector, sizes.transformer.out_channels));
    return true;
  }

  Result<void> check_step(const FluxFiles& files) {
    const auto report = [&]() -> Result<StepReport> {
      const Result<TensorFile> file = TensorFile::open(files.transformer);
      if (!file) return std::unexpected(file.error());
      auto transformer = FluxTransformer::load(device_, *file);
      if (!transformer) return std::unexpected(transformer.error());
      return run_one_step(*transformer, stop_);
    }();
    if (!report && report.error().code == ErrorCode::kCancelled)
      return std::unexpected(report.error());
    if (!report) {
      lines_.bad("step", "transformer", report.error().message, 1);
      return {};
    }
    lines_.good("step", "transformer",
                fmt::format("finite numbers, {0} x {0} pixels in {1:.2f} s on {2}", kCheckSide,
                            report->seconds, backend_name(device_.kind())));
    return {};
  }

  const VariantVerification& what_;
  const Device& device_;
  std::stop_token stop_;
  Lines lines_;
};

}  // namespace

int verify_variant(const VariantVerification& what, const Device& device,
                   const std::stop_token& stop) {
  const Result<Manifest> manifest = Manifest::read(what.models);
  if (!manifest) return print_error(manifest.error());
  const Result<ChosenVariant> chosen = choose_variant(*manifest, what.variant, what.models);
  if (!chosen) return print_error(chosen.error());
  if (!chosen->variant->has_weights()) {
    fmt::print("{}: it has no weights to verify\n", chosen->variant->name);
    return 0;
  }
  fmt::print("{} in {} on {} ({})\n", chosen->variant->name, printable_path(what.models),
             backend_name(device.kind()), device.description());
  Verification verification(what, device, stop);
  if (const auto done = verification.run(*manifest, chosen->files); !done)
    return print_error(done.error());
  fmt::print("{}\n", verification.lines().summary());
  return verification.lines().status();
}

}  // namespace pawfect
