#pragma once

#include <string>

#include "base/error.h"

namespace xquant::pipeline {

/// Runs the function and adds the model's file to the place of an Error of the model that names
/// none: what graphs, operators and rewrites refuse, they refuse without knowing where it came
/// from.
template <typename Function>
decltype(auto) naming_file(const std::string& file, Function&& function) {
  try {
    return function();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kModel || !error.place().file.empty()) throw;
    Place place = error.place();
    place.file = file;
    throw Error(error.kind(), error.code(), error.message(), place, error.fix());
  }
}

}  // namespace xquant::pipeline
