// The endings of file names that are taken for pictures in a folder. What a picture really is, its
// content alone decides when it is read.
#pragma once

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>

namespace pawfect {

// In the order in which they are tried.
inline constexpr std::array<std::string_view, 7> kPictureEndings{".png",  ".jpg", ".jpeg", ".jpe",
                                                                 ".webp", ".tif", ".tiff"};

// True when the name has one of them, in lower or upper case.
inline bool has_picture_name(const std::filesystem::path& file) {
  std::string ending = file.extension().string();
  for (char& letter : ending) {
    if (letter >= 'A' && letter <= 'Z') letter = char(letter - 'A' + 'a');
  }
  return std::ranges::find(kPictureEndings, ending) != kPictureEndings.end();
}

}  // namespace pawfect
