#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "report/content.h"

namespace xquant::report {

bool is_bad_snr(double snr) { return !(snr <= 0.1); }
bool is_bad_cosine(double cosine) { return !(cosine >= 0.99); }

std::vector<const TensorError*> worst_first(const std::vector<TensorError>& tensors) {
  struct Operator {
    double worst = -1;
    std::size_t position = 0;
    std::vector<const TensorError*> rows;
  };
  std::map<std::string, Operator> by_name;
  for (const TensorError& row : tensors) {
    Operator& op = by_name.try_emplace(row.op, Operator{-1, by_name.size(), {}}).first->second;
    // NaN is worse than any number.
    const double snr = row.sums.snr();
    if (row.is_result) {
      op.worst =
          std::max(op.worst, std::isnan(snr) ? std::numeric_limits<double>::infinity() : snr);
    }
    op.rows.push_back(&row);
  }
  std::vector<const Operator*> order;
  for (const auto& [name, op] : by_name) order.push_back(&op);
  std::sort(order.begin(), order.end(), [](const Operator* a, const Operator* b) {
    return a->worst != b->worst ? a->worst > b->worst : a->position < b->position;
  });
  std::vector<const TensorError*> rows;
  for (const Operator* op : order) rows.insert(rows.end(), op->rows.begin(), op->rows.end());
  return rows;
}

}  // namespace xquant::report
