#include "image/jpeg_encode.h"

#include <fmt/format.h>

#include <algorithm>

#include "image/libjpeg.h"

namespace pawfect {
namespace {

void apply_tables(jpeg_compress_struct& c, const JpegCoding& coding) {
  for (std::size_t number = 0; number < coding.tables.size(); ++number) {
    if (coding.tables[number][0] == 0) continue;
    unsigned int values[64];
    for (std::size_t i = 0; i < 64; ++i) values[i] = coding.tables[number][i];
    jpeg_add_quant_table(&c, int(number), values, 100, FALSE);
  }
}

void apply_components(jpeg_compress_struct& c, const JpegCoding& coding) {
  const bool is_subsampled = subsampling_of(coding) != ChromaSubsampling::kNone;
  for (int i = 0; i < coding.channels; ++i) {
    const JpegComponent& component = coding.components[std::size_t(i)];
    c.comp_info[i].h_samp_factor = is_subsampled ? component.horizontal : 1;
    c.comp_info[i].v_samp_factor = is_subsampled ? component.vertical : 1;
    c.comp_info[i].quant_tbl_no = component.table;
  }
}

// No object with a destructor lives in here: an error jumps out of libjpeg to the setjmp.
bool run(const Image& image, const JpegCoding& coding, JpegErrors& errors, JpegMemory& out) {
  jpeg_compress_struct c{};
  c.err = use_errors(errors);
  if (setjmp(errors.back) != 0) {
    jpeg_destroy_compress(&c);
    return false;
  }
  jpeg_create_compress(&c);
  jpeg_mem_dest(&c, &out.data, &out.size);
  c.image_width = JDIMENSION(image.width);
  c.image_height = JDIMENSION(image.height);
  c.input_components = image.channels;
  c.in_color_space = image.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&c);
  if (coding.is_rgb) jpeg_set_colorspace(&c, JCS_RGB);
  apply_tables(c, coding);
  apply_components(c, coding);
  c.restart_interval = unsigned(coding.restart_interval);
  c.optimize_coding = TRUE;
  if (coding.is_progressive) jpeg_simple_progression(&c);
  jpeg_start_compress(&c, TRUE);
  const std::size_t stride = std::size_t(image.width) * std::size_t(image.channels);
  while (c.next_scanline < c.image_height) {
    JSAMPROW row = const_cast<JSAMPROW>(image.bytes.data() + stride * c.next_scanline);
    jpeg_write_scanlines(&c, &row, 1);
  }
  jpeg_finish_compress(&c);
  jpeg_destroy_compress(&c);
  return true;
}

}  // namespace

Result<ByteVector> encode_jpeg(const Image& image, const JpegCoding& coding) {
  assert(image.depth == SampleDepth::k8 && image.channels == coding.channels);
  JpegErrors errors;
  JpegMemory memory;
  if (!run(image, coding, errors, memory)) {
    return fail(ErrorCode::kBug, fmt::format("the JPEG cannot be written: {}", errors.message));
  }
  return ByteVector(memory.data, memory.data + memory.size);
}

JpegCoding standard_coding(int channels, int quality, ChromaSubsampling subsampling) {
  JpegCoding coding;
  coding.channels = channels;
  const auto tables = ijg_tables(quality);
  coding.tables[0] = tables[0];
  if (channels == 3) coding.tables[1] = tables[1];
  const auto luma = std::uint8_t(subsampling == ChromaSubsampling::kNone ? 1 : 2);
  coding.components[0] = {1, luma, luma, 0};
  for (int i = 1; i < channels; ++i) {
    coding.components[std::size_t(i)] = {std::uint8_t(i + 1), 1, 1, 1};
  }
  return coding;
}

}  // namespace pawfect
