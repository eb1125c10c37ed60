#include "int8/golden/parameters.h"

namespace xquant::int8_test {
namespace {

using int8::Operator;
using int8::VectorCase;

void add_binary(std::vector<VectorCase>& cases) {
  Random random(130);
  const std::vector<std::vector<int32_t>> shapes[] = {
      {{0}, {1}},        {{}, {3, 5}},     {{2, 3, 4, 5}, {1, 3, 1, 1}},
      {{6, 7}, {7}},     {{4, 1}, {1, 9}}, {{2, 1, 4, 1}, {3, 1, 5}},
      {{1, 300}, {1, 1}}};
  for (int32_t op = XQ_ADD; op <= XQ_FMOD; ++op) {
    const auto add = [&](const std::vector<int32_t>& xs, const std::vector<int32_t>& ys) {
      const xq_quant x = any_quant(random, any_type(random), -6, -3);
      const xq_quant y = any_quant(random, any_type(random), -6, -3);
      const xq_quant z = any_quant(random, any_type(random), -6, -1);
      Parameters p;
      p.add(op).add_quant(x).add_shape(xs).add_quant(y).add_shape(ys).add_quant(z);
      cases.push_back({Operator::kBinary,
                       "operation " + std::to_string(op) + ", " + std::to_string(elements(xs)) +
                           " and " + std::to_string(elements(ys)),
                       p.values(),
                       {codes(random, elements(xs), x.type), codes(random, elements(ys), y.type)},
                       {}});
    };
    for (const auto& pair : shapes) add(pair[0], pair[1]);
    for (int32_t n = 1; n <= 35; n += n < 18 ? 1 : 5) add({n}, {n});
  }
}

// All codes of 8 bit, which goes by the table for more than 256 elements, and some of 16.
void add_unary(std::vector<VectorCase>& cases) {
  Random random(131);
  int8::Bytes all(512);
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<uint8_t>(i);
  for (int32_t op = XQ_RELU; op <= XQ_TO_CEIL; ++op) {
    for (const xq_type type : {XQ_S8, XQ_U8, XQ_S16}) {
      const xq_quant x = any_quant(random, type, type == XQ_S16 ? -13 : -6, -4);
      const xq_quant y = any_quant(random, type, type == XQ_S16 ? -14 : -7, -4);
      const int32_t n = type == XQ_S16 ? 100 : 512;
      Parameters p;
      p.add(op).add_real(op == XQ_CLIP ? -0.5f : 0.7f).add_real(0.9f).add(n);
      p.add_quant(x).add_quant(y);
      cases.push_back({Operator::kUnary,
                       "function " + std::to_string(op) + ", type " + std::to_string(type),
                       p.values(),
                       {type == XQ_S16 ? codes(random, 100, type) : all},
                       {}});
    }
  }
}

// What a table does to vectors of every length, some of them lines.
void add_tables(std::vector<VectorCase>& cases) {
  Random random(134);
  for (int32_t n = 1; n <= 67; n += n < 20 ? 3 : 7) {
    for (const xq_unary_op op : {XQ_TANH, XQ_CLIP, XQ_RELU}) {
      const xq_quant x = any_quant(random, byte_type(random), -6, -4);
      const xq_quant y = any_quant(random, byte_type(random), -7, -4);
      Parameters p;
      p.add(op).add_real(-0.5f).add_real(0.9f).add(n).add_quant(x).add_quant(y);
      cases.push_back({Operator::kTable,
                       "function " + std::to_string(op) + ", length " + std::to_string(n),
                       p.values(),
                       {codes(random, static_cast<size_t>(n), x.type)},
                       {}});
    }
  }
}

// Of any types, one of 16 bits; 5 to 45 of all codes.
void add_wide_tables(std::vector<VectorCase>& cases) {
  Random random(135);
  for (int32_t i = 0; i < 9; ++i) {
    const xq_type from = static_cast<xq_type>(1 + i % 4);
    const xq_type to = xq_type_size(from) == 1 ? XQ_S16 : any_type(random);
    const xq_quant x = any_quant(random, from, xq_type_size(from) == 1 ? -6 : -13, -4);
    const xq_quant y = any_quant(random, to, -14, -4);
    const int32_t op = 8 + i, n = 5 * (i + 1);
    Parameters p;
    p.add(op).add_real(0.7f).add_real(0.9f).add(n).add_quant(x).add_quant(y);
    cases.push_back({Operator::kWideTable,
                     "function " + std::to_string(op) + ", length " + std::to_string(n),
                     p.values(),
                     {codes(random, static_cast<size_t>(n), from)},
                     {}});
  }
}

void add_vector_norms(std::vector<VectorCase>& cases) {
  Random random(136);
  for (int32_t length = 1; length <= 67; length += length < 20 ? 3 : 11) {
    for (int32_t divisor = XQ_DIVISOR_L1; divisor <= XQ_DIVISOR_DEVIATION; ++divisor) {
      const std::vector<int32_t> shape = {2, length, 1 + length % 3};
      const xq_quant x = any_quant(random, any_type(random), -8, -4);
      const xq_quant y = any_quant(random, any_type(random), -8, -5);
      Parameters p;
      p.add(divisor).add_all(shape).add_quant(x).add_quant(y);
      cases.push_back({Operator::kVectorNorm,
                       "divisor " + std::to_string(divisor) + ", length " + std::to_string(length),
                       p.values(),
                       {codes(random, elements(shape), x.type)},
                       {}});
    }
  }
}

void add_response_norms(std::vector<VectorCase>& cases) {
  Random random(137);
  for (int32_t i = 0; i < 16; ++i) {
    const std::vector<int32_t> shape = {2, random.between(1, 8), 1 + i * 4};
    const xq_quant x = any_quant(random, any_type(random), -6, -4);
    const xq_quant y = any_quant(random, any_type(random), -6, -4);
    Parameters p;
    p.add(1 + i % 6).add_real(random.positive(-4, 0)).add_real(i % 2 == 0 ? 0.75f : 2.0f);
    p.add_real(1.5f).add_all(shape).add_quant(x).add_quant(y);
    cases.push_back({Operator::kLrn,
                     "size " + std::to_string(1 + i % 6),
                     p.values(),
                     {codes(random, elements(shape), x.type)},
                     {}});
  }
}

void add_softmax(std::vector<VectorCase>& cases) {
  Random random(132);
  for (int32_t length = 1; length <= 67; length += length < 20 ? 1 : 7) {
    for (const Operator op : {Operator::kSoftmax, Operator::kLogSoftmax, Operator::kHardmax}) {
      if (op == Operator::kHardmax && length % 5 != 0) continue;
      const std::vector<int32_t> shape = {2, length, 1 + length % 3};
      const xq_quant x = any_quant(random, any_type(random), -8, -4);
      const xq_quant y = op == Operator::kSoftmax ? xq_quant_of(XQ_U8, 1.0f / 256.0f, 0)
                                                  : any_quant(random, byte_type(random), -5, -3);
      Parameters p;
      p.add_all(shape).add_quant(x).add_quant(y);
      cases.push_back({op,
                       "length " + std::to_string(length),
                       p.values(),
                       {codes(random, elements(shape), x.type)},
                       {}});
    }
  }
  // Rows enough for a table of exponentials.
  for (const xq_type type : {XQ_S8, XQ_U8}) {
    const std::vector<int32_t> shape = {16, 40, 1};
    Parameters p;
    p.add_all(shape).add_quant(any_quant(random, type, -8, -4));
    p.add_quant(xq_quant_of(XQ_U8, 1.0f / 256.0f, 0));
    cases.push_back({Operator::kSoftmax,
                     "rows together",
                     p.values(),
                     {codes(random, elements(shape), type)},
                     {}});
  }
}

void add_norms(std::vector<VectorCase>& cases) {
  Random random(133);
  for (int32_t length = 1; length <= 67; length += length < 20 ? 1 : 7) {
    for (const Operator op : {Operator::kLayerNorm, Operator::kRmsNorm, Operator::kInstanceNorm,
                              Operator::kGroupNorm}) {
      const bool in_groups = op == Operator::kGroupNorm;
      const bool by_channel = in_groups || op == Operator::kInstanceNorm;
      const int32_t channels = in_groups ? 6 : 3;
      const std::vector<int32_t> shape =
          by_channel ? std::vector<int32_t>{2, channels, length} : std::vector<int32_t>{3, length};
      const xq_quant x = any_quant(random, any_type(random), -8, -4);
      const xq_quant y = any_quant(random, any_type(random), -6, -4);
      Parameters p;
      if (in_groups) p.add(1 + length % 3);
      p.add_all(shape).add_real(1e-5f).add_quant(x).add_quant(y);
      const auto factors = static_cast<size_t>(by_channel ? channels : length);
      std::vector<float> beta;
      for (size_t i = 0; i < factors; ++i) {
        beta.push_back(static_cast<float>(random.between(-99, 99)) / 64.0f);
      }
      cases.push_back(
          {op,
           "length " + std::to_string(length),
           p.values(),
           {codes(random, elements(shape), x.type), bytes_of(random.positives(factors, -2, 1)),
            op == Operator::kRmsNorm ? int8::Bytes{} : bytes_of(beta)},
           {}});
    }
  }
}

}  // namespace

void add_real_cases(std::vector<VectorCase>& cases) {
  add_binary(cases);
  add_unary(cases);
  add_tables(cases);
  add_softmax(cases);
  add_norms(cases);
  add_wide_tables(cases);
  add_vector_norms(cases);
  add_response_norms(cases);
}

}  // namespace xquant::int8_test
