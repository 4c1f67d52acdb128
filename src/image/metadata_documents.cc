#include <fmt/format.h>

#include <string_view>

#include "image/foreign.h"
#include "image/metadata.h"
#include "image/png_parts.h"

namespace pawfect {
namespace {

void drop_document(ByteVector& blob, std::string_view what, std::vector<std::string>& notices) {
  const auto document = find_document_text(blob);
  if (!document) return;
  blob.clear();
  notices.push_back(fmt::format("{} left out: with it other programs would take the result for {}",
                                what, *document));
}

}  // namespace

Metadata without_documents(Metadata metadata, std::vector<std::string>& notices) {
  drop_document(metadata.icc, "colour profile", notices);
  drop_document(metadata.exif, "EXIF", notices);
  drop_document(metadata.xmp, "XMP", notices);
  drop_document(metadata.extended_xmp, "extended XMP", notices);
  drop_document(metadata.iptc, "IPTC", notices);
  drop_document(metadata.photoshop, "Photoshop resources", notices);
  drop_document(metadata.comment, "comment", notices);

  ByteVector all, kept;  // a walk begins behind the signature
  append(all, kPngSignature);
  append(all, metadata.png_chunks);
  PngChunks chunks(all);
  while (const auto chunk = chunks.next()) {
    ByteVector whole(chunk->whole.begin(), chunk->whole.end());
    drop_document(whole, "PNG text", notices);
    append(kept, whole);
  }
  metadata.png_chunks = std::move(kept);
  return metadata;
}

}  // namespace pawfect
