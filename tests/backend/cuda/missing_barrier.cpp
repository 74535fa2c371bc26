// SPDX-License-Identifier: BSD-3-Clause
// A kernel whose threads do not meet between writing shared memory and reading it. Built where ThreadSanitizer is on:
// the test is that it reports the race.
#include <equireg/backend/cuda/host_executor.hpp>

#include <vector>

namespace {

struct reverse_without_barrier {
  template <class Context, class Out>
  void operator()(Context& context, Out out) const {
    auto kept = context.template shared<float>(context.threads());
    kept[context.thread()] = static_cast<float>(context.thread());
    out[context.thread()] = kept[context.threads() - 1 - context.thread()];
  }
};

}  // namespace

int main() {
  std::vector<float> out(32);
  equireg::cuda::host_executor().launch(reverse_without_barrier{}, {1, 32, 32 * sizeof(float)},
                                        equireg::cuda::checked_pointer<float>(out.data(), out.size()));
}
