#pragma once

#include <emscripten/val.h>

#include <exception>
#include <new>

#include "base/error.h"

namespace xquant::wasm {

/// A JavaScript Error with the properties code, kind, reason, place and fix; its message is what().
emscripten::val to_js(const Error& error);

/// The same for exceptions that are not ours.
emscripten::val internal_error(const char* what);
emscripten::val out_of_memory();

/// Every bound function runs inside this: a C++ exception leaves as a JavaScript Error.
template <class Function>
auto guard(Function&& function) -> decltype(function()) {
  emscripten::val error = emscripten::val::undefined();
  try {
    return function();
  } catch (const Error& known) {
    error = to_js(known);
  } catch (const std::bad_alloc&) {
    error = out_of_memory();
  } catch (const std::exception& other) {
    error = internal_error(other.what());
  }
  // Thrown outside the handlers, so that no C++ exception is alive any more.
  error.throw_();
}

}  // namespace xquant::wasm
