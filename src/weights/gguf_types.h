// The numbers that a GGUF file gives its tensor types (ggml.h, enum ggml_type). Pure functions,
// safe from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "weights/tensor_type.h"

namespace pawfect {

// The type of that number; empty when we do not take it.
std::optional<TensorType> gguf_type(std::uint32_t number);

// The number of a type; empty for the types that only safetensors has.
std::optional<std::uint32_t> gguf_type_number(TensorType type);

// Why a number is not taken, which types are, and what to do: the tail of a message.
std::string gguf_type_refusal(std::uint32_t number);

}  // namespace pawfect
