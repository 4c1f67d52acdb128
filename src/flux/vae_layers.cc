#include "flux/vae_layers.h"

#include <algorithm>
#include <cmath>

namespace pawfect {
namespace {

constexpr float kNormEpsilon = 1e-6f;

// No convolution and no attention is cut into more pieces than that: the graph stays small, and
// where it would take more the activations themselves are larger than a piece.
constexpr std::int64_t kMaxPieces = 64;
constexpr std::size_t kNodesOfPiece = 8;  // views included

// Rows of a piece so that `count` rows of `row_bytes` go in pieces of about `piece_bytes`.
std::int64_t rows_of_piece(std::int64_t count, std::uint64_t row_bytes, std::uint64_t piece_bytes) {
  const std::int64_t fitting = std::max<std::int64_t>(1, std::int64_t(piece_bytes / row_bytes));
  const std::int64_t pieces = std::min(kMaxPieces, (count + fitting - 1) / fitting);
  return (count + pieces - 1) / pieces;
}

}  // namespace

std::size_t VaeLayers::node_count(const VaeSizes& s) {
  // A block has three convolutions and two norms at most; middle, entry and end weigh as much as
  // four blocks, the step between two levels less than one.
  const int blocks = std::max(s.encoder.blocks, s.decoder.blocks) + 1;
  return (std::size_t(s.levels()) * std::size_t(blocks) + 4) *
         (3 * std::size_t(kMaxPieces) * kNodesOfPiece + 64);
}

ggml_tensor* VaeLayers::put(ggml_tensor* whole, ggml_tensor* piece, std::int64_t first,
                            std::int64_t rows) const {
  if (piece->ne[1] == rows) return piece;
  // The first piece is laid out in full size; the zeros behind it are overwritten one by one.
  if (whole == nullptr) return ggml_pad(c_, piece, 0, int(rows - piece->ne[1]), 0, 0);
  return ggml_set_inplace(c_, whole, piece, whole->nb[1], whole->nb[2], whole->nb[3],
                          std::size_t(first) * whole->nb[1]);
}

ggml_tensor* VaeLayers::conv(const std::string& name, ggml_tensor* x, int stride,
                             int padding) const {
  GGML_ASSERT(stride == 1 || padding == 0);
  ggml_tensor* kernel = weight(name);
  const std::int64_t side = kernel->ne[0], in = kernel->ne[2], out = kernel->ne[3];
  const std::int64_t width = (x->ne[0] + 2 * padding - side) / stride + 1;
  const std::int64_t height = (x->ne[1] + 2 * padding - side) / stride + 1;
  const std::int64_t unfolded = side * side * in;
  ggml_tensor* matrix = ggml_reshape_2d(c_, kernel, unfolded, out);
  const bool is_half = kernel->type == GGML_TYPE_F16;
  const std::int64_t step = rows_of_piece(
      height, std::uint64_t(unfolded) * std::uint64_t(width) * ggml_type_size(kernel->type),
      options_.piece_bytes);
  ggml_tensor* whole = nullptr;
  for (std::int64_t y = 0; y < height; y += step) {
    const std::int64_t rows = std::min(step, height - y);
    // Rows of x that these rows look at. Unfolding pads above and below or not at all: a stripe at
    // one border of the picture gets its zeros on both sides, and the rows too many are cut off.
    const std::int64_t from = std::max<std::int64_t>(0, y * stride - padding);
    const std::int64_t to = std::min(x->ne[1], (y + rows - 1) * stride - padding + side);
    const bool at_border = y * stride < padding || (y + rows - 1) * stride - padding + side > to;
    ggml_tensor* seen = x;
    if (to - from < x->ne[1]) {
      seen = ggml_view_3d(c_, x, x->ne[0], to - from, in, x->nb[1], x->nb[2],
                          std::size_t(from) * x->nb[1]);
      if (options_.copies_stripes) seen = ggml_cont(c_, seen);
    }
    ggml_tensor* columns = ggml_im2col(c_, kernel, seen, stride, stride, padding,
                                       at_border ? padding : 0, 1, 1, true, kernel->type);
    const std::int64_t skipped = at_border ? (y * stride - from) / stride : 0;
    columns = ggml_view_2d(c_, columns, unfolded, width * rows, columns->nb[1],
                           std::size_t(skipped) * columns->nb[2]);
    ggml_tensor* stripe = ggml_mul_mat(c_, columns, matrix);  // [pixels, out]: planar as it is
    // CUDA takes "F32" of F16 to mean that the factors are widened too.
    if (!is_half) ggml_mul_mat_set_prec(stripe, GGML_PREC_F32);
    whole = put(whole, ggml_reshape_3d(c_, stripe, width, rows, out), y, height);
  }
  return ggml_add(c_, whole, ggml_reshape_3d(c_, bias(name), 1, 1, out));
}

ggml_tensor* VaeLayers::norm(const std::string& name, ggml_tensor* x) const {
  ggml_tensor* y = ggml_group_norm(c_, x, kVaeGroups, kNormEpsilon);
  y = ggml_mul(c_, y, ggml_reshape_3d(c_, weight(name), 1, 1, x->ne[2]));
  return ggml_add(c_, y, ggml_reshape_3d(c_, bias(name), 1, 1, x->ne[2]));
}

ggml_tensor* VaeLayers::norm_silu(const std::string& name, ggml_tensor* x) const {
  return ggml_silu(c_, norm(name, x));
}

ggml_tensor* VaeLayers::residual_block(const std::string& name, ggml_tensor* x) const {
  ggml_tensor* y = conv(name + ".conv1", norm_silu(name + ".norm1", x));
  y = conv(name + ".conv2", norm_silu(name + ".norm2", y));
  if (weight(name + ".nin_shortcut") != nullptr) x = conv(name + ".nin_shortcut", x, 1, 0);
  return ggml_add(c_, y, x);
}

ggml_tensor* VaeLayers::attention(const std::string& name, ggml_tensor* x) const {
  const std::int64_t cells = x->ne[0] * x->ne[1], width = x->ne[2];
  // Kernels of one by one are plain matrices once the channels of a cell stand together.
  const auto matrix = [&](const char* part) {
    return ggml_reshape_2d(c_, weight(name + part), width, width);
  };
  ggml_tensor* normed = ggml_reshape_2d(c_, norm(name + ".norm", x), cells, width);
  normed = ggml_cont(c_, ggml_transpose(c_, normed));  // [width, cells]
  ggml_tensor* q = ggml_add(c_, ggml_mul_mat(c_, matrix(".q"), normed), bias(name + ".q"));
  ggml_tensor* k = ggml_add(c_, ggml_mul_mat(c_, matrix(".k"), normed), bias(name + ".k"));
  ggml_tensor* v = ggml_mul_mat(c_, normed, matrix(".v"));  // [cells, width]
  v = ggml_add(c_, v, ggml_reshape_2d(c_, bias(name + ".v"), 1, width));

  const std::int64_t step =
      rows_of_piece(cells, std::uint64_t(cells) * sizeof(float), options_.piece_bytes);
  ggml_tensor* whole = nullptr;
  for (std::int64_t first = 0; first < cells; first += step) {
    const std::int64_t count = std::min(step, cells - first);
    ggml_tensor* queries =
        ggml_view_2d(c_, q, width, count, q->nb[1], std::size_t(first) * q->nb[1]);
    ggml_tensor* scores = ggml_mul_mat(c_, k, queries);  // [cells, count]
    ggml_mul_mat_set_prec(scores, GGML_PREC_F32);
    scores = ggml_soft_max_ext(c_, scores, nullptr, 1.0f / std::sqrt(float(width)), 0.0f);
    ggml_tensor* seen = ggml_mul_mat(c_, v, scores);  // [width, count]
    ggml_mul_mat_set_prec(seen, GGML_PREC_F32);
    whole = put(whole, seen, first, cells);
  }
  ggml_tensor* y = ggml_mul_mat(c_, whole, matrix(".proj_out"));  // [cells, width]: planar again
  y = ggml_reshape_3d(c_, y, x->ne[0], x->ne[1], width);
  y = ggml_add(c_, y, ggml_reshape_3d(c_, bias(name + ".proj_out"), 1, 1, width));
  return ggml_add(c_, y, x);
}

ggml_tensor* VaeLayers::middle(const std::string& name, ggml_tensor* x) const {
  x = residual_block(name + ".block_1", x);
  x = attention(name + ".attn_1", x);
  return residual_block(name + ".block_2", x);
}

ggml_tensor* VaeLayers::downsample(const std::string& name, ggml_tensor* x) const {
  return conv(name + ".conv", ggml_pad(c_, x, 1, 1, 0, 0), 2, 0);
}

ggml_tensor* VaeLayers::upsample(const std::string& name, ggml_tensor* x) const {
  return conv(name + ".conv", ggml_upscale(c_, x, 2, GGML_SCALE_MODE_NEAREST));
}

}  // namespace pawfect
