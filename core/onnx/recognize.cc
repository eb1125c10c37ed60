#include "onnx/recognize.h"

#include <algorithm>
#include <array>

namespace xquant::onnx {
namespace {

constexpr std::string_view kExport = "Export the model to ONNX first.";
constexpr std::string_view kUnpack = "Unpack it and give the .onnx file inside.";
constexpr std::string_view kWrongFile = "Check that the path names the .onnx file.";

struct Magic {
  std::size_t offset;
  std::string_view bytes;
  Foreign foreign;
};

using namespace std::string_view_literals;

constexpr std::array kMagics = {
    Magic{0,
          "PK\x03\x04"sv,
          {"a ZIP archive (PyTorch .pt, Keras .keras, NumPy .npz, or a zipped model)",
           "Export a PyTorch or Keras model to ONNX; unpack a zipped one."}},
    Magic{0, "\x80\x02"sv, {"a Python pickle (PyTorch checkpoint)", kExport}},
    Magic{0, "\x80\x03"sv, {"a Python pickle (PyTorch checkpoint)", kExport}},
    Magic{0, "\x80\x04"sv, {"a Python pickle (PyTorch checkpoint)", kExport}},
    Magic{0, "\x80\x05"sv, {"a Python pickle (PyTorch checkpoint)", kExport}},
    Magic{4, "TFL3"sv, {"a TensorFlow Lite model", kExport}},
    Magic{4,
          "ORTM"sv,
          {"a model in ONNX Runtime's own .ort format", "Give the .onnx file it was made from."}},
    Magic{8, "{\""sv, {"a safetensors file: weights without a graph", kExport}},
    Magic{0, "\x1f\x8b"sv, {"gzip-compressed", kUnpack}},
    Magic{0,
          "\xfd"
          "7zXZ"sv,
          {"xz-compressed", kUnpack}},
    Magic{0, "\x28\xb5\x2f\xfd"sv, {"zstd-compressed", kUnpack}},
    Magic{0, "BZh"sv, {"bzip2-compressed", kUnpack}},
    Magic{0, "7z\xbc\xaf"sv, {"a 7-Zip archive", kUnpack}},
    Magic{257, "ustar"sv, {"a tar archive", kUnpack}},
    Magic{0, "\x89HDF"sv, {"an HDF5 file (Keras .h5)", kExport}},
    Magic{0, "GGUF"sv, {"a GGUF model", kExport}},
    Magic{0, "\x93NUMPY"sv, {"a NumPy array", kWrongFile}},
    Magic{0, "\x89PNG"sv, {"a PNG image", kWrongFile}},
    Magic{0, "\xff\xd8\xff"sv, {"a JPEG image", kWrongFile}},
    Magic{8, "WEBPVP8"sv, {"a WebP image", kWrongFile}},
    Magic{0, "%PDF"sv, {"a PDF document", kWrongFile}},
    Magic{0,
          "\x7f"
          "ELF"sv,
          {"a program or library", kWrongFile}},
    Magic{0, "\0asm"sv, {"a WebAssembly module", kWrongFile}},
    Magic{0,
          "version https://git-lfs"sv,
          {"a Git LFS pointer, not the model itself", "Fetch the file with 'git lfs pull'."}},
    Magic{0, "7767517\n"sv, {"an ncnn parameter file", kExport}},
};

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(),
                    [](char expected, char c) { return lower(c) == expected; });
}

// No ONNX file is all text: its first byte is a field tag, 0x08 in practice.
bool is_text(std::string_view head) {
  const auto is_ascii = [](char c) { return (c >= ' ' && c <= '~') || is_space(c); };
  const auto is_beyond = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
  const auto ascii = static_cast<std::size_t>(std::count_if(head.begin(), head.end(), is_ascii));
  const auto beyond = static_cast<std::size_t>(std::count_if(head.begin(), head.end(), is_beyond));
  return ascii + beyond == head.size() && beyond <= ascii / 2;
}

Foreign recognize_text(std::string_view head) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (head.starts_with(kByteOrderMark)) head.remove_prefix(kByteOrderMark.size());
  while (!head.empty() && is_space(head.front())) head.remove_prefix(1);
  if (starts_with_ignoring_case(head, "<!doctype html") ||
      starts_with_ignoring_case(head, "<html")) {
    return {"an HTML page", "Download the file itself, not the page that shows it."};
  }
  if (head.starts_with("<?xml") || head.starts_with("<net")) {
    return {"XML (an OpenVINO model?)", kExport};
  }
  if (head.starts_with("ir_version") || head.starts_with("<ir_version") ||
      head.starts_with("<\n") || head.starts_with("graph {")) {
    return {"ONNX written as text", "Convert it to the binary form with the onnx Python package."};
  }
  if (head.starts_with("{") || head.starts_with("[")) return {"JSON text", kWrongFile};
  return {"plain text", kWrongFile};
}

}  // namespace

Foreign recognize(std::string_view head) {
  head = head.substr(0, kRecognizeBytes);
  for (const Magic& magic : kMagics) {
    if (head.size() > magic.offset && head.substr(magic.offset).starts_with(magic.bytes)) {
      return magic.foreign;
    }
  }
  return is_text(head) ? recognize_text(head) : Foreign{};
}

}  // namespace xquant::onnx
