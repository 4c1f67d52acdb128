// libjpeg's C interface with errors that come back as a message instead of ending the process. The
// functions that call libjpeg hold no object with a destructor across `setjmp`.
#pragma once

#include <jpeglib.h>

#include <csetjmp>
#include <cstdio>  // jpeglib.h needs FILE
#include <cstdlib>

namespace pawfect {

struct JpegErrors {
  jpeg_error_mgr base;  // first, so that libjpeg's pointer to it is ours too
  jmp_buf back;
  char message[JMSG_LENGTH_MAX];
};

// Sets up `errors`; libjpeg's own messages then go nowhere, and a fatal one jumps to `errors.back`.
inline jpeg_error_mgr* use_errors(JpegErrors& errors) {
  jpeg_std_error(&errors.base);
  errors.message[0] = '\0';
  errors.base.error_exit = [](j_common_ptr info) {
    auto* self = reinterpret_cast<JpegErrors*>(info->err);
    info->err->format_message(info, self->message);
    std::longjmp(self->back, 1);
  };
  errors.base.output_message = [](j_common_ptr) {};
  return &errors.base;
}

// Memory that jpeg_mem_dest has allocated.
struct JpegMemory {
  unsigned char* data = nullptr;
  unsigned long size = 0;

  JpegMemory() = default;
  ~JpegMemory() { std::free(data); }
  JpegMemory(const JpegMemory&) = delete;
  JpegMemory& operator=(const JpegMemory&) = delete;
};

}  // namespace pawfect
