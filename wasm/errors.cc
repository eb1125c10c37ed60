#include "errors.h"

#include <string>

namespace xquant::wasm {

using emscripten::val;

val to_js(const Error& error) {
  const Place& at = error.place();
  val place = val::object();
  place.set("file", at.file);
  place.set("line", at.line);
  place.set("column", at.column);
  place.set("pointer", at.pointer);
  place.set("node", at.node);
  place.set("tensor", at.tensor);

  val result = val::global("Error").new_(std::string(error.what()));
  result.set("code", error.code());
  result.set("kind", std::string(name(error.kind())));
  result.set("reason", error.message());
  result.set("place", place);
  result.set("fix", error.fix());
  return result;
}

val internal_error(const char* what) {
  return to_js(Error(ErrorKind::kInternal, "XQ-RUN-900", std::string("Internal error: ") + what, {},
                     "Please report this with the model and the configuration."));
}

val out_of_memory() {
  return to_js(Error(ErrorKind::kModel, "XQ-RUN-901", "Out of memory: WebAssembly offers 4 GB.", {},
                     "Use fewer threads, a smaller batch size, or the native program."));
}

}  // namespace xquant::wasm
