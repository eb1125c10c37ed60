#include "base/printable.h"

namespace xquant {

std::string printable(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string result;
  result.reserve(text.size());
  for (const char letter : text) {
    const auto code = static_cast<unsigned char>(letter);
    if ((code >= 0x20 && code != 0x7f) || letter == '\n' || letter == '\t') {
      result += letter;
    } else {
      result += "\\x";
      result += kDigits[code >> 4U];
      result += kDigits[code & 15U];
    }
  }
  return result;
}

}  // namespace xquant
