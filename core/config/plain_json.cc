#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"
#include "config/scanner.h"

namespace xquant::config {
namespace {

// The schema needs six levels; readers of the document recurse into it.
constexpr int kMaxDepth = 100;

Error syntax_error(std::string_view text, std::size_t offset, const std::string& file,
                   const std::string& what, const std::string& fix) {
  const Position position = position_at(text, offset);
  return Error(ErrorKind::kConfig, "XQ-CFG-001", what,
               {.file = file, .line = position.line, .column = position.column}, fix);
}

/// Offset behind the string that begins at the quote at offset.
std::size_t skip_string(std::string_view text, std::size_t offset) {
  for (++offset; offset < text.size() && text[offset] != '"' && text[offset] != '\n'; ++offset) {
    if (text[offset] == '\\') ++offset;
  }
  return offset + 1;
}

std::size_t comment_end(std::string_view text, std::size_t begin, const std::string& file) {
  if (text[begin + 1] == '/') return std::min(text.find('\n', begin), text.size());
  const std::size_t end = text.find("*/", begin + 2);
  if (end == std::string_view::npos) {
    throw syntax_error(text, begin, file, "The comment is not closed.", "Add */ behind it.");
  }
  return end + 2;
}

void blank(std::string& text, std::size_t begin, std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) {
    if (text[i] != '\n' && text[i] != '\r') text[i] = ' ';
  }
}

void blank_comments(std::string& text, const std::string& file) {
  int depth = 0;
  std::size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = skip_string(text, at);
      continue;
    }
    if (c == '/' && at + 1 < text.size() && (text[at + 1] == '/' || text[at + 1] == '*')) {
      const std::size_t end = comment_end(text, at, file);
      blank(text, at, end);
      at = end;
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth > kMaxDepth) {
      throw syntax_error(text, at, file, "The nesting is too deep.",
                         "A config has six levels at most.");
    }
    ++at;
  }
}

/// A comma may stand between a value and the bracket that closes its container, but not alone.
void blank_trailing_commas(std::string& text) {
  char before = '[';              // the last character that is not blank, the comma not counted
  std::size_t comma = text.npos;  // a comma that follows a value, nothing behind it yet
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++at;
      continue;
    }
    if ((c == ']' || c == '}') && comma != text.npos) text[comma] = ' ';
    const bool after_value = before != '[' && before != '{' && before != ':' && before != ',';
    comma = c == ',' && after_value ? at : text.npos;
    before = c;
    at = c == '"' ? skip_string(text, at) : at + 1;
  }
}

}  // namespace

Position position_at(std::string_view text, std::size_t offset) {
  Position position{1, 1};
  for (std::size_t i = 0; i < offset && i < text.size(); ++i) {
    ++position.column;
    if (text[i] == '\n') position = {position.line + 1, 1};
  }
  return position;
}

std::string to_plain_json(std::string_view text, const std::string& file_name) {
  std::string plain(text);
  if (text.starts_with("\xEF\xBB\xBF")) blank(plain, 0, 3);
  blank_comments(plain, file_name);
  blank_trailing_commas(plain);
  return plain;
}

}  // namespace xquant::config
