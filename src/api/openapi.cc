#include "api/openapi.h"

// The assembler puts the file into the program: g++ 12 has no #embed.
__asm__(
    ".pushsection .rodata\n"
    ".global pawfect_openapi_begin\n"
    ".global pawfect_openapi_end\n"
    "pawfect_openapi_begin:\n"
    ".incbin \"" PAWFECT_OPENAPI_JSON
    "\"\n"
    "pawfect_openapi_end:\n"
    ".popsection\n");

extern "C" {
extern const char pawfect_openapi_begin[];
extern const char pawfect_openapi_end[];
}

namespace pawfect {

std::string_view openapi_document() { return {pawfect_openapi_begin, pawfect_openapi_end}; }

}  // namespace pawfect
