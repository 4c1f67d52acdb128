// Files that are no picture of ours, and files that are two things at once.

#include "image/foreign.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "image/test_files.h"

namespace pawfect {
namespace {

using namespace std::string_view_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::string refusal(ByteSpan file) {
  const auto header = sniff_image(file, "photo.jpg", {});
  EXPECT_FALSE(header);
  if (header) return {};
  EXPECT_EQ(header.error().code, ErrorCode::kBadInput);
  EXPECT_EQ(header.error().message.find('\n'), std::string::npos);
  return header.error().message;
}

TEST(ForeignFiles, AreNamedByTheirContent) {
  struct Row {
    std::string_view bytes, name;
  };
  const std::vector<Row> rows = {
      {"", "empty"},
      {"GIF89a\1\0\1\0\0\0\0;"sv, "a GIF"},
      {"<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "an SVG drawing"},
      {"  <SVG>", "an SVG drawing"},
      {"%PDF-1.7\n", "a PDF document"},
      {"\n\n%PDF-1.4 after some lines", "a PDF document"},
      {"\0\0\0\x18"
       "ftypheic\0\0\0\0mif1heic"sv,
       "a HEIC picture"},
      {"\0\0\0\x18"
       "ftypmif1\0\0\0\0mif1heic"sv,
       "a HEIC picture"},
      {"\0\0\0\x18"
       "ftypavif\0\0\0\0mif1avif"sv,
       "an AVIF picture"},
      {"\0\0\0\x18"
       "ftypmif1\0\0\0\0mif1avif"sv,
       "an AVIF picture"},
      {"\0\0\0\x18"
       "ftypisom\0\0\0\0isommp42"sv,
       "a video"},
      {"\0\0\0\x14"
       "ftypqt  \0\0\0\0qt  "sv,
       "a video"},
      {"\x1A\x45\xDF\xA3webm", "a video"},
      {"RIFF\x10\0\0\0AVI LIST"sv, "a video"},
      {"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\2\0\0\0"sv, "a BMP picture"},
      {"8BPS\0\1"sv, "a Photoshop document"},
      {"<!DOCTYPE html><title>404</title>", "an HTML page"},
      {"\n  <html><body>", "an HTML page"},
      {"PK\3\4\x14\0"sv, "a ZIP archive"},
      {"\0\0\0\x0CJXL \r\n\x87\n"sv, "a JPEG XL picture"},
      {"\0\0\0\x0CjP  \r\n\x87\n"sv, "a JPEG 2000 picture"},
      {"\x7F"
       "ELF\2\1\1",
       "a program"},
      {"just some words\n", "a text file"},
      {"\xEF\xBB\xBFwith a mark", "a text file"},
      {"\1\2\3\4\5\6\7", "of no kind we know"},
      {"\xFF\xD8", "of no kind we know"},
      {"\x89PN", "of no kind we know"},
  };
  for (const Row& row : rows) {
    EXPECT_THAT(refusal(as_bytes(row.bytes)), AllOf(HasSubstr("photo.jpg: "), HasSubstr(row.name)))
        << row.bytes;
  }
}

TEST(ForeignFiles, GetAdviceWhatToDo) {
  EXPECT_THAT(refusal(as_bytes("\0\0\0\x18"
                               "ftypheic\0\0\0\0mif1heic"sv)),
              HasSubstr("Most Compatible"));
  EXPECT_THAT(refusal(as_bytes("GIF89a"sv)), HasSubstr("save the frame you want as PNG first"));
}

ByteVector small(Container container) {
  return testing::encoded(testing::smooth(24, 24, 3), container);
}

// The end record of a ZIP file with a comment of this length.
ByteVector zip_end(std::size_t comment) {
  ByteVector out;
  append(out, "PK\5\6"sv);
  out.resize(20);
  append_number(out, std::uint32_t(comment), 2, ByteOrder::kLittle);
  out.resize(out.size() + comment, 'x');
  return out;
}

TEST(Polyglots, WithADocumentBehindThePictureAreRefused) {
  struct Row {
    std::string_view tail, name;
  };
  const std::vector<Row> rows = {{"%PDF-1.4\n", "PDF"},
                                 {"\n\n  <html>", "HTML"},
                                 {"<ScRiPt>alert(1)</script>", "HTML"},
                                 {"<svg onload=x>", "SVG"},
                                 {"<?php system(1);", "PHP"},
                                 {"PK\3\4 and the rest", "ZIP"},
                                 {"Rar!\x1A\7", "RAR"},
                                 {"#!/bin/sh\n", "script"},
                                 {"\x7F"
                                  "ELF",
                                  "program"},
                                 {"GIF89a", "GIF"}};
  for (const Container container : {Container::kPng, Container::kJpeg, Container::kWebp}) {
    for (const Row& row : rows) {
      ByteVector file = small(container);
      append(file, row.tail);
      EXPECT_THAT(refusal(file), AllOf(HasSubstr("also holds"), HasSubstr(row.name)))
          << container_name(container) << " + " << row.tail;
    }
  }
}

TEST(Polyglots, ThatEndAsAZipAreRefused) {
  for (const std::size_t comment : {0, 1, 5000}) {
    ByteVector file = small(Container::kTiff);  // a TIFF has no end marker
    append(file, "some entries");
    append(file, zip_end(comment));
    EXPECT_THAT(refusal(file), HasSubstr("ZIP")) << comment;
  }
  // The archive's end inside a PNG's last text chunk, its comment covering the rest of the file.
  const ByteVector png = small(Container::kPng);
  ByteVector file(png.begin(), png.end() - 12);
  ByteVector text;
  append(text, "zip\0"sv);
  append(text, zip_end(0));
  put_number(text, text.size() - 2, 4 + 12, 2, ByteOrder::kLittle);
  testing::add_png_chunk(file, "tEXt", text);
  append(file, part(png, png.size() - 12));
  EXPECT_THAT(refusal(file), HasSubstr("ZIP"));
}

TEST(Polyglots, WithADocumentInTheirHeadAreRefused) {
  for (std::string_view text : {"%PDF-1.5 1 0 obj", "<html><script>", "<svg xmlns="}) {
    ByteVector comment;
    append(comment, "Comment\0"sv);
    append(comment, text);
    const ByteVector png = testing::png_file(2, 1, 8, 0, ByteVector{1, 2}, {{"tEXt", comment}});
    EXPECT_THAT(refusal(png), HasSubstr("also holds")) << text;

    const ByteVector jpeg = small(Container::kJpeg);
    ByteVector commented;
    append(commented, part(jpeg, 0, 2));
    append(commented, "\xFF\xFE"sv);
    append_number(commented, std::uint32_t(text.size() + 2), 2, ByteOrder::kBig);
    append(commented, text);
    append(commented, part(jpeg, 2));
    EXPECT_THAT(refusal(commented), HasSubstr("also holds")) << text;
  }
}

TEST(Polyglots, AreNotSuspectedInTrailersOfPhones) {
  ByteVector gain_map = small(Container::kJpeg);
  append(gain_map, small(Container::kJpeg));
  EXPECT_TRUE(sniff_image(gain_map, "x", {}));
  ByteVector motion = small(Container::kJpeg);
  append(motion,
         "\0\0\0\x18"
         "ftypmp42\0\0\0\0mp42isom"sv);
  EXPECT_TRUE(sniff_image(motion, "x", {}));
  ByteVector padded = small(Container::kPng);
  padded.resize(padded.size() + 100);
  EXPECT_TRUE(sniff_image(padded, "x", {}));
}

TEST(Polyglots, AreNotSuspectedInRandomData) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    ByteVector file = small(Container::kJpeg);
    append(file, testing::noise(64, 64, 1, SampleDepth::k8, seed + 100).bytes);
    EXPECT_TRUE(sniff_image(file, "x", {})) << seed;
  }
}

}  // namespace
}  // namespace pawfect
