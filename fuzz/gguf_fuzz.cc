// The reader of GGUF files: any bytes end in tensors inside the file or in one clear line.
#include <cstdint>
#include <span>

#include "weight_contents.h"
#include "weights/gguf_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto contents = pawfect::read_gguf(std::as_bytes(std::span(data, size)), "input", {});
  if (contents) {
    pawfect::check_contents(*contents, size);
  } else {
    pawfect::check_refusal(contents.error());
  }
  return 0;
}
