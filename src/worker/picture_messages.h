// What PictureChecker and its children say to each other (worker/child_channel.h carries it): a
// request comes with the picture's open file, the answer is what was found. The answer is read
// strictly: a child that was taken over by a picture may write anything. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "worker/picture_checker.h"

namespace pawfect {

struct PictureRequest {
  PictureChecker::As as = PictureChecker::As::kPhoto;
  std::string name;  // the field, for messages
  ImageLimits image;
  Milliseconds time{0};
  std::uint64_t memory = 0;  // bytes beyond the child's start; heard with the first request
};

std::string to_text(const PictureRequest& request);
Result<PictureRequest> parse_picture_request(std::string_view text);

std::string to_text(const Result<CheckedPicture>& answer);
// Error: what the child found wrong (kBadInput, kUnavailable), or kBug: the text is no answer.
Result<CheckedPicture> parse_picture_answer(std::string_view text);

}  // namespace pawfect
