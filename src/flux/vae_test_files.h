// For tests: the fixture's autoencoder with the cases of its reference.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "flux/packing.h"
#include "flux/test_fixture.h"
#include "flux/vae.h"

namespace pawfect::testing {

// ||a - b|| / ||b||; infinite for other lengths.
inline double relative_error(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size()) return INFINITY;
  double error = 0, norm = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    error += std::pow(double(a[k]) - double(b[k]), 2);
    norm += std::pow(double(b[k]), 2);
  }
  return std::sqrt(error / norm);
}

// max |a - b|; infinite for other lengths.
inline double largest_error(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size()) return INFINITY;
  double error = 0;
  for (std::size_t k = 0; k < a.size(); ++k)
    error = std::max(error, std::abs(double(a[k]) - double(b[k])));
  return error;
}

struct VaeCase {
  std::string name;
  int width = 0, height = 0;
  std::vector<float> image, masked_image;  // planar, -1..1
};

struct VaeFixture {
  std::unique_ptr<Device> device;
  std::unique_ptr<TensorFile> file, results;
  Vae vae;

  const TensorInfo& tensor(const std::string& name) const {
    const TensorInfo* info = results->find(name);
    if (info == nullptr) ADD_FAILURE() << "the reference lacks " << name;
    return *info;
  }
  std::vector<float> reference(const std::string& name) const {
    return read_floats(*results, tensor(name)).value();
  }
  std::vector<float> reference(const VaeCase& c, const std::string& name) const {
    return reference("case." + c.name + "." + name);
  }
  bool has_reference(const VaeCase& c, const std::string& name) const {
    return results->find("case." + c.name + "." + name) != nullptr;
  }

  // Those with a picture: a committed reference may leave it out.
  std::vector<VaeCase> cases() const {
    const auto about = nlohmann::json::parse(std::ifstream(fixture_dir() / "reference.json"));
    std::vector<VaeCase> out;
    for (const auto& entry : about.at("cases")) {
      const std::string name = entry.at("name");
      if (results->find("case." + name + ".image") == nullptr) continue;
      const TensorInfo& image = tensor("case." + name + ".image");  // [3, width, height], bytes
      const TensorInfo& mask = tensor("case." + name + ".mask");
      const std::span<const std::byte> rgb = results->data(image), grey = results->data(mask);
      VaeCase c = {name, int(image.shape[1]), int(image.shape[2]), {}, {}};
      const std::size_t points = std::size_t(c.width) * std::size_t(c.height);
      for (std::size_t k = 0; k < 3 * points; ++k) {
        const std::size_t at = k % points;
        c.image.push_back(float(rgb[at * 3 + k / points]) / 127.5f - 1.0f);
        c.masked_image.push_back(int(grey[at]) >= 128 ? 0.0f : c.image.back());
      }
      out.push_back(std::move(c));
    }
    return out;
  }

  // The latent behind the last step, as the decoder takes it.
  std::vector<float> last_latent(const VaeCase& c) const {
    const std::vector<float> steps = reference(c, "latents");
    const int rows = c.height / 16, columns = c.width / 16;
    const std::size_t size = std::size_t(rows) * std::size_t(columns) * 64;
    return unscale_latent(
        unpack(std::span(steps).last(size), kLatentChannels, columns * 2, rows * 2));
  }
};

inline VaeFixture open_fixture(VaeOptions options = {}, BackendKind kind = BackendKind::kCpu) {
  auto device = std::make_unique<Device>(Device::open(kind, 2).value());
  auto open = [](const char* name) {
    return std::make_unique<TensorFile>(TensorFile::open(fixture_dir() / name).value());
  };
  auto file = open("ae.safetensors");
  Vae vae = Vae::load(*device, *file, options).value();
  return {std::move(device), std::move(file), open("reference.safetensors"), std::move(vae)};
}

}  // namespace pawfect::testing
