// pawfect models verify --variant: one variant's files in a models folder, each against its hash,
// its shapes, the widths of its neighbours, and one step of the transformer.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

#include "tensor/device.h"

namespace pawfect {

struct VariantVerification {
  std::filesystem::path models;
  std::string variant;   // empty: the default
  bool records = false;  // writes hashes that are not known into the folder's manifest
};

// Prints one line a check. Returns the exit status: 0 all as it should be, 1 a hash differs or the
// step fails, 5 files missing or refused, 6 cancelled.
int verify_variant(const VariantVerification& what, const Device& device,
                   const std::stop_token& stop);

}  // namespace pawfect
