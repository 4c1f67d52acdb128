#include "image/xmp.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace pawfect {
namespace {

constexpr std::size_t kMaxDepth = 100, kMaxAttributes = 1'000, kMaxNamespaces = 200;

constexpr std::string_view kTiff = "http://ns.adobe.com/tiff/1.0/";
constexpr std::string_view kExif = "http://ns.adobe.com/exif/1.0/";
constexpr std::string_view kXmpBasic = "http://ns.adobe.com/xap/1.0/";
constexpr std::string_view kXmpNote = "http://ns.adobe.com/xmp/note/";
constexpr std::string_view kPhotoshop = "http://ns.adobe.com/photoshop/1.0/";
constexpr std::string_view kIptcExtension = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";
constexpr std::string_view kDublinCore = "http://purl.org/dc/elements/1.1/";
constexpr std::string_view kGeo = "http://www.w3.org/2003/01/geo/wgs84_pos#";
constexpr std::string_view kDarwinCore = "http://rs.tdwg.org/dwc/";
constexpr std::string_view kCamera = "http://ns.google.com/photos/1.0/camera/";
constexpr std::string_view kContainer = "http://ns.google.com/photos/1.0/container/";
constexpr std::string_view kGainMap = "http://ns.adobe.com/hdr-gain-map/1.0/";

bool contains(std::string_view text, std::string_view what) {
  return text.find(what) != std::string_view::npos;
}

// Coordinates and heights are told by their names in every schema (exif:GPS*,
// drone-dji:GpsLatitude, drone-dji:RelativeAltitude, ...), and so are locations
// (Iptc4xmpCore:Location, Iptc4xmpExt: LocationShown, xmpDM:shotLocation). The names of towns and
// countries are taken from the schemas that mean the place of the picture; a creator's postal
// address (Iptc4xmpCore:CiAdr*) is not one.
bool is_location(std::string_view schema, std::string_view name) {
  if (schema == kGeo || schema.starts_with(kDarwinCore)) return true;
  std::string folded(name);
  for (char& c : folded) c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  if (folded.starts_with("gps")) return true;
  for (std::string_view part : {"latitude", "longitude", "longtitude", "altitude", "location"}) {
    if (contains(folded, part)) return true;
  }
  if (schema == kPhotoshop) return name == "City" || name == "State" || name == "Country";
  if (schema == kDublinCore) return name == "coverage";
  if (schema == kIptcExtension) {
    constexpr std::array<std::string_view, 6> kPlaces = {
        "City", "CountryCode", "CountryName", "ProvinceState", "Sublocation", "WorldRegion"};
    return std::find(kPlaces.begin(), kPlaces.end(), name) != kPlaces.end();
  }
  return name == "CountryCode";
}

struct Decision {
  enum { kKeep, kRemove, kReplace } action = kKeep;
  std::string value;
};

Decision decide(std::string_view schema, std::string_view name, const XmpEdits& edits) {
  const auto replace = [](int number) {
    return Decision{Decision::kReplace, std::to_string(number)};
  };
  if (schema == kTiff && name == "Orientation") return replace(1);
  if (schema == kTiff && name == "ImageWidth") return replace(edits.width);
  if (schema == kTiff && name == "ImageLength") return replace(edits.height);
  if (schema == kExif && name == "PixelXDimension") return replace(edits.width);
  if (schema == kExif && name == "PixelYDimension") return replace(edits.height);
  const auto remove = [] { return Decision{Decision::kRemove, {}}; };
  if (schema == kXmpBasic && name == "Thumbnails") return remove();
  if (schema == kXmpNote && name == "HasExtendedXMP" && !edits.has_extension) return remove();
  if (schema == kContainer || schema == kGainMap) return remove();
  if (schema == kCamera && (name.starts_with("MicroVideo") || name.starts_with("MotionPhoto")))
    return remove();
  if (edits.strip_location && is_location(schema, name)) return remove();
  return {};
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_name(char c) {
  return !is_blank(c) && c != '=' && c != '/' && c != '>' && c != '<' && c != '"';
}

// Walks the packet once and writes what stays to out_. A fault anywhere makes the whole walk fail.
class XmpWalk {
 public:
  XmpWalk(std::string_view text, const XmpEdits& edits) : text_(text), edits_(edits) {}

  std::optional<std::string> run() {
    while (at_ < text_.size()) {
      const std::size_t tag = std::min(text_.find('<', at_), text_.size());
      write_text(text_.substr(at_, tag - at_));
      at_ = tag;
      if (at_ < text_.size() && !walk_tag()) return std::nullopt;
    }
    if (!open_.empty()) return std::nullopt;
    return std::move(out_);
  }

 private:
  struct Attribute {
    std::size_t begin;  // of the blanks before it
    std::string_view name, value;
    std::size_t end;
  };
  struct Element {
    std::string_view name;
    std::size_t namespaces;  // how many were declared outside it
  };
  struct Namespace {
    std::string_view prefix, schema;
  };

  bool is_removing() const { return removed_depth_ != 0; }

  void write(std::string_view piece) {
    if (!is_removing()) out_ += piece;
  }

  // The text of an element whose value is replaced; a structure in its place stays as it is.
  void write_text(std::string_view text) {
    if (replacement_ && text_.substr(at_ + text.size()).starts_with("</")) text = *replacement_;
    write(text);
    replacement_.reset();
  }

  bool walk_tag() {
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with("<?")) return copy_until("?>");
    if (rest.starts_with("<!--")) return copy_until("-->");
    if (rest.starts_with("<![CDATA[")) return copy_until("]]>");
    if (rest.starts_with("<!")) return false;  // a DOCTYPE has no place in XMP
    return rest.starts_with("</") ? walk_end_tag() : walk_start_tag();
  }

  bool copy_until(std::string_view mark) {
    const std::size_t end = text_.find(mark, at_);
    if (end == std::string_view::npos) return false;
    write(text_.substr(at_, end + mark.size() - at_));
    at_ = end + mark.size();
    return true;
  }

  bool walk_end_tag() {
    const std::size_t end = text_.find('>', at_);
    if (end == std::string_view::npos || open_.empty()) return false;
    std::string_view name = text_.substr(at_ + 2, end - at_ - 2);
    while (!name.empty() && is_blank(name.back())) name.remove_suffix(1);
    if (name != open_.back().name) return false;
    write(text_.substr(at_, end + 1 - at_));
    at_ = end + 1;
    close_element();
    return true;
  }

  void close_element() {
    if (removed_depth_ == open_.size()) removed_depth_ = 0;
    namespaces_.resize(open_.back().namespaces);
    open_.pop_back();
  }

  std::size_t skip(std::size_t at, bool (*is_wanted)(char)) const {
    while (at < text_.size() && is_wanted(text_[at])) ++at;
    return at;
  }

  // Attributes from `at` on; leaves `at` at "/>" or ">".
  bool read_attributes(std::size_t& at, std::vector<Attribute>& attributes) const {
    while (true) {
      Attribute attribute;
      attribute.begin = at;
      at = skip(at, is_blank);
      if (at >= text_.size()) return false;
      if (text_[at] == '>' || text_[at] == '/') return true;
      if (at == attribute.begin || attributes.size() >= kMaxAttributes) return false;
      const std::size_t name_end = skip(at, is_name);
      attribute.name = text_.substr(at, name_end - at);
      at = skip(name_end, is_blank);
      if (at >= text_.size() || text_[at] != '=') return false;
      at = skip(at + 1, is_blank);
      if (at >= text_.size() || (text_[at] != '"' && text_[at] != '\'')) return false;
      const std::size_t close = text_.find(text_[at], at + 1);
      if (close == std::string_view::npos) return false;
      attribute.value = text_.substr(at + 1, close - at - 1);
      at = attribute.end = close + 1;
      attributes.push_back(attribute);
    }
  }

  Decision decide_on(std::string_view qualified) const {
    const std::size_t colon = qualified.find(':');
    const bool has_prefix = colon != std::string_view::npos;
    const std::string_view prefix = has_prefix ? qualified.substr(0, colon) : std::string_view{};
    const std::string_view name = has_prefix ? qualified.substr(colon + 1) : qualified;
    if (prefix == "xmlns" || prefix == "xml" || qualified == "xmlns") return {};
    const auto found = std::find_if(namespaces_.rbegin(), namespaces_.rend(),
                                    [&](const Namespace& n) { return n.prefix == prefix; });
    return decide(found == namespaces_.rend() ? std::string_view{} : found->schema, name, edits_);
  }

  bool walk_start_tag() {
    std::size_t at = skip(at_ + 1, is_name);
    const std::string_view name = text_.substr(at_ + 1, at - at_ - 1);
    std::vector<Attribute> attributes;
    if (name.empty() || open_.size() >= kMaxDepth || !read_attributes(at, attributes)) return false;
    const bool is_empty_element = text_[at] == '/';
    if (is_empty_element && (at + 1 >= text_.size() || text_[at + 1] != '>')) return false;
    const std::size_t end = at + (is_empty_element ? 2 : 1);

    open_.push_back({name, namespaces_.size()});
    for (const Attribute& attribute : attributes) {
      if (attribute.name == "xmlns") namespaces_.push_back({{}, attribute.value});
      if (attribute.name.starts_with("xmlns:")) {
        namespaces_.push_back({attribute.name.substr(6), attribute.value});
      }
    }
    if (namespaces_.size() > kMaxNamespaces) return false;
    const Decision decision = decide_on(name);
    if (decision.action == Decision::kRemove && !is_removing()) removed_depth_ = open_.size();
    write_start_tag(attributes, end);
    if (decision.action == Decision::kReplace && !is_empty_element) replacement_ = decision.value;
    at_ = end;
    if (is_empty_element) close_element();
    return true;
  }

  void write_start_tag(const std::vector<Attribute>& attributes, std::size_t end) {
    std::size_t from = at_;
    for (const Attribute& attribute : attributes) {
      const Decision decision = decide_on(attribute.name);
      if (decision.action == Decision::kKeep) continue;
      const bool is_replaced = decision.action == Decision::kReplace;
      const std::size_t value_at = std::size_t(attribute.value.data() - text_.data());
      const std::size_t until = is_replaced ? value_at : attribute.begin;
      write(text_.substr(from, until - from));
      if (is_replaced) write(decision.value);
      from = is_replaced ? value_at + attribute.value.size() : attribute.end;
    }
    write(text_.substr(from, end - from));
  }

  std::string_view text_;
  const XmpEdits& edits_;
  std::size_t at_ = 0;
  std::string out_;
  std::vector<Element> open_;
  std::vector<Namespace> namespaces_;
  std::size_t removed_depth_ = 0;  // depth of the element that is being left out; 0: none
  std::optional<std::string> replacement_;
};

// Zero bytes in the text mean UTF-16 or UTF-32, which this walk does not read.
bool is_utf8_like(std::string_view text) {
  return !text.empty() && !contains(text, std::string_view("\0", 1));
}

}  // namespace

std::optional<ByteVector> edited_xmp(ByteSpan packet, const XmpEdits& edits) {
  while (!packet.empty() && packet.back() == 0) packet = packet.first(packet.size() - 1);
  if (!is_utf8_like(as_text(packet))) return std::nullopt;
  const auto edited = XmpWalk(as_text(packet), edits).run();
  if (!edited) return std::nullopt;
  const ByteSpan bytes = as_bytes(*edited);
  return ByteVector(bytes.begin(), bytes.end());
}

}  // namespace pawfect
