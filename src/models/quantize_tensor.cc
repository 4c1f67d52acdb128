#include "models/quantize_tensor.h"

#include <fmt/format.h>
#include <ggml.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "tensor/tensor_types.h"
#include "weights/printable.h"

namespace pawfect {
namespace {

// Elements; multiples of every block size. Without an importance matrix ggml looks at one block at
// a time, so that cutting a row between two blocks changes nothing.
constexpr std::uint64_t kPiece = 16 * 1024;
constexpr std::uint64_t kSlab = 256 * kPiece;
constexpr float kLargestHalf = 65504;

// Room for one piece of the source: its bytes at an aligned address, and its numbers.
struct Scratch {
  std::vector<float> stored = std::vector<float>(kPiece);
  std::vector<float> numbers = std::vector<float>(kPiece);
};

class Converter {
 public:
  Converter(const TensorWork& work, ggml_type from, ggml_type to)
      : work_(work),
        bytes_(work.source.data(work.tensor)),
        from_(from),
        to_(to),
        scratch_(static_cast<std::size_t>(std::max(1, work.threads))) {
    // Half precision: the type itself, or the scale of a block.
    const bool is_wide = work.type == TensorType::kF32 || work.type == TensorType::kBF16;
    largest_ = is_wide ? std::numeric_limits<float>::max() : kLargestHalf;
  }

  // Fills `out` with the `count` elements from `begin` on. Error: the first number that is refused.
  Result<void> slab(std::uint64_t begin, std::uint64_t count, std::span<std::byte> out) {
    const std::uint64_t pieces = (count + kPiece - 1) / kPiece;
    std::atomic<std::uint64_t> next = 0, refused = pieces;
    const auto run = [&](Scratch& scratch) {
      for (std::uint64_t p; (p = next++) < pieces && !work_.stop.stop_requested();) {
        const std::uint64_t first = p * kPiece, most = std::min(kPiece, count - first);
        if (piece(begin + first, most, out.data() + ggml_row_size(to_, std::int64_t(first)),
                  scratch))
          continue;
        for (std::uint64_t lowest = refused; p < lowest;)
          if (refused.compare_exchange_weak(lowest, p)) break;
      }
    };
    {
      std::vector<std::jthread> others;
      for (std::size_t k = 1; k < std::min<std::uint64_t>(scratch_.size(), pieces); ++k)
        others.emplace_back(run, std::ref(scratch_[k]));
      run(scratch_[0]);
    }
    if (work_.stop.stop_requested()) return fail(ErrorCode::kCancelled, "cancelled");
    if (refused < pieces) return refuse(begin + refused * kPiece);
    return {};
  }

 private:
  // The numbers of the source, copied first: a safetensors' stand at any address.
  std::span<const float> widen(std::uint64_t begin, std::uint64_t count, Scratch& scratch) const {
    const std::size_t size = ggml_type_size(from_);
    std::memcpy(scratch.stored.data(), bytes_.data() + begin * size, count * size);
    if (from_ == GGML_TYPE_F32) return std::span(scratch.stored).first(count);
    ggml_get_type_traits(from_)->to_float(scratch.stored.data(), scratch.numbers.data(),
                                          std::int64_t(count));
    return std::span(scratch.numbers).first(count);
  }

  // NaN is not smaller than anything.
  bool is_taken(float number) const { return std::abs(number) <= largest_; }

  bool piece(std::uint64_t begin, std::uint64_t count, std::byte* out, Scratch& scratch) const {
    const std::span<const float> numbers = widen(begin, count, scratch);
    if (!std::ranges::all_of(numbers, [this](float x) { return is_taken(x); })) return false;
    ggml_quantize_chunk(to_, numbers.data(), out, 0, 1, std::int64_t(count), nullptr);
    return true;
  }

  std::unexpected<Error> refuse(std::uint64_t begin) {
    const std::uint64_t total = element_count(work_.tensor.shape).value_or(0);
    const auto numbers = widen(begin, std::min(kPiece, total - begin), scratch_[0]);
    const auto found = std::ranges::find_if_not(numbers, [this](float x) { return is_taken(x); });
    const float number = found == numbers.end() ? NAN : *found;
    const std::string due = std::isfinite(number) ? fmt::format("where {} holds at most {}",
                                                                type_name(work_.type), largest_)
                                                  : std::string("where a finite number is due");
    return fail(
        ErrorCode::kModelMissing,
        fmt::format("{}: tensor '{}': element {} is {} {}; fetch the file again, or another "
                    "build of it",
                    printable_path(work_.source.path()), work_.tensor.name,
                    begin + std::uint64_t(found - numbers.begin()), number, due));
  }

  const TensorWork& work_;
  std::span<const std::byte> bytes_;
  ggml_type from_, to_;
  float largest_;
  std::vector<Scratch> scratch_;
};

}  // namespace

Result<void> convert_tensor(const TensorWork& work, const TakeSlab& take) {
  const std::uint64_t total = element_count(work.tensor.shape).value_or(0);
  const auto from = ggml_type_of(work.tensor.type), to = ggml_type_of(work.type);
  if (!from || !to) return fail(ErrorCode::kBug, "a tensor type that ggml does not convert");
  Converter converter(work, *from, *to);
  std::vector<std::byte> out(tensor_bytes(work.type, std::min(kSlab, total)).value_or(0));
  for (std::uint64_t begin = 0; begin < total; begin += kSlab) {
    const std::uint64_t count = std::min(kSlab, total - begin);
    const std::span<std::byte> slab =
        std::span(out).first(tensor_bytes(work.type, count).value_or(0));
    if (auto done = converter.slab(begin, count, slab); !done) return done;
    if (auto done = take(slab, count); !done) return done;
  }
  return {};
}

}  // namespace pawfect
