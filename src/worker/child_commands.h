// The hidden commands under which the program is started again as a child: `engine-child` and
// `picture-child`. They are for the Worker and the PictureChecker only: they speak over the channel
// that they are born with, and say so when there is none. Return the exit status.
#pragma once

#include <span>

namespace pawfect {

inline constexpr const char* kEngineChildCommand = "engine-child";
inline constexpr const char* kPictureChildCommand = "picture-child";

int run_engine_child(std::span<char* const> arguments);
int run_picture_child(std::span<char* const> arguments);

}  // namespace pawfect
