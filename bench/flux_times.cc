// Times the parts of FLUX.1-Fill on one device: loading, a transformer step and the autoencoder at
// several sizes, and a whole job. What the text encoders would give is drawn at random, so weights
// of any kind will do (make_synthetic_weights.py). Prints lines of JSON, the seconds those of the
// wall and of the processor; bench/flux_bench.py reads them. A process's peak memory is that of all
// it did: ask for one size at a time where that matters.
//
//   flux_times --models DIR --sizes 256,512 --steps 3 --job 512
#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/heap.h"
#include "base/progress.h"
#include "flux/flux_fill.h"
#include "flux/noise.h"
#include "flux/packing.h"
#include "flux/prompt_encoder.h"
#include "flux/t5_encoder.h"
#include "flux/transformer.h"
#include "flux/vae.h"
#include "flux/variant_files.h"
#include "flux/variants.h"
#include "shell/arguments.h"
#include "shell/interrupt.h"
#include "shell/threads.h"
#include "tensor/device.h"

namespace pawfect {
namespace {

using nlohmann::json;

struct Wish {
  std::filesystem::path models;
  std::string variant;
  std::string backend = "cpu";
  std::optional<int> threads;
  std::vector<int> sizes, vae_sizes;
  int t5_length = 128;
  int steps = 3;
  int job_size = 0, job_steps = 20;
  bool has_text = false;
  Precision precision = Precision::kStored;
};

// Wall and processor seconds since it was made.
class Stopwatch {
 public:
  double wall() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  double cpu() const { return cpu_now() - cpu_start_; }

 private:
  using Clock = std::chrono::steady_clock;

