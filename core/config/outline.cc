#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "config/scanner.h"

namespace xquant::config {
namespace {

/// Recursive descent without checks: the text has been parsed before.
class Walker {
 public:
  explicit Walker(std::string_view text) : text_(text) {}

  Outline run() {
    value("");
    return std::move(outline_);
  }

 private:
  void value(const std::string& pointer) {
    skip_blanks();
    outline_.values[pointer] = here();
    if (peek() == '{') {
      object(pointer);
    } else if (peek() == '[') {
      array(pointer);
    } else if (peek() == '"') {
      string();
    } else {
      while (at_ < text_.size() && !is_one_of(",]} \t\r\n")) advance(1);
    }
  }

  void object(const std::string& pointer) {
    advance(1);
    for (skip_blanks(); peek() != '}'; skip_blanks()) {
      if (peek() == ',') {
        advance(1);
        continue;
      }
      const Position position = here();
      const std::string member = child(pointer, nlohmann::json::parse(string()).get<std::string>());
      if (outline_.keys.contains(member)) outline_.duplicates.push_back({member, position});
      outline_.keys[member] = position;
      skip_blanks();
      advance(1);  // the colon
      value(member);
    }
    advance(1);
  }

  void array(const std::string& pointer) {
    advance(1);
    std::size_t count = 0;
    for (skip_blanks(); peek() != ']'; skip_blanks()) {
      if (peek() == ',') {
        advance(1);
      } else {
        value(child(pointer, count++));
      }
    }
    advance(1);
  }

  std::string_view string() {
    const std::size_t begin = at_;
    for (advance(1); peek() != '"'; advance(1)) {
      if (peek() == '\\') advance(1);
    }
    advance(1);
    return text_.substr(begin, at_ - begin);
  }

  void skip_blanks() {
    while (at_ < text_.size() && is_one_of(" \t\r\n")) advance(1);
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool is_one_of(std::string_view set) const { return set.find(peek()) != set.npos; }

  void advance(std::size_t count) {
    for (; count > 0; --count, ++at_) {
      ++position_.column;
      if (peek() == '\n') position_ = {position_.line + 1, 1};
    }
  }

  Position here() const { return position_; }

  std::string_view text_;
  std::size_t at_ = 0;
  Position position_{1, 1};
  Outline outline_;
};

}  // namespace

std::string child(const std::string& pointer, std::string_view key) {
  std::string result = pointer + "/";
  for (const char c : key) {
    if (c == '~') {
      result += "~0";
    } else if (c == '/') {
      result += "~1";
    } else {
      result += c;
    }
  }
  return result;
}

std::string child(const std::string& pointer, std::size_t index) {
  return pointer + "/" + std::to_string(index);
}

Outline outline(std::string_view json) { return Walker(json).run(); }

}  // namespace xquant::config
