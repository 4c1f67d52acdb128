#include "image/jpeg_blocks.h"

#include <algorithm>
#include <cstring>

#include "image/jpeg_encode.h"
#include "image/libjpeg.h"

namespace pawfect {
namespace {

// Which cells of 8 x 8 pixels hold a changed one.
class ChangedCells {
 public:
  ChangedCells(const Image& before, const Image& after)
      : columns_((before.width + 7) / 8),
        rows_((before.height + 7) / 8),
        cells_(std::size_t(columns_) * rows_) {
    const std::size_t pixel = std::size_t(before.bytes_per_pixel());
    for (int y = 0; y < before.height; ++y) {
      const auto old_row = before.row<std::uint8_t>(y), new_row = after.row<std::uint8_t>(y);
      std::uint8_t* cells = &cells_[std::size_t(y / 8) * columns_];
      for (int column = 0; column < columns_; ++column) {
        const std::size_t from = std::size_t(column) * 8 * pixel;
        const std::size_t count = std::min(8 * pixel, old_row.size() - from);
        if (std::memcmp(&old_row[from], &new_row[from], count) != 0) cells[column] = 1;
      }
    }
  }

  // True when a changed pixel lies in the `across` x `down` cells from (column, row) on.
  bool any(int column, int row, int across, int down) const {
    for (int y = row; y < std::min(rows_, row + down); ++y) {
      for (int x = column; x < std::min(columns_, column + across); ++x) {
        if (cells_[std::size_t(y) * columns_ + x]) return true;
      }
    }
    return false;
  }

 private:
  int columns_, rows_;
  std::vector<std::uint8_t> cells_;
};

bool can_keep(const JpegCoding& coding, const Image& before, const Image& after) {
  if (before.width != after.width || before.height != after.height ||
      before.channels != after.channels || before.depth != SampleDepth::k8 ||
      after.depth != SampleDepth::k8 || before.channels != coding.channels) {
    return false;
  }
  // Each block must cover whole cells: 4:2:0, 4:2:2, ... but not 3 to 2.
  int across = 1, down = 1;
  for (int i = 0; i < coding.channels; ++i) {
    across = std::max<int>(across, coding.components[std::size_t(i)].horizontal);
    down = std::max<int>(down, coding.components[std::size_t(i)].vertical);
  }
  for (int i = 0; i < coding.channels; ++i) {
    const JpegComponent& c = coding.components[std::size_t(i)];
    if (across % c.horizontal != 0 || down % c.vertical != 0) return false;
  }
  return true;
}

// The files being taken apart and put together; plain C structures that survive libjpeg's long
// jump.
struct Files {
  jpeg_decompress_struct original{}, fresh{};
  jpeg_compress_struct out{};
  JpegErrors errors;

  Files() { original.err = fresh.err = out.err = use_errors(errors); }
  ~Files() {  // harmless for those that were never created
    jpeg_destroy_compress(&out);
    jpeg_destroy_decompress(&fresh);
    jpeg_destroy_decompress(&original);
  }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;
};

bool is_same_table(const JQUANT_TBL* a, const JQUANT_TBL* b) {
  return a && b && std::memcmp(a->quantval, b->quantval, sizeof a->quantval) == 0;
}

// Cells that one block of a component covers.
struct Footprint {
  int across, down;
};

Footprint footprint(const jpeg_decompress_struct& file, int component) {
  const jpeg_component_info& info = file.comp_info[component];
  return {file.max_h_samp_factor / info.h_samp_factor, file.max_v_samp_factor / info.v_samp_factor};
}

// Sampling and tables, as the decoder took them, must be the same in both files.
bool is_alike(const Files& files) {
  if (files.original.num_components != files.fresh.num_components) return false;
  for (int i = 0; i < files.original.num_components; ++i) {
    const jpeg_component_info& a = files.original.comp_info[i];
    const jpeg_component_info& b = files.fresh.comp_info[i];
    const Footprint old_one = footprint(files.original, i), new_one = footprint(files.fresh, i);
    if (a.width_in_blocks != b.width_in_blocks || a.height_in_blocks != b.height_in_blocks ||
        old_one.across != new_one.across || old_one.down != new_one.down ||
        !is_same_table(a.quant_table, b.quant_table)) {
      return false;
    }
  }
  return files.original.jpeg_color_space == files.fresh.jpeg_color_space;
}

void copy_component(Files& files, int component, jvirt_barray_ptr from, jvirt_barray_ptr to,
                    const ChangedCells& changed) {
  const jpeg_component_info& info = files.original.comp_info[component];
  const auto [across, down] = footprint(files.original, component);
  for (JDIMENSION row = 0; row < info.height_in_blocks; ++row) {
    JBLOCKARRAY old_row = files.original.mem->access_virt_barray(
        reinterpret_cast<j_common_ptr>(&files.original), from, row, 1, FALSE);
    JBLOCKARRAY new_row = files.fresh.mem->access_virt_barray(
        reinterpret_cast<j_common_ptr>(&files.fresh), to, row, 1, TRUE);
    for (JDIMENSION column = 0; column < info.width_in_blocks; ++column) {
      if (changed.any(int(column) * across, int(row) * down, across, down)) continue;
      std::memcpy(new_row[0][column], old_row[0][column], sizeof(JBLOCK));
    }
  }
}

void open(jpeg_decompress_struct& file, ByteSpan bytes) {
  jpeg_create_decompress(&file);
  jpeg_mem_src(&file, bytes.data(), static_cast<unsigned long>(bytes.size()));
  jpeg_read_header(&file, TRUE);
}

// No object with a destructor is made in here: an error jumps out of libjpeg to the setjmp.
bool run(Files& files, ByteSpan original, ByteSpan fresh, const JpegCoding& coding,
         const ChangedCells& changed, JpegMemory& out) {
  if (setjmp(files.errors.back) != 0) return false;
  open(files.original, original);
  jvirt_barray_ptr* old_blocks = jpeg_read_coefficients(&files.original);
  if (files.errors.base.num_warnings != 0) return false;  // what is damaged is better coded anew
  open(files.fresh, fresh);
  jvirt_barray_ptr* new_blocks = jpeg_read_coefficients(&files.fresh);
  if (!is_alike(files)) return false;
  for (int i = 0; i < files.original.num_components; ++i) {
    copy_component(files, i, old_blocks[i], new_blocks[i], changed);
  }
  jpeg_create_compress(&files.out);
  jpeg_mem_dest(&files.out, &out.data, &out.size);
  jpeg_copy_critical_parameters(&files.fresh, &files.out);
  files.out.optimize_coding = TRUE;
  files.out.restart_interval = unsigned(coding.restart_interval);
  if (coding.is_progressive) jpeg_simple_progression(&files.out);
  jpeg_write_coefficients(&files.out, new_blocks);
  jpeg_finish_compress(&files.out);
  return true;
}

}  // namespace

std::optional<ByteVector> encode_jpeg_keeping_blocks(ByteSpan original, const JpegCoding& coding,
                                                     const Image& before, const Image& after) {
  if (!can_keep(coding, before, after)) return std::nullopt;
  // The intermediate file is only taken apart again: plain scans are the quickest.
  JpegCoding plain = coding;
  plain.is_progressive = false;
  plain.restart_interval = 0;
  const auto fresh = encode_jpeg(after, plain);
  if (!fresh) return std::nullopt;
  const ChangedCells changed(before, after);
  Files files;
  JpegMemory memory;
  if (!run(files, original, *fresh, coding, changed, memory)) return std::nullopt;
  return ByteVector(memory.data, memory.data + memory.size);
}

}  // namespace pawfect
