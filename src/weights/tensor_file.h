// TensorFile: a weight file, GGUF or safetensors, mapped read-only. Opening reads the header only
// and checks all of it (docs/weights.md lists what is refused); tensor data is read when it is
// touched. Owns the mapping; movable, not copyable. After opening it is safe to use from any
// thread. Offsets and sizes in bytes, shapes innermost first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "base/error.h"
#include "weights/file_contents.h"
#include "weights/mapped_file.h"

namespace pawfect {

enum class WeightFormat : std::uint8_t { kGguf, kSafetensors };

// "GGUF", "safetensors".
std::string_view format_name(WeightFormat format);

class TensorFile {
 public:
  // Opens the file; its content, never its name, tells the format. Errors (kModelMissing):
  // everything that MappedFile::open and the two readers refuse, and a file of another kind.
  static Result<TensorFile> open(const std::filesystem::path& path,
                                 const WeightLimits& limits = {});

  // In the order of the file's header.
  std::span<const TensorInfo> tensors() const { return contents_.tensors; }

  // The tensor of that name (without the prefix "model.diffusion_model."), null when there is none.
  const TensorInfo* find(std::string_view name) const;

  // The bytes of a tensor of this file, a view into the mapping; empty for a tensor that lies
  // outside the file. A GGUF's data stands at a multiple of the file's alignment, a safetensors' at
  // any address: copy before it is read as numbers.
  std::span<const std::byte> data(const TensorInfo& tensor) const;

  // GGUF: all key/value pairs. safetensors: the strings of "__metadata__".
  const Metadata& metadata() const { return contents_.metadata; }

  // GGUF: the same pairs as they lie in the file, for who writes them into another one.
  // safetensors: none.
  std::span<const StoredPair> stored_pairs() const { return contents_.stored_pairs; }

  // Whether the file was cut or could not be read while mapped: ask after the data was used.
  bool is_damaged() const { return file_.is_damaged(); }

  // A hint for the pages of one tensor.
  void advise(const TensorInfo& tensor, Advice advice) const {
    file_.advise(tensor.offset, tensor.bytes, advice);
  }

  const std::filesystem::path& path() const { return path_; }
  WeightFormat format() const { return format_; }
  std::uint64_t size() const { return file_.bytes().size(); }

 private:
  TensorFile(std::filesystem::path path, MappedFile file, WeightFormat format,
             FileContents contents)
      : path_(std::move(path)),
        file_(std::move(file)),
        format_(format),
        contents_(std::move(contents)) {}

  std::filesystem::path path_;
  MappedFile file_;
  WeightFormat format_;
  FileContents contents_;
};

}  // namespace pawfect
