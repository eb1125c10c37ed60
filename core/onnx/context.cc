#include "onnx/context.h"

#include <utility>

namespace xquant::onnx {

void fail(std::string_view number, std::string message, Place place, std::string fix) {
  throw Error(ErrorKind::kModel, "XQ-ONX-" + std::string(number), std::move(message),
              std::move(place), std::move(fix));
}

std::string canonical_domain(std::string domain) {
  return domain == "ai.onnx" ? std::string() : std::move(domain);
}

}  // namespace xquant::onnx
