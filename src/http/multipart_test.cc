#include "http/multipart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pawfect::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Event = MultipartParser::Event;

// What the parser told, as one text: "[name|file|type]data;".
std::string read(std::string_view body, std::size_t piece, std::string_view boundary = "B") {
  MultipartParser parser(boundary);
  std::string told;
  while (true) {
    const auto event = parser.next();
    if (!event) return told + "! " + event.error().detail;
    if (*event == Event::kPartBegins) {
      const PartHead& head = parser.head();
      told.append("[").append(head.name).append("|").append(head.file_name);
      told.append("|").append(head.content_type).append("]");
    }
    if (*event == Event::kData) told += parser.data();
    if (*event == Event::kPartEnds) told += ';';
    if (*event != Event::kNeedMore && *event != Event::kEnd) continue;
    if (body.empty()) return parser.is_whole() ? told : told + "...";
    parser.feed(body.substr(0, piece));
    body.remove_prefix(std::min(piece, body.size()));
  }
}

// The pieces' sizes must not matter.
std::string read_in_all_pieces(std::string_view body) {
  const std::string at_once = read(body, body.size() + 1);
  for (std::size_t piece = 1; piece < 40; ++piece)
    EXPECT_EQ(read(body, piece), at_once) << "pieces of " << piece;
  return at_once;
}

std::string part(const std::string& head, const std::string& data) {
  return "--B\r\n" + head + "\r\n\r\n" + data + "\r\n";
}

std::string named(const std::string& name) {
  return "Content-Disposition: form-data; name=\"" + name + "\"";
}

TEST(Multipart, TellsPartsAndTheirData) {
  const std::string body =
      part(
          "Content-Disposition: form-data; name=\"image\"; filename=\"cat.jpg\"\r\n"
          "Content-Type: image/jpeg",
          "\xff\xd8 \r\n--A\r\n\r\n--\r\n") +
      part(named("options"), "{}") + part(named("empty"), "") + "--B--\r\n";
  EXPECT_EQ(read_in_all_pieces(body),
            "[image|cat.jpg|image/jpeg]\xff\xd8 \r\n--A\r\n\r\n--\r\n;[options||]{};[empty||];");
}

TEST(Multipart, KeepsWhatLooksLikeABoundary) {
  for (const std::string data : {"\r\n--", "\r\n-", "\r", "\r\n", "\n--B\n", "\r\n--b", "\r\r\n--",
                                 "--B", "\r\n--\r\n--\r\n--A", "--B--"}) {
    EXPECT_EQ(read_in_all_pieces(part(named("a"), data) + "--B--"), "[a||]" + data + ";");
  }
}

TEST(Multipart, ReadsNamesInEveryForm) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"form-data; name=a", "[a||]"},
      {"form-data;name=a;filename=b", "[a|b|]"},
      {"FORM-DATA; NAME=\"a\"; FileName=\"b\"", "[a|b|]"},
      {"form-data; filename=\"b\"; name=\"a\"", "[a|b|]"},
      {"form-data; name=\"a b; c=d\"", "[a b; c=d||]"},
      {"form-data; name=\"a\\\"b\\\\c\"", "[a\"b\\c||]"},
      {"form-data; name=\"a%22b\"", "[a%22b||]"},
      {"form-data; name=\"\xc3\xa4\"; filename=\"\xf0\x9f\x90\xb1.png\"",
       "[\xc3\xa4|\xf0\x9f\x90\xb1.png|]"},
      {"form-data; name=\"a\"; filename=\"../../etc/passwd\"", "[a|../../etc/passwd|]"},
      {"form-data; name=\"a\"; filename*=UTF-8''evil; filename=\"b\"", "[a|b|]"},
      {"form-data; name=\"a\"; filename*=UTF-8''evil", "[a||]"},
      {"form-data; name=\"a\"; name=\"b\"", "[a||]"},
      {"form-data; name = \"a\"", "[a||]"},
      {"form-data", "! a part has no name"},
      {"form-data; name=", "! a part has no name"},
      {"form-data; name=\"\"", "! a part has no name"},
      {"form-data; name=\"a", "! a part has no name"},
      {"form-data; name", "! a part has no name"},
      {"form-data; filename=\"a\"", "! a part has no name"},
      {"attachment; name=\"a\"", "! a part has no name"},
      {"form-data; name=\"\xff\"", "! a part's name is too long, no UTF-8"},
      {"form-data; name=\"a\nb\"", "! a part's name is too long, no UTF-8"},
      {"form-data; name=\"a\"; filename=\"b\x01\"", "! a part's name is too long, no UTF-8"},
  };
  for (const auto& [disposition, expected] : cases) {
    const std::string told =
        read_in_all_pieces(part("Content-Disposition: " + disposition, "") + "--B--");
    EXPECT_TRUE(told.starts_with(expected)) << disposition << ": " << told;
  }
  EXPECT_THAT(read(part(named(std::string(201, 'a')), ""), 1000), HasSubstr("too long"));
}

