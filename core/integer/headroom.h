#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "graph/graph.h"

namespace xquant::integer {

/// How far the accumulators of a multiply-accumulate node can go, whatever the input: a proof from
/// the weights alone. For each channel the largest accumulator is reached by an input that is at
/// its upper end where the weight is positive and at its lower end where it is negative.
struct Headroom {
  bool is_wide = false;                ///< a tensor has 16 bits: sums beyond int32 are exact, too
  std::size_t depth = 0;               ///< products in one sum
  std::vector<std::int64_t> lowest{};  ///< for each output channel, bias included
  std::vector<std::int64_t> highest{};
  std::vector<std::int64_t> weight_sum{};  ///< sum of |w - zero point| for each output channel

  /// Channel whose accumulators go furthest.
  std::size_t worst_channel() const;
  /// Largest magnitude of that channel.
  std::int64_t worst() const;
  bool fits_int32() const;
  /// log2(2^31 / worst): bits that are never used; negative when int32 can overflow.
  double spare_bits() const;
};

/// What a sum of products of two activations can reach: the ranges of their types bound each
/// product, and how many there are is known when the operator runs.
struct ProductOfData {
  bool is_wide = false;                  ///< a tensor has 16 bits
  std::int64_t lowest = 0, highest = 0;  ///< of one product, zero points taken off
  std::size_t deepest = 0;               ///< sums of more products run in float
  std::size_t constant_depth = 0;        ///< when the first operand is a constant

  Headroom over(std::size_t depth) const;
};

/// Of a MatMul of two activations of kDomain; nullopt for others.
std::optional<ProductOfData> product_of_data(const Graph& graph, const Node& node);

/// Of a node of kDomain with weights; nullopt for others.
std::optional<Headroom> headroom(const Graph& graph, const Node& node);

}  // namespace xquant::integer
