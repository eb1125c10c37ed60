#include "data/list_file.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace xquant::data {
namespace {

TEST(ReadList, JoinsEntriesToTheFolderOfTheList) {
  const auto entries = read_list("a.jpg\nsub/b.jpg\n/abs/c.jpg\n", "lists/calib.txt");
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].path, "lists/a.jpg");
  EXPECT_EQ(entries[1].path, "lists/sub/b.jpg");
  EXPECT_EQ(entries[2].path, "/abs/c.jpg");
}

TEST(ReadList, SkipsEmptyLinesAndKeepsLineNumbers) {
  const auto entries = read_list("\n  a b.jpg \t\r\n\r\n \nc.jpg", "l.txt");
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].path, "a b.jpg");
  EXPECT_EQ(entries[0].line, 2);
  EXPECT_EQ(entries[1].path, "c.jpg");
  EXPECT_EQ(entries[1].line, 5);
}

TEST(ReadList, ReadsUtf8WithAByteOrderMark) {
  const auto entries = read_list("\xEF\xBB\xBF\xC3\xA4.jpg\n", "l.txt");
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].path, "\xC3\xA4.jpg");
}

TEST(ReadList, RefusesUtf16) {
  EXPECT_THROW(read_list("\xFF\xFE"
                         "a",
                         "l.txt"),
               Error);
}

TEST(ReadList, TakesLinesThatEndAsOnOldMacs) {
  const auto entries = read_list("a.jpg\r\rb.jpg\r\nc.jpg\n", "l.txt");
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[1].path, "b.jpg");
  EXPECT_EQ(entries[1].line, 3);
  EXPECT_EQ(entries[2].line, 4);
}

TEST(ReadList, RefusesWhatIsNoText) {
  try {
    read_list(std::string("\x89PNG\r\n\x1A\n\0\0", 10), "a.png");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "XQ-DAT-004");
    EXPECT_EQ(error.message(), "The list is no text file.");
    EXPECT_EQ(error.place().file, "a.png");
  }
}

TEST(ReadList, RefusesLinesThatAreNoPaths) {
  try {
    read_list("a.png\n" + std::string(5'000'000, 'x'), "l.txt");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "XQ-DAT-004");
    EXPECT_EQ(error.message(), "A line of the list has 5000000 bytes, more than any path.");
    EXPECT_EQ(error.place().line, 2);
  }
}

TEST(ReadList, FindsNothingInBlankFiles) {
  EXPECT_TRUE(read_list("", "l.txt").empty());
  EXPECT_TRUE(read_list(" \n\r\n", "l.txt").empty());
}

}  // namespace
}  // namespace xquant::data
