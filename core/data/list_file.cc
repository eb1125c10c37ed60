#include "data/list_file.h"

#include <algorithm>
#include <cstddef>

#include "base/error.h"
#include "base/files.h"

namespace xquant::data {
namespace {

constexpr const char* kWhatAListIs =
    "data_list_path names a text file with the path of one data file on each line.";
/// No operating system takes longer ones.
constexpr std::size_t kLongestPath = 32768;

std::string_view strip(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r\v\f";
  const std::size_t begin = line.find_first_not_of(kBlanks);
  if (begin == line.npos) return {};
  return line.substr(begin, line.find_last_not_of(kBlanks) - begin + 1);
}

}  // namespace

std::vector<ListEntry> read_list(std::string_view text, const std::string& list_path) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    throw Error(ErrorKind::kData, "XQ-DAT-004", "The list is in UTF-16.", {.file = list_path},
                "Save it as UTF-8.");
  }
  if (text.find('\0') != text.npos) {
    throw Error(ErrorKind::kData, "XQ-DAT-004", "The list is no text file.", {.file = list_path},
                kWhatAListIs);
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const std::string folder = path::parent(list_path);
  std::vector<ListEntry> entries;
  for (int line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    const std::string_view name = strip(text.substr(0, end));
    if (name.size() > kLongestPath) {
      throw Error(
          ErrorKind::kData, "XQ-DAT-004",
          "A line of the list has " + std::to_string(name.size()) + " bytes, more than any path.",
          {.file = list_path, .line = line}, kWhatAListIs);
    }
    if (!name.empty()) entries.push_back({path::join(folder, name), line});
    const std::size_t ending = text.substr(end).starts_with("\r\n") ? 2 : 1;
    text.remove_prefix(std::min(end + ending, text.size()));
  }
  return entries;
}

}  // namespace xquant::data
