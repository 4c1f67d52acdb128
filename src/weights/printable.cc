#include "weights/printable.h"

#include <cstddef>

namespace pawfect {
namespace {

std::string shortened(std::string text, std::size_t longest) {
  if (text.size() <= longest) return text;
  return text.substr(0, longest / 2) + "..." + text.substr(text.size() - longest / 2);
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

}  // namespace

std::string printable_name(std::string_view name) {
  std::string out;
  for (const char c : name) out += is_control(c) || static_cast<unsigned char>(c) > 0x7F ? '?' : c;
  return shortened(std::move(out), 120);
}

std::string printable_path(const std::filesystem::path& path) {
  std::string out;
  for (const char c : path.string()) out += is_control(c) ? '?' : c;
  return shortened(std::move(out), 240);
}

}  // namespace pawfect
