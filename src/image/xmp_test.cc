// XMP packets corrected without being rewritten.

#include "image/xmp.h"

#include <gtest/gtest.h>

#include <string>

namespace pawfect {
namespace {

constexpr std::string_view kHead =
    "<?xpacket begin='\xEF\xBB\xBF' id='W5M0MpCehiHzreSzNTczkc9d'?>\n"
    "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF "
    "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\n";
constexpr std::string_view kNames =
    " xmlns:exif='http://ns.adobe.com/exif/1.0/' xmlns:tiff='http://ns.adobe.com/tiff/1.0/'"
    " xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmlns:photoshop='http://ns.adobe.com/photoshop/1.0/'"
    " xmlns:dc='http://purl.org/dc/elements/1.1/' "
    "xmlns:core='http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/'"
    " xmlns:ext='http://iptc.org/std/Iptc4xmpExt/2008-02-29/' "
    "xmlns:drone='http://www.dji.com/drone-dji/1.0/'"
    " xmlns:camera='http://ns.google.com/photos/1.0/camera/'";
constexpr std::string_view kTail = "</rdf:RDF></x:xmpmeta>\n<?xpacket end='w'?>";

std::string packet(std::string_view attributes, std::string_view elements) {
  return std::string(kHead) + "<rdf:Description rdf:about=''" + std::string(kNames) +
         std::string(attributes) + ">" + std::string(elements) + "</rdf:Description>" +
         std::string(kTail);
}

std::string edited(const std::string& text, bool strip_location = false) {
  const auto out =
      edited_xmp(as_bytes(text), {.width = 30, .height = 40, .strip_location = strip_location});
  return out ? std::string(as_text(*out)) : "(refused)";
}

TEST(Xmp, ThatNeedsNoChangeKeepsEveryByte) {
  const std::string text =
      packet(" dc:format=\"image/jpeg\"", "<dc:title>a &lt; b</dc:title><!-- note --><dc:x/>");
  EXPECT_EQ(edited(text, false), text);
  EXPECT_EQ(edited(text, true), text);
}

TEST(Xmp, GetsOrientationAndSizeAsAttributes) {
  EXPECT_EQ(
      edited(packet(" tiff:Orientation=\"6\" exif:PixelXDimension='9' tiff:ImageLength=\"1\"", "")),
      packet(" tiff:Orientation=\"1\" exif:PixelXDimension='30' tiff:ImageLength=\"40\"", ""));
}

TEST(Xmp, GetsOrientationAndSizeAsElements) {
  EXPECT_EQ(
      edited(packet(
          "",
          "<tiff:Orientation>6</tiff:Orientation><exif:PixelYDimension>9</exif:PixelYDimension>")),
      packet(
          "",
          "<tiff:Orientation>1</tiff:Orientation><exif:PixelYDimension>40</exif:PixelYDimension>"));
}

TEST(Xmp, LosesThumbnailsAndWhatDescribesDroppedData) {
  EXPECT_EQ(
      edited(packet(" camera:MotionPhoto=\"1\" camera:HdrPlus=\"x\"",
                    "<xmp:Thumbnails><rdf:Alt><rdf:li>AAAA</rdf:li></rdf:Alt></xmp:Thumbnails>"
                    "<xmp:CreatorTool>c</xmp:CreatorTool>")),
      packet(" camera:HdrPlus=\"x\"", "<xmp:CreatorTool>c</xmp:CreatorTool>"));
}

TEST(Xmp, WithoutLocationKeepsTheRest) {
  const std::string text = packet(
      " exif:GPSLatitude=\"52,31.2N\" photoshop:City=\"Berlin\" drone:GpsLongtitude=\"13.4\" "
      "dc:format='x'",
      "<exif:GPSLongitude>13,24E</exif:GPSLongitude>"
      "<core:Location>Park</core:Location><core:CountryCode>DE</core:CountryCode>"
      "<ext:LocationShown><rdf:Bag><rdf:li "
      "ext:City='B'><ext:CountryName>D</ext:CountryName></rdf:li></rdf:Bag>"
      "</ext:LocationShown><photoshop:Headline>A dog</photoshop:Headline>"
      "<core:CreatorContactInfo "
      "core:CiAdrCity='Home'/><drone:RelativeAltitude>+3</drone:RelativeAltitude>");
  EXPECT_EQ(edited(text, true), packet(" dc:format='x'",
                                       "<photoshop:Headline>A dog</photoshop:Headline>"
                                       "<core:CreatorContactInfo core:CiAdrCity='Home'/>"));
  EXPECT_EQ(edited(text, false), text);
}

TEST(Xmp, GoesBySchemaAndNotByPrefix) {
  const std::string other =
      packet(" xmlns:p='http://ns.adobe.com/tiff/1.0/' p:Orientation='8'", "");
  EXPECT_EQ(edited(other),
            packet(" xmlns:p='http://ns.adobe.com/tiff/1.0/' p:Orientation='1'", ""));
  const std::string inner = packet("",
                                   "<tiff:Orientation xmlns:tiff='urn:other'>6</tiff:Orientation>"
                                   "<tiff:Orientation>6</tiff:Orientation>");
  EXPECT_EQ(edited(inner), packet("",
                                  "<tiff:Orientation xmlns:tiff='urn:other'>6</tiff:Orientation>"
                                  "<tiff:Orientation>1</tiff:Orientation>"));
}

TEST(Xmp, KeepsOrDropsTheLinkToItsExtensionWithIt) {
  const std::string text =
      packet(" xmlns:n='http://ns.adobe.com/xmp/note/' n:HasExtendedXMP='0123'", "");
  EXPECT_EQ(edited(text), packet(" xmlns:n='http://ns.adobe.com/xmp/note/'", ""));
  const auto kept = edited_xmp(as_bytes(text), {.has_extension = true});
  ASSERT_TRUE(kept);
  EXPECT_EQ(as_text(*kept), text);
}

TEST(Xmp, ThatIsNotWellFormedIsRefused) {
  for (std::string_view bad :
       {"", "<a", "<a>", "<a></b>", "</a>", "<a b></a>", "<a b=c></a>", "<a b='c></a>",
        "<!DOCTYPE x><a/>", "<a><!-- </a>", "<a><![CDATA[ </a>", "<a/ >", "<>"}) {
    EXPECT_FALSE(edited_xmp(as_bytes(bad), {})) << bad;
  }
  EXPECT_FALSE(edited_xmp(as_bytes(std::string_view("<\0a\0/\0>\0", 8)), {}));
  std::string deep;
  for (int i = 0; i < 1'000; ++i) deep += "<a>";
  EXPECT_FALSE(edited_xmp(as_bytes(deep), {}));
}

TEST(Xmp, MayEndInZeros) {
  const auto out = edited_xmp(as_bytes(std::string_view("<a/>\0\0", 6)), {});
  ASSERT_TRUE(out);
  EXPECT_EQ(as_text(*out), "<a/>");
}

}  // namespace
}  // namespace pawfect
