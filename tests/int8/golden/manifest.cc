#include <cstdio>

#include "int8/golden/golden_cases.h"

namespace xquant::int8_test {
namespace {

using int8::Bytes;
using int8::VectorCase;

// CRC-32 of ISO 3309, as in zlib.
uint32_t crc32(const uint8_t* data, size_t size) {
  uint32_t crc = 0xFFFFFFFFu;
  for (size_t i = 0; i < size; ++i) {
    crc ^= data[i];
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
  }
  return ~crc;
}

std::string hex(uint32_t value) {
  char text[9];
  std::snprintf(text, sizeof(text), "%08x", value);
  return text;
}

std::string list(const std::vector<int32_t>& values) {
  std::string text = "[";
  for (size_t i = 0; i < values.size(); ++i) text += (i ? ", " : "") + std::to_string(values[i]);
  return text + "]";
}

std::string entry(const VectorCase& c, const Bytes& file, size_t offset, size_t bytes) {
  return "    {\"operator\": \"" + std::string(operator_name(c.op)) + "\", \"name\": \"" + c.name +
         "\", \"parameters\": " + list(c.parameters) + ", \"offset\": " + std::to_string(offset) +
         ", \"bytes\": " + std::to_string(bytes) + ", \"crc32\": \"" +
         hex(crc32(file.data() + offset, bytes)) +
         "\", \"result_bytes\": " + std::to_string(c.expected.size()) + ", \"result_crc32\": \"" +
         hex(crc32(c.expected.data(), c.expected.size())) + "\"}";
}

}  // namespace

std::string golden_manifest(const std::vector<VectorCase>& cases, const Bytes& file) {
  int8::VectorReader reader(file.data(), file.size());
  std::string entries;
  VectorCase next;
  for (size_t start = reader.position(); reader.read(next); start = reader.position()) {
    entries += (entries.empty() ? "" : ",\n") + entry(next, file, start, reader.position() - start);
  }
  return "{\n  \"file\": \"vectors.bin\",\n  \"bytes\": " + std::to_string(file.size()) +
         ",\n  \"crc32\": \"" + hex(crc32(file.data(), file.size())) +
         "\",\n  \"format\": \"core/int8/vectors/format.h\",\n  \"count\": " +
         std::to_string(cases.size()) + ",\n  \"cases\": [\n" + entries + "\n  ]\n}\n";
}

}  // namespace xquant::int8_test
