#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace xquant::data {

/// A line of a list file.
struct ListEntry {
  std::string path;  ///< joined to the folder of the list unless absolute
  int line = 0;      ///< 1-based
};

/// The entries of a list file: one path a line in UTF-8, blanks around it stripped, empty lines
/// skipped, either kind of line end. Throws Error(kData) for UTF-16.
std::vector<ListEntry> read_list(std::string_view text, const std::string& list_path);

}  // namespace xquant::data
