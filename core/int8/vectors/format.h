#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// The golden-vector file: self-describing, little-endian, no padding.
//
//   8 bytes "XQVEC001", u32 number of cases, then for each case
//     u32 operator
//     u32 length, name
//     u32 count, i32 parameters
//     u32 count, then for each tensor: u32 bytes, data; the last one is the expected result
//
// Parameters and tensors of each operator are listed in the run_*.cc files.
namespace xquant::int8 {

using Bytes = std::vector<uint8_t>;

enum class Operator : uint32_t {
  kQuantizeS8 = 1,
  kQuantizeU8 = 2,
  kDequantizeS8 = 3,
  kDequantizeU8 = 4,
  kRequantizeS8 = 5,
  kRequantizeU8 = 6,
  kGemmS32 = 7,
  kGemmS8 = 8,
  kConv2dS32 = 9,
  kConv2dS8 = 10,
  kQuantizeAxis = 11,
  kDequantizeAxis = 12,
  kQuantizeBlocked = 13,
  kDequantizeBlocked = 14,
  kRequantizeFixed = 15,
  kDynamicQuantize = 16,
  kGemm = 17,
  kMatMul = 18,
  kConv = 19,
  kConvTranspose = 20,
  kBinary = 21,
  kUnary = 22,
  kSoftmax = 23,
  kLogSoftmax = 24,
  kLayerNorm = 25,
  kRmsNorm = 26,
  kInstanceNorm = 27,
  kMaxPool = 28,
  kAveragePool = 29,
  kReduce = 30,
  kResizeNearest = 31,
  kResizeLinear = 32,
  kConcat = 33,
  kMove = 34,
  kGather = 35,
  kPad = 36,
  kStage = 37,
  kGroupNorm = 38,
  kTable = 39,
  kExpression = 40,
  kLpPool = 41,
  kResizeSeparable = 42,
  kHardmax = 43,
  kScatter = 44,
  kCumSum = 45,
  kVectorNorm = 46,
  kLrn = 47,
  kWideTable = 48,
  kSample = 49,
};

const char* operator_name(Operator op);

struct VectorCase {
  Operator op = Operator::kQuantizeS8;
  std::string name;
  std::vector<int32_t> parameters;
  std::vector<Bytes> inputs;
  Bytes expected;
};

// Reads case after case; keeps no more than one in memory.
class VectorReader {
 public:
  VectorReader(const uint8_t* data, size_t size);

  // False at the end and when the file is damaged.
  bool read(VectorCase& next);
  // Empty unless the file is damaged or cut short.
  const std::string& error() const { return error_; }
  // Bytes read so far.
  size_t position() const { return position_; }

 private:
  bool take(void* to, size_t bytes);
  bool take_u32(uint32_t& value);
  bool take_bytes(Bytes& bytes);
  bool take_case(VectorCase& next);

  const uint8_t* data_;
  size_t size_;
  size_t position_ = 0;
  uint32_t remaining_ = 0;
  std::string error_;
};

// The file of these cases.
Bytes write_vectors(const std::vector<VectorCase>& cases);

}  // namespace xquant::int8
