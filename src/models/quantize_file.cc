#include "models/quantize_file.h"

#include <fmt/format.h>

#include <string>
#include <system_error>
#include <vector>

#include "flux/flux_sizes.h"
#include "flux/t5_layout.h"
#include "models/quantize_tensor.h"
#include "weights/gguf_writer.h"
#include "weights/printable.h"

namespace pawfect {
namespace {

constexpr std::uint32_t kQuantizationVersion = 2;  // of the block layouts (ggml.h)

Result<void> check_output(const QuantizeJob& job) {
  const std::string name = printable_path(job.out);
  if (job.out.extension() != ".gguf") {
    return fail(
        ErrorCode::kUsage,
        fmt::format("--out {}: the result is a GGUF; give a name that ends with .gguf", name));
  }
  std::error_code ignored;
  if (std::filesystem::equivalent(job.in, job.out, ignored)) {
    return fail(ErrorCode::kUsage,
                fmt::format("--out {}: is the file that is read; give another name", name));
  }
  return {};
}

// The part that the file is, when it is one that can be quantised and is whole.
Result<ModelPart> check_model(const TensorFile& source) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: {}", printable_path(source.path()), why));
  };
  const ModelPart part = part_of(source);
  if (part == ModelPart::kTransformer) {
    const auto sizes = read_flux_sizes(source);
    if (!sizes) return std::unexpected(sizes.error());
    return part;
  }
  if (part == ModelPart::kT5) {
    const auto layout = read_t5_layout(source);
    if (!layout) return std::unexpected(layout.error());
    if (layout->is_gguf_form) return part;
    return refuse(
        "is a T5 encoder under the names of Hugging Face, without its vocabulary; quantise the "
        "GGUF of it (t5-v1_1-xxl-encoder-f16.gguf)");
  }
  return refuse(fmt::format(
      "is {}; a FLUX.1-Fill transformer or a T5 encoder can be quantised",
      part == ModelPart::kOther ? "no part of FLUX.1-Fill" : fmt::format("a {}", part_name(part))));
}

// The pairs of the source, with those replaced that tell of the types.
std::vector<std::string> new_pairs(const TensorFile& source, ModelPart part,
                                   const QuantizeType& type) {
  std::vector<std::string> pairs;
  if (!source.metadata().has("general.architecture") || source.stored_pairs().empty()) {
    pairs.push_back(gguf_text_pair("general.architecture",
                                   part == ModelPart::kTransformer ? "flux" : "t5encoder"));
  }
  for (const StoredPair& pair : source.stored_pairs()) {
    if (pair.key == "general.alignment" || pair.key == "general.file_type" ||
        pair.key == "general.quantization_version")
      continue;
    pairs.emplace_back(reinterpret_cast<const char*>(pair.bytes.data()), pair.bytes.size());
  }
  pairs.push_back(gguf_number_pair("general.quantization_version", kQuantizationVersion));
  pairs.push_back(gguf_number_pair("general.file_type", type.file_type));
  return pairs;
}

std::uint64_t all_elements(const TensorFile& file) {
  std::uint64_t sum = 0;  // each has at least one byte in the file: no overflow
  for (const TensorInfo& tensor : file.tensors()) sum += element_count(tensor.shape).value_or(0);
  return sum;
}

Result<void> write_tensors(const TensorFile& source, std::span<const TensorType> types,
                           const QuantizeJob& job, const JobControl& control, GgufWriter& writer) {
  const double total = double(all_elements(source));
  std::uint64_t elements = 0;
  const TakeSlab take = [&](std::span<const std::byte> bytes, std::uint64_t count) {
    elements += count;
    control.report("quantising", double(elements) / total);
    return writer.write(bytes);
  };
  for (std::size_t k = 0; k < types.size(); ++k) {
    const TensorInfo& tensor = source.tensors()[k];
    source.advise(tensor, Advice::kSequential);
    const TensorWork work{.source = source,
                          .tensor = tensor,
                          .type = types[k],
                          .threads = job.threads,
                          .stop = control.stop};
    if (auto done = convert_tensor(work, take); !done) return done;
    source.advise(tensor, Advice::kDontNeed);
  }
  return {};
}

}  // namespace

Result<QuantizeSummary> quantize_file(const QuantizeJob& job, const JobControl& control) {
  if (auto good = check_output(job); !good) return std::unexpected(good.error());
  const auto source = TensorFile::open(job.in);
  if (!source) return std::unexpected(source.error());
  const auto part = check_model(*source);
  if (!part) return std::unexpected(part.error());
  const auto types = plan_types(*source, *part, job.type);
  if (!types) return std::unexpected(types.error());

  QuantizeSummary summary{.part = *part, .bytes_in = source->size(), .bytes_out = 0, .tensors = {}};
  GgufHeader header{.pairs = new_pairs(*source, *part, job.type), .tensors = {}};
  for (std::size_t k = 0; k < types->size(); ++k) {
    const TensorInfo& tensor = source->tensors()[k];
    header.tensors.push_back({tensor.name, (*types)[k], tensor.shape});
    ++summary.tensors[(*types)[k]];
  }
  auto writer = GgufWriter::create(job.out, header);
  if (!writer) return std::unexpected(writer.error());
  summary.bytes_out = writer->file_bytes();

  const auto written = write_tensors(*source, *types, job, control, *writer);
  // First of all: what was read from lost pages is zeros, and any other complaint misleads.
  if (source->is_damaged()) {
    return fail(ErrorCode::kModelMissing,
                fmt::format("{}: the file was cut or its disk failed while it was read; leave it "
                            "alone while the program runs, or fetch it again",
                            printable_path(job.in)));
  }
  if (!written) return std::unexpected(written.error());
  control.report("waiting for the disk", 1);
  if (auto done = writer->finish(); !done) return std::unexpected(done.error());
  return summary;
}

}  // namespace pawfect
