#include "weights/other_kind.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace pawfect {
namespace {

constexpr std::string_view kCheckpoint =
    "is a PyTorch checkpoint (.pt, .ckpt, .bin), which can run code when it is read and is not "
    "taken; use the .safetensors or GGUF file of the model";

// Older llama.cpp formats: 'ggml', 'ggmf', 'ggjt', 'ggla', stored as little-endian numbers.
bool is_old_ggml(std::string_view start) {
  return start.starts_with("lmgg") || start.starts_with("fmgg") || start.starts_with("tjgg") ||
         start.starts_with("algg");
}

}  // namespace

std::string_view other_kind(std::span<const std::byte> file) {
  constexpr std::size_t kLooked = 4096;
  const std::string_view head(reinterpret_cast<const char*>(file.data()),
                              std::min(file.size(), kLooked));
  const std::size_t first = head.find_first_not_of(" \t\r\n");
  std::string text(first == std::string_view::npos ? std::string_view() : head.substr(first));
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });

  if (head.starts_with("version https://git-lfs")) {
    return "is a Git LFS pointer, not the weights themselves; run `git lfs pull` or download the "
           "file from its page";
  }
  if (text.starts_with("<!doctype") || text.starts_with("<html") || text.starts_with("<?xml")) {
    return "is a web page, most likely a sign-in or error page saved in place of the weights; "
           "download the file again, signed in where its licence asks for that";
  }
  if (head.starts_with("PK\x03\x04")) return kCheckpoint;
  if (head.size() >= 2 && head[0] == '\x80' && head[1] >= 2 && head[1] <= 5) return kCheckpoint;
  if (text.starts_with('{') && text.find("\"weight_map\"") != std::string::npos) {
    return "is the index of a model in several parts (.safetensors.index.json), not the weights; "
           "use the model in one file";
  }
  if (text.starts_with('{') || text.starts_with('['))
    return "is JSON text, not weights; give the .gguf or .safetensors file";
  if (is_old_ggml(head))
    return "is an older GGML file; fetch or convert a current GGUF (version 2 or 3)";
  if (head.starts_with("\x89HDF"))
    return "is an HDF5 (Keras) file, which is not taken; use a .safetensors or GGUF file";
  return "is neither GGUF nor safetensors; give the .gguf or .safetensors file of the model";
}

}  // namespace pawfect
