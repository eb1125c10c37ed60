#include "base/cancellation.h"

#include <utility>

#include "base/monitor.h"

namespace xquant {
namespace {

constinit thread_local Monitor* asked = nullptr;
constinit thread_local const std::atomic<bool>* followed = nullptr;

}  // namespace

void cancellation_point() {
  if (asked != nullptr) asked->check();
  if (followed != nullptr && followed->load(std::memory_order_relaxed)) throw cancelled_error();
}

CancellationScope::CancellationScope(Monitor& monitor) : before_(std::exchange(asked, &monitor)) {}
CancellationScope::~CancellationScope() { asked = before_; }

void follow_cancellation(const std::atomic<bool>& flag) { followed = &flag; }

}  // namespace xquant