TEST(Multipart, PassesOverWhatStandsAroundTheParts) {
  EXPECT_EQ(read_in_all_pieces("hello\r\n" + part(named("a"), "x") + "--B--\r\n\r\nbye --B\r\n"),
            "[a||]x;");
  EXPECT_EQ(read_in_all_pieces("--B \t\r\n" + named("a") + "\r\n\r\nx\r\n--B--"), "[a||]x;");
  EXPECT_EQ(read_in_all_pieces("--B--"), "");
}

TEST(Multipart, TellsAFormThatEndsInTheMiddle) {
  const std::string body = part(named("a"), "hello") + "--B--";
  for (std::size_t length = 0; length < body.size(); ++length)
    EXPECT_THAT(read_in_all_pieces(body.substr(0, length)), testing::EndsWith("...")) << length;
}

TEST(Multipart, RefusesWhatIsNone) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {std::string(5000, 'x'), "does not begin with the boundary"},
      {"--Bx\r\n" + named("a") + "\r\n\r\nx\r\n--B--", "something stands behind a boundary"},
      {"--B" + std::string(100, ' '), "line does not end"},
      {"--B\r\nhello\r\n\r\nx", "has no ':'"},
      {"--B\r\n: x\r\n\r\nx", "has no name"},
      {"--B\r\n\r\nx\r\n--B--", "has no name"},
      {"--B\r\nContent-Type: text/plain\r\n\r\nx\r\n--B--", "has no name"},
      {"--B\r\nX: " + std::string(9000, 'x'), "more than 8192 bytes"},
  };
  for (const auto& [body, problem] : cases)
    EXPECT_THAT(read_in_all_pieces(body), HasSubstr(problem)) << body.substr(0, 40);
}

TEST(Multipart, BoundsPartsAndTheirFields) {
  std::string body, expected;
  for (int i = 0; i < MultipartParser::kMostParts; ++i) {
    body += part(named("a"), "x");
    expected += "[a||]x;";
  }
  EXPECT_EQ(read(body + "--B--", 100), expected);
  EXPECT_EQ(read(body + part(named("a"), "x") + "--B--", 100), expected + "! more than 32 parts");
  std::string fields = named("a");
  for (int i = 1; i < MultipartParser::kMostHeadFields; ++i) fields += "\r\nX: y";
  EXPECT_EQ(read(part(fields, "x") + "--B--", 100), "[a||]x;");
  EXPECT_THAT(read(part(fields + "\r\nX: y", "x"), 100), HasSubstr("more than 16 fields"));
}

TEST(MultipartBoundary, IsReadStrictly) {
  const std::vector<std::pair<std::string, std::optional<std::string>>> cases = {
      {"multipart/form-data; boundary=abc", "abc"},
      {"Multipart/Form-Data;charset=x;BOUNDARY=\"a b'c\"", "a b'c"},
      {"multipart/form-data; boundary=" + std::string(70, 'a'), std::string(70, 'a')},
      {"multipart/form-data; boundary=" + std::string(71, 'a'), std::nullopt},
      {"multipart/form-data; boundary=", std::nullopt},
      {"multipart/form-data; boundary=\"\"", std::nullopt},
      {"multipart/form-data; boundary=\"a ", std::nullopt},
      {"multipart/form-data; boundary=\"a \"", std::nullopt},
      {"multipart/form-data; boundary=a\xc3\xa4", std::nullopt},
      {"multipart/form-data; boundary=\"a\r\nb\"", std::nullopt},
      {"multipart/form-data", std::nullopt},
      {"multipart/mixed; boundary=abc", std::nullopt},
      {"image/jpeg", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& [type, boundary] : cases) EXPECT_EQ(multipart_boundary(type), boundary) << type;
}

}  // namespace
}  // namespace pawfect::http
