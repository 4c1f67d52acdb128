// For tests of the text encoders: the reference's results, and small encoders with made-up weights
// written as safetensors.
#pragma once

#include <ggml.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "flux/test_fixture.h"
#include "tensor/model_weights.h"
#include "weights/test_files.h"

namespace pawfect::testing {

// ||a - b|| / ||b|| over the first b.size() numbers; infinite when `a` has fewer.
inline double relative_to(std::span<const float> a, std::span<const float> b) {
  if (a.size() < b.size()) return INFINITY;
  double error = 0, norm = 0;
  for (std::size_t k = 0; k < b.size(); ++k) {
    error += std::pow(double(a[k]) - double(b[k]), 2);
    norm += std::pow(double(b[k]), 2);
  }
  return std::sqrt(error / norm);
}

class TextReference {
 public:
  TextReference() : file_(TensorFile::open(fixture_dir() / "reference.safetensors").value()) {}

  bool has(const std::string& name) const { return file_.find(name) != nullptr; }

  std::vector<float> floats(const std::string& name) const {
    return read_floats(file_, *file_.find(name)).value();
  }

  std::vector<std::int32_t> ids(const std::string& name) const {
    const auto bytes = file_.data(*file_.find(name));
    std::vector<std::int32_t> out(bytes.size() / sizeof(std::int32_t));
    std::memcpy(out.data(), bytes.data(), bytes.size());
    return out;
  }

  // How many prompts there are.
  int prompts() const {
    int count = 0;
    while (has("prompt." + std::to_string(count) + ".t5_ids")) ++count;
    return count;
  }

 private:
  TensorFile file_;
};

// The fixture's files whose name starts and ends so.
inline std::vector<std::filesystem::path> fixture_files(std::string_view start,
                                                        std::string_view end) {
  std::vector<std::filesystem::path> out;
  for (const auto& entry : std::filesystem::directory_iterator(fixture_dir())) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(start) && name.ends_with(end)) out.push_back(entry.path());
  }
  return out;
}

struct MadeTensor {
  std::vector<std::int64_t> shape;  // outermost first, as safetensors has it
  float size = 1.0f;                // values lie within -size .. size
  float middle = 0.0f;              // ... around this
};

// A safetensors of F16 numbers that hang on their names alone.
inline std::string made_weights(const std::map<std::string, MadeTensor>& tensors) {
  nlohmann::json header;
  std::string data;
  for (const auto& [name, tensor] : tensors) {
    std::size_t count = 1;
    for (const std::int64_t extent : tensor.shape) count *= std::size_t(extent);
    const std::size_t start = data.size();
    std::uint64_t state = std::hash<std::string>()(name) | 1;
    for (std::size_t k = 0; k < count; ++k) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      const float unit = float(state >> 40) / float(1 << 23) - 1.0f;
      const ggml_fp16_t value = ggml_fp32_to_fp16(tensor.middle + tensor.size * unit);
      data.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    header[name] = {
        {"dtype", "F16"}, {"shape", tensor.shape}, {"data_offsets", {start, data.size()}}};
  }
  return safetensors_file(header.dump(), data);
}

// A T5 of two layers, 64 wide; `up` and `down` are the sizes of wi_1 and wo.
inline std::map<std::string, MadeTensor> made_t5(float up = 0.2f, float down = 0.2f) {
  std::map<std::string, MadeTensor> t = {{"shared.weight", {{40, 64}}},
                                         {"encoder.final_layer_norm.weight", {{64}, 0.1f, 1.0f}}};
  for (int k = 0; k < 2; ++k) {
    const std::string block = "encoder.block." + std::to_string(k) + ".layer.";
    if (k == 0) t[block + "0.SelfAttention.relative_attention_bias.weight"] = {{32, 3}};
    for (const char* part : {"q", "k", "v"})
      t[block + "0.SelfAttention." + part + ".weight"] = {{48, 64}, 0.2f};
    t[block + "0.SelfAttention.o.weight"] = {{64, 48}, 0.2f};
    t[block + "0.layer_norm.weight"] = {{64}, 0.1f, 1.0f};
    t[block + "1.layer_norm.weight"] = {{64}, 0.1f, 1.0f};
    t[block + "1.DenseReluDense.wi_0.weight"] = {{96, 64}, 0.2f};
    t[block + "1.DenseReluDense.wi_1.weight"] = {{96, 64}, up};
    t[block + "1.DenseReluDense.wo.weight"] = {{64, 96}, down};
  }
  return t;
}

}  // namespace pawfect::testing
