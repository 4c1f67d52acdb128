// The child that looks at pictures for PictureChecker: gets a file, looks at it whole, answers; one
// picture after the other until the channel ends. Before the first one it gives up what it does not
// need. Whatever a picture does to it, it does to nobody else.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "base/error.h"
#include "worker/child_channel.h"
#include "worker/picture_checker.h"
#include "worker/picture_messages.h"

namespace pawfect {

using PictureCheck = std::function<Result<CheckedPicture>(std::span<const std::uint8_t> file,
                                                          const PictureRequest&)>;

// Sniffs the file, then decodes all of it as what it is to be.
Result<CheckedPicture> check_picture(std::span<const std::uint8_t> file,
                                     const PictureRequest& request);

// Returns the exit status.
int serve_picture_child(ChildChannel& channel, const PictureCheck& check);

}  // namespace pawfect
