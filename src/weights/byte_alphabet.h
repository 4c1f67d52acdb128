// The byte alphabet of GPT-2's, CLIP's and BART's byte-pair vocabularies: every byte has a
// printable character that stands for it, so that a piece of any bytes can be written into a text
// file. Bytes that are printable in Latin-1 (33-126, 161-172, 174-255) stand for themselves, the
// other 68, in order, are U+0100, U+0101, ... (openai/CLIP, simple_tokenizer.py, bytes_to_unicode).
// Pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace pawfect {

// The stand-in of every byte.
std::array<char32_t, 256> byte_stand_ins();

// All bytes in the order of their stand-ins' code points: the order of CLIP's first 256 ids.
std::array<std::uint8_t, 256> bytes_by_stand_in();

// The stand-in as it is written in a vocabulary file.
std::string stand_in_text(std::uint8_t byte);

}  // namespace pawfect
