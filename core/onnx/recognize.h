#pragma once

#include <cstddef>
#include <string_view>

namespace xquant::onnx {

/// How many bytes of a file recognize() wants to see.
inline constexpr std::size_t kRecognizeBytes = 512;

/// What a file that is not ONNX looks like, judged by its first bytes, with what to do about it.
struct Foreign {
  std::string_view what{};  ///< "a ZIP archive (...)"; empty: not recognized, may be ONNX
  std::string_view fix{};
};

Foreign recognize(std::string_view head);

}  // namespace xquant::onnx
