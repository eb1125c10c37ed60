#include "base/error.h"

#include <utility>

#include "base/printable.h"

namespace xquant {

bool Place::empty() const {
  return file.empty() && pointer.empty() && node.empty() && tensor.empty() && line == 0;
}

std::string Place::to_string() const {
  std::string text = file;
  if (line > 0) {
    text += (text.empty() ? "line " : ":") + std::to_string(line);
    if (column > 0) text += ":" + std::to_string(column);
  }
  const auto append = [&text](std::string_view what, const std::string& value) {
    if (value.empty()) return;
    if (!text.empty()) text += ", ";
    text += std::string(what) + " " + value;
  };
  append("at", pointer);
  // "Conv 'c0'", as the runtime calls a node, has its quotes.
  append("node", node.empty() || node.ends_with('\'') ? node : "'" + node + "'");
  append("tensor", tensor.empty() ? tensor : "'" + tensor + "'");
  return text;
}

Error::Error(ErrorKind kind, std::string code, std::string message, Place place, std::string fix)
    : kind_(kind),
      code_(std::move(code)),
      message_(std::move(message)),
      place_(std::move(place)),
      fix_(std::move(fix)) {
  text_ = message_ + " [" + code_ + "]";
  if (!place_.empty()) text_ += " (" + place_.to_string() + ")";
  if (!fix_.empty()) text_ += " " + fix_;
  text_ = printable(text_);
}

std::string_view name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUsage:
      return "usage";
    case ErrorKind::kConfig:
      return "config";
    case ErrorKind::kModel:
      return "model";
    case ErrorKind::kData:
      return "data";
    case ErrorKind::kIo:
      return "io";
    case ErrorKind::kCancelled:
      return "cancelled";
    case ErrorKind::kInternal:
      return "internal";
  }
  return "internal";
}

}  // namespace xquant
