#include "base/files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/error.h"

namespace xquant {
namespace {

namespace fs = std::filesystem;

/// A folder of this test alone, removed at the end.
class DiskFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        fs::temp_directory_path() /
        ("xquant_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& bytes) const {
    const std::string path = (folder_ / name).string();
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  fs::path folder_;
};

TEST_F(DiskFilesTest, ReadTheBytesThatAreThere) {
  const std::string bytes("a\0b\r\n", 5);
  EXPECT_EQ(DiskFiles().read(write("f", bytes)), bytes);
  EXPECT_EQ(DiskFiles().read(write("empty", "")), "");
}

TEST_F(DiskFilesTest, RefuseFoldersAndWhatIsNotThere) {
  EXPECT_THROW(DiskFiles().open(folder_.string()), Error);
  EXPECT_THROW(DiskFiles().open((folder_ / "missing").string()), Error);
}

TEST_F(DiskFilesTest, RefuseToReadBeyondTheEnd) {
  const auto source = DiskFiles().open(write("f", "abc"));
  std::string two(2, ' ');
  source->read(1, two);
  EXPECT_EQ(two, "bc");
  EXPECT_THROW(source->read(2, two), Error);
  source->read(0, two);  // and go on afterwards
  EXPECT_EQ(two, "ab");
}

TEST_F(DiskFilesTest, KnowOneFileBehindTwoPaths) {
  const std::string file = write("f", "x");
  const std::string link = (folder_ / "link").string();
  fs::create_symlink(file, link);
  const DiskFiles files;
  EXPECT_TRUE(files.same(file, link));
  EXPECT_TRUE(files.same(file, fs::relative(file).string()));
  EXPECT_FALSE(files.same(file, write("g", "x")));
}

TEST_F(DiskFilesTest, CompareTheSpellingOfWhatDoesNotExistYet) {
  const std::string missing = (folder_ / "new").string();
  EXPECT_TRUE(DiskFiles().same(missing, (folder_ / "sub" / ".." / "new").string()));
  EXPECT_FALSE(DiskFiles().same(missing, missing + "er"));
}

TEST(MemoryFiles, HoldWhatWasPut) {
  MemoryFiles files;
  files.put("a/b", "bytes");
  EXPECT_TRUE(files.exists("a/b"));
  EXPECT_FALSE(files.exists("a"));
  EXPECT_EQ(files.read("a/b"), "bytes");
  EXPECT_TRUE(files.exists("./a/c/../b"));
  EXPECT_EQ(files.read("a/./b"), "bytes");
  EXPECT_TRUE(files.same("a/b", "./a/c/../b"));
  EXPECT_THROW(files.open("b"), Error);
}

TEST(Path, IsTakenApartAtTheLastSeparator) {
  EXPECT_EQ(path::parent("a/b/c.txt"), "a/b");
  EXPECT_EQ(path::parent("c.txt"), "");
  EXPECT_EQ(path::parent("/c.txt"), "/");
  EXPECT_EQ(path::filename("a\\b\\c.txt"), "c.txt");
  EXPECT_EQ(path::stem("a/b/c.q.onnx"), "c.q");
  EXPECT_EQ(path::stem("a/.hidden"), ".hidden");
  EXPECT_EQ(path::stem("a.b/c"), "c");
}

TEST(Path, IsJoinedUnlessTheSecondIsAbsolute) {
  EXPECT_EQ(path::join("a", "b"), "a/b");
  EXPECT_EQ(path::join("a/", "b"), "a/b");
  EXPECT_EQ(path::join("", "b"), "b");
  EXPECT_EQ(path::join("a", "/b"), "/b");
  EXPECT_EQ(path::join("a", "C:\\b"), "C:\\b");
}

TEST(Path, HasOneNormalSpelling) {
  EXPECT_EQ(path::normal("./a/../b//c"), "b/c");
  EXPECT_EQ(path::normal("/a/./b"), "/a/b");
}

}  // namespace
}  // namespace xquant
