#include "config/scanner.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace xquant::config {
namespace {

std::string plain(std::string_view text) { return to_plain_json(text, "cfg.json"); }

TEST(PlainJson, BlanksCommentsAndKeepsOffsets) {
  EXPECT_EQ(plain("{ // one\n\"a\": /* two\nlines */ 1}"), "{       \n\"a\":       \n         1}");
}

TEST(PlainJson, LeavesCommentMarksInStringsAlone) {
  const std::string text = R"({"a": "// no", "b": "/* \" */", "c": "x,]"})";
  EXPECT_EQ(plain(text), text);
}

TEST(PlainJson, BlanksTrailingCommas) {
  EXPECT_EQ(plain("[1, 2, ]"), "[1, 2  ]");
  EXPECT_EQ(plain("{\"a\": [1,] , // end\n}"), "{\"a\": [1 ]         \n}");
}

TEST(PlainJson, KeepsCommasThatFollowNoValue) {
  EXPECT_EQ(plain("[,]"), "[,]");
  EXPECT_EQ(plain("[1,,]"), "[1,,]");
  EXPECT_EQ(plain("{\"a\":,}"), "{\"a\":,}");
}

TEST(PlainJson, BlanksAByteOrderMark) { EXPECT_EQ(plain("\xEF\xBB\xBF{}"), "   {}"); }

TEST(PlainJson, NamesThePlaceOfAnUnclosedComment) {
  try {
    plain("{\n  /* never\n}");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "XQ-CFG-001");
    EXPECT_EQ(error.place().line, 2);
    EXPECT_EQ(error.place().column, 3);
  }
}

TEST(PlainJson, RefusesAbsurdNesting) { EXPECT_THROW(plain(std::string(100000, '[')), Error); }

TEST(PlainJson, SurvivesTextThatEndsAnywhere) {
  const std::string text = "{\"a\\\"b\": [1, 2], /* c */ \"d\": \"e\" // f\n}";
  for (std::size_t size = 0; size <= text.size(); ++size) {
    try {
      plain(text.substr(0, size));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "XQ-CFG-001");
    }
  }
}

TEST(Outline, FindsValuesAndKeysByPointer) {
  const Outline found = outline("{\n  \"a\": [10,\n    {\"b/c~\": true}],\n  \"d\": \"x\"\n}");
  EXPECT_EQ(found.values.at("").line, 1);
  EXPECT_EQ(found.values.at("/a/0").line, 2);
  EXPECT_EQ(found.values.at("/a/0").column, 9);
  EXPECT_EQ(found.values.at("/a/1/b~1c~0").line, 3);
  EXPECT_EQ(found.values.at("/a/1/b~1c~0").column, 14);
  EXPECT_EQ(found.keys.at("/d").column, 3);
  EXPECT_EQ(found.values.at("/d").column, 8);
}

TEST(Outline, ReadsEscapedKeys) {
  EXPECT_EQ(outline(R"({"\u0061\"": 1})").values.count("/a\""), 1U);
}

TEST(Outline, ReportsKeysThatAreGivenTwice) {
  const Outline found = outline("{\"a\": 1,\n \"a\": 2}");
  ASSERT_EQ(found.duplicates.size(), 1U);
  EXPECT_EQ(found.duplicates[0].pointer, "/a");
  EXPECT_EQ(found.duplicates[0].position.line, 2);
  EXPECT_EQ(found.duplicates[0].position.column, 2);
}

}  // namespace
}  // namespace xquant::config