  static double cpu_now() {
    rusage usage = {};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
      return double(t.tv_sec) + 1e-6 * double(t.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }

  Clock::time_point start_ = Clock::now();
  double cpu_start_ = cpu_now();
};

void print(const json& line) {
  fmt::print("{}\n", line.dump());
  std::fflush(stdout);
}

json times_of(const Stopwatch& watch) { return {{"wall", watch.wall()}, {"cpu", watch.cpu()}}; }

// The first run apart, which also reads what is not in memory yet, and the median of the others.
json summary(std::vector<std::pair<double, double>> runs) {
  const auto [first_wall, first_cpu] = runs.front();
  if (runs.size() > 1) runs.erase(runs.begin());
  const auto middle = [&runs](auto member) {
    std::vector<double> values;
    for (const auto& run : runs) values.push_back(run.*member);
    std::nth_element(values.begin(), values.begin() + std::ptrdiff_t(values.size() / 2),
                     values.end());
    return values[values.size() / 2];
  };
  return {{"first_wall", first_wall},
          {"first_cpu", first_cpu},
          {"wall", middle(&std::pair<double, double>::first)},
          {"cpu", middle(&std::pair<double, double>::second)},
          {"timed", runs.size()}};
}

// A file and what was loaded from it, which must not outlive it.
template <typename Model>
struct Loaded {
  std::unique_ptr<TensorFile> file;
  Model model;
};

template <typename Model, typename... More>
Result<Loaded<Model>> load(const Device& device, const std::filesystem::path& path,
                           std::string_view part, More... more) {
  const Stopwatch watch;
  Result<TensorFile> opened = TensorFile::open(path);
  if (!opened) return std::unexpected(opened.error());
  auto file = std::make_unique<TensorFile>(std::move(*opened));
  Result<Model> model = Model::load(device, *file, more...);
  if (!model) return std::unexpected(model.error());
  json line = times_of(watch);
  line.update({{"what", "load"}, {"part", part}, {"weight_bytes", model->weight_bytes()}});
  print(line);
  return Loaded<Model>{std::move(file), std::move(*model)};
}

PromptEmbedding random_prompt(const FluxSizes& sizes, int length) {
  return {.t5 = gaussian_noise(1, std::size_t(length) * sizes.context),
          .pooled = gaussian_noise(2, std::size_t(sizes.vector)),
          .length = length};
}

Result<void> time_steps(FluxTransformer& transformer, const Wish& wish, int size,
                        const std::stop_token& stop) {
  const int side = size / kPixelsPerToken;
  const FluxSizes& sizes = transformer.sizes();
  const PromptEmbedding prompt = random_prompt(sizes, wish.t5_length);
  const std::vector<float> tokens = gaussian_noise(3, std::size_t(side) * side * sizes.in_channels);
  if (auto ready = transformer.prepare(side, side, wish.t5_length); !ready) return ready;
  transformer.set_prompt(prompt.t5, prompt.pooled, 30.0f);
  std::vector<std::pair<double, double>> runs;
  for (int k = 0; k < wish.steps; ++k) {
    const Stopwatch watch;
    const auto velocity = transformer.run(tokens, 1.0f - float(k) / float(wish.steps), stop);
    if (!velocity) return std::unexpected(velocity.error());
    runs.emplace_back(watch.wall(), watch.cpu());
  }
  json line = summary(runs);
  line.update({{"what", "step"},
               {"size", size},
               {"t5_length", wish.t5_length},
               {"graph_bytes", transformer.graph_bytes()}});
  print(line);
  transformer.release_graph();
  return {};
}

Result<void> time_vae(Vae& vae, int size, const std::stop_token& stop) {
  const auto print_half = [&](std::string_view half, const Stopwatch& watch) {
    json line = times_of(watch);
    line.update({{"what", half}, {"size", size}, {"graph_bytes", vae.graph_bytes()}});
    print(line);
  };
  const std::vector<float> rgb = gaussian_noise(4, std::size_t(3) * size * size);
  const Stopwatch encoding;
  const Result<VaeMoments> moments = vae.encode(rgb, size, size, stop);
  if (!moments) return std::unexpected(moments.error());
  print_half("encode", encoding);
  const Stopwatch decoding;
  const auto picture = vae.decode(moments->mean, size, size, stop);
  if (!picture) return std::unexpected(picture.error());
  print_half("decode", decoding);
  vae.release_graph();
  return {};
}

Result<void> time_text(const Device& device, const FluxFiles& files, int length,
                       const std::stop_token& stop) {
  auto t5 = load<T5Encoder>(device, files.t5, "T5");
  if (!t5) return std::unexpected(t5.error());
  const Stopwatch watch;
  const auto rows = t5->model.encode(std::vector<std::int32_t>(std::size_t(length), 1), stop);
  if (!rows) return std::unexpected(rows.error());
  json line = times_of(watch);
  line.update({{"what", "text"}, {"t5_length", length}, {"graph_bytes", t5->model.graph_bytes()}});
  print(line);
  return {};
}

// A job on a picture of that size, a square of 15 % of it missing, prompt already known.
Result<void> time_job(const Device& device, const FluxFiles& files, const Wish& wish,
                      const std::stop_token& stop) {
  const Stopwatch loading;
  Result<FluxFill> flux = FluxFill::open(device, files, wish.precision);
  if (!flux) return std::unexpected(flux.error());
  const double load_seconds = loading.wall();
  const int size = wish.job_size;
  const std::vector<float> rgb = gaussian_noise(4, std::size_t(3) * size * size);
  std::vector<std::uint8_t> mask(std::size_t(size) * size, 0);
  const int hole = int(size * 0.387), start = (size - hole) / 2;
  for (int y = start; y < start + hole; ++y)
    std::fill_n(mask.begin() + std::ptrdiff_t(y) * size + start, hole, std::uint8_t{1});
  const PromptEmbedding prompt = random_prompt(flux->sizes(), wish.t5_length);

  json line = {{"what", "job"},
               {"size", size},
               {"t5_length", wish.t5_length},
               {"steps", wish.job_steps},
               {"load", load_seconds}};
  const Stopwatch watch;
  std::string stage;
  double stage_start = 0;
  const auto end_stage = [&] {
    if (!stage.empty()) line["stages"][stage] = watch.wall() - stage_start;
    stage_start = watch.wall();
  };
  JobControl control;
  control.stop = stop;
  control.progress = [&](std::string_view name, double) {
    if (name == stage) return;
    end_stage();
    stage = name;
  };
  const auto filled = flux->fill({.rgb = rgb,
                                  .mask = mask,
                                  .width = size,
                                  .height = size,
                                  .prompt = prompt,
                                  .steps = wish.job_steps},
                                 control);
  if (!filled) return std::unexpected(filled.error());
  end_stage();
  line.update(times_of(watch));
  print(line);
  return {};
}

Result<void> time_all(const Wish& wish, const std::stop_token& stop) {
  const Result<BackendKind> kind = backend_by_name(wish.backend);
  if (!kind) return std::unexpected(kind.error());
  const int threads = thread_count(wish.threads);
  const Result<Device> device = Device::open(*kind, threads);
  if (!device) return std::unexpected(device.error());
  const Result<Manifest> manifest = Manifest::read(wish.models);
  if (!manifest) return std::unexpected(manifest.error());
  const auto chosen = choose_variant(*manifest, wish.variant, wish.models);
  if (!chosen) return std::unexpected(chosen.error());
  if (!chosen->variant->has_weights()) {
    return fail(ErrorCode::kUsage, fmt::format("--variant: {} has no weights; name one of FLUX",
                                               chosen->variant->name));
  }
  const FluxFiles& files = chosen->files;
  const std::uint64_t free_at_start = device->memory().free_bytes;
  print({{"what", "device"},
         {"backend", backend_name(*kind)},
         {"name", device->description()},
         {"threads", threads},
         {"transformer", files.transformer.filename().string()}});

  const auto work = [&]() -> Result<void> {
    if (wish.has_text) {
      if (auto done = time_text(*device, files, wish.t5_length, stop); !done) return done;
    }
    // The device's share of memory while the weights are there.
    const auto print_device_memory = [&] {
      if (*kind == BackendKind::kCpu) return;
      const std::uint64_t now = device->memory().free_bytes;
      print({{"what", "device_memory"}, {"bytes", free_at_start - std::min(now, free_at_start)}});
    };
    if (!wish.sizes.empty()) {
      auto transformer =
          load<FluxTransformer>(*device, files.transformer, "transformer", wish.precision);
      if (!transformer) return std::unexpected(transformer.error());
      for (const int size : wish.sizes) {
        if (auto done = time_steps(transformer->model, wish, size, stop); !done) return done;
      }
      print_device_memory();
    }
    if (!wish.vae_sizes.empty()) {
      auto vae = load<Vae>(*device, files.vae, "VAE");
      if (!vae) return std::unexpected(vae.error());
      for (const int size : wish.vae_sizes) {
        if (auto done = time_vae(vae->model, size, stop); !done) return done;
      }
    }
    if (wish.job_size > 0) return time_job(*device, files, wish, stop);
    return {};
  };
  if (auto done = work(); !done) return done;
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  print({{"what", "memory"}, {"peak_bytes", std::uint64_t(usage.ru_maxrss) * 1024}});
  return {};
}

int run(std::span<char* const> arguments) {
  CLI::App app("Times the parts of FLUX.1-Fill on one device.", "flux_times");
  Wish wish;
  const CLI::Validator is_size(
      [](const std::string& text) -> std::string {
        int size = 0;
        const bool fits = CLI::detail::lexical_cast(text, size) && size >= kPixelsPerToken &&
                          size <= 4096 && size % kPixelsPerToken == 0;
        return fits ? "" : "'" + text + "' is no multiple of 16 from 16 to 4096";
      },
      "PIXELS");
  add_path(app, "--models", wish.models, "folder with the four files of FLUX.1-Fill");
  app.add_option("--variant", wish.variant, "the variant to time (default: the one that is there)");
  app.add_option("--backend", wish.backend, "cpu, cuda or vulkan (default: cpu)");
  add_whole_number(
      app, "--threads", 1, 256, [&](auto n) { wish.threads = int(n); }, "threads of the processor");
  app.add_option("--sizes", wish.sizes, "sides of the pictures whose steps are timed: 256,512")
      ->delimiter(',')
      ->check(is_size);
  app.add_option("--vae-sizes", wish.vae_sizes, "the same for the autoencoder")
      ->delimiter(',')
      ->check(is_size);
  add_whole_number(
      app, "--t5-length", 1, kMostT5Tokens, [&](auto n) { wish.t5_length = int(n); },
      "rows of text (default: 128)");
  add_whole_number(
      app, "--steps", 1, 1000, [&](auto n) { wish.steps = int(n); },
      "steps timed at each size, the first apart (default: 3)");
  app.add_option("--job", wish.job_size, "times a whole job at this size")->check(is_size);
  add_whole_number(
      app, "--job-steps", 1, 1000, [&](auto n) { wish.job_steps = int(n); },
      "its steps (default: 20)");
  app.add_flag("--text", wish.has_text, "also times T5");
  app.add_flag_callback(
      "--half", [&] { wish.precision = Precision::kHalf; },
      "the transformer's weights as F16, as jobs on a large card have them");
  if (const std::optional<int> ended = parse_arguments(app, arguments)) return *ended;
  if (wish.models.empty())
    return print_error(
        {ErrorCode::kUsage, "--models is missing; give the folder with the weights"});
  const Interrupt interrupt;
  if (const auto done = time_all(wish, interrupt.token()); !done) return print_error(done.error());
  return 0;
}

}  // namespace
}  // namespace pawfect

int main(int argc, char** argv) {
  pawfect::keep_freed_memory();
  return pawfect::run(std::span<char* const>(argv + 1, std::size_t(argc - 1)));
}
