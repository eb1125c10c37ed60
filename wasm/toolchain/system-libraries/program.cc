#include <emscripten/bind.h>

#include <string>

int LengthOf(const std::string& text) {
  if (text.empty()) throw 1;
  return static_cast<int>(text.size());
}

EMSCRIPTEN_BINDINGS(program) { emscripten::function("lengthOf", &LengthOf); }
