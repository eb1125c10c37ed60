#include "runtime/ops/einsum_equation.h"

#include <algorithm>
#include <map>

namespace xquant::runtime::ops {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Letters and at most one '.', which stands for the ellipsis.
std::string term(std::string text) {
  for (std::size_t at; (at = text.find("...")) != std::string::npos;) text.replace(at, 3, ".");
  for (const char c : text) {
    if (c != '.' && !is_letter(c)) {
      refuse("The equation holds the character '" + std::string(1, c) + "'.");
    }
  }
  if (std::ranges::count(text, '.') > 1) refuse("A term holds more than one ellipsis.");
  return text;
}

/// Without an arrow: the ellipsis, then the letters that occur once, sorted.
std::string implicit_result(const std::vector<std::string>& operands) {
  std::map<char, int> uses;
  for (const std::string& text : operands) {
    for (const char c : text) ++uses[c];
  }
  std::string result = uses.contains('.') ? "." : "";
  for (const auto& [letter, count] : uses) {
    if (letter != '.' && count == 1) result += letter;
  }
  return result;
}

/// Different labels in order: letters, and negative numbers for the dimensions of an ellipsis
/// (-1 is the last).
class LabelList {
 public:
  std::size_t size() const { return count_; }
  /// Position of the label, which is appended when it is new.
  std::size_t position(int label) {
    const auto end = labels_.begin() + static_cast<std::ptrdiff_t>(count_);
    const auto at = std::find(labels_.begin(), end, label);
    if (at == end) {
      if (count_ == labels_.size()) refuse("The equation has too many labels.");
      labels_[count_++] = label;
    }
    return static_cast<std::size_t>(at - labels_.begin());
  }

 private:
  std::array<int, EinsumLoops::kMostLabels> labels_{};
  std::size_t count_ = 0;
};

bool is_open(const std::string& text) { return text.find('.') != std::string::npos; }

/// Dimensions that the ellipsis of a term stands for.
std::size_t ellipsis_rank(const std::string& text, std::size_t rank) {
  const std::size_t letters = text.size() - (is_open(text) ? 1 : 0);
  if (rank < letters || (!is_open(text) && rank != letters)) {
    refuse("The term '" + text + "' does not fit an operand of rank " + std::to_string(rank) + ".");
  }
  return rank - letters;
}

/// Calls visit(label) for every dimension of a term.
template <typename Visit>
void for_each_label(const std::string& text, std::size_t ellipsis, Visit&& visit) {
  for (const char c : text) {
    if (c != '.') {
      visit(static_cast<int>(c));
      continue;
    }
    for (std::size_t i = ellipsis; i > 0; --i) visit(-static_cast<int>(i));
  }
}

void set_size(EinsumLoops& loops, std::size_t label, std::int64_t dim) {
  std::int64_t& size = loops.size[label];
  if (dim != 1 && size != 1 && dim != size) {
    refuse("One label stands for dimensions of " + std::to_string(size) + " and " +
           std::to_string(dim) + ".");
  }
  if (dim != 1) size = dim;
}

}  // namespace

EinsumEquation::EinsumEquation(std::string text) {
  std::erase(text, ' ');
  const std::size_t arrow = text.find("->");
  std::string left = text.substr(0, arrow);
  for (std::size_t comma; (comma = left.find(',')) != std::string::npos;) {
    operands_.push_back(term(left.substr(0, comma)));
    left.erase(0, comma + 1);
  }
  operands_.push_back(term(left));
  if (operands_.size() > EinsumLoops::kMostOperands) refuse("There are too many operands.");
  result_ = arrow == std::string::npos ? implicit_result(operands_) : term(text.substr(arrow + 2));
  for (const char c : result_) {
    if (std::ranges::count(result_, c) > 1) refuse("A label occurs twice in the result.");
    const auto holds = [c](const std::string& operand) {
      return operand.find(c) != std::string::npos;
    };
    if (std::ranges::none_of(operands_, holds)) {
      refuse("The label '" + std::string(1, c) + "' of the result occurs in no operand.");
    }
  }
}

EinsumLoops EinsumEquation::loops(const Operands& in) const {
  if (in.size() != operands_.size()) refuse("The equation does not have a term for each operand.");
  EinsumLoops loops;
  loops.operands = operands_.size();
  loops.size.fill(1);
  std::size_t widest = 0;
  for (std::size_t i = 0; i < operands_.size(); ++i) {
    widest = std::max(widest, ellipsis_rank(operands_[i], in[i].rank()));
  }
  LabelList labels;
  for_each_label(result_, widest, [&](int label) { labels.position(label); });
  loops.kept = labels.size();
  for (std::size_t i = 0; i < operands_.size(); ++i) {
    std::int64_t stride = in[i].size();
    std::size_t d = 0;
    for_each_label(operands_[i], ellipsis_rank(operands_[i], in[i].rank()), [&](int label) {
      const std::int64_t dim = in[i].shape[d++];
      const std::size_t l = labels.position(label);
      stride = dim == 0 ? 0 : stride / dim;
      set_size(loops, l, dim);
      if (dim != 1) loops.strides[i][l] += stride;
      loops.has[i][l] = true;
    });
  }
  loops.count = labels.size();
  return loops;
}

std::int64_t EinsumLoops::product(std::size_t from, std::size_t to) const {
  std::int64_t total = 1;
  for (std::size_t l = from; l < to; ++l) total *= size[l];
  return total;
}

}  // namespace xquant::runtime::ops
