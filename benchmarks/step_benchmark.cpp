// SPDX-License-Identifier: BSD-3-Clause
//
// What a DPS + EquiReg step costs outside the score model and f, against what its memory traffic and random numbers
// cost: `ratio`.
//
//   build/release/benchmarks/step_benchmark
//
// The score model and f only copy, so that all else shows; the reference makes the same copies. The reference is the
// fewest passes that this arithmetic can have, each a plain loop over arrays of the same sizes, and the same number of
// normal numbers from the same generator, written into the pass that needs them.

#include "support/paired.hpp"

#include <equireg/equireg.hpp>

#include <cmath>
#include <functional>

namespace eq = equireg;

namespace {

using X = eq::cpu::tensor<float>;

X copied(const X& x) {
  X result(x.shape());
  transform(result, [](float v) { return v; }, x);
  return result;
}

/// x0 = x: the cheapest thing that is still a score model.
struct copying_prior {
  using tensor_type = X;
  eq::shape sample;
  eq::shape sample_shape() const { return sample; }
  X denoise(const X& x, const eq::noise_level&) const { return copied(x); }
  auto linearize(const X& x, const eq::noise_level&) const {
    return eq::linearization{copied(x), [](const X& v) { return copied(v); }};
  }
};

struct copying_map {
  X operator()(const X& x) const { return copied(x); }
  X adjoint(const X& x) const { return copied(x); }
};

/// out[i] = sum of the inputs, over everything, in blocks as `transform` deals them.
template <class... In>
void pass(X& out, const In&... in) {
  float* const to = out.data();
  const auto run = [&](const auto*... from) {
    const std::size_t size = out.size(), block = eq::cpu::block_size;
    eq::cpu::parallel_for((size + block - 1) / block, block, [&](std::size_t b) {
      const std::size_t first = b * block, last = std::min(size, first + block);
      EQUIREG_SIMD
      for (std::size_t i = first; i < last; ++i) to[i] = (0.0F + ... + from[i]);
    });
  };
  run(in.data()...);
}

/// The same with normal numbers among the summands.
void noisy_pass(X& out, const X& a, const X& b, const X& c, const eq::noise_address& address) {
  const std::size_t size = out.size(), block = eq::cpu::block_size;
  eq::cpu::parallel_for((size + block - 1) / block, block, [&](std::size_t k) {
    alignas(64) float z[eq::cpu::block_size];
    const std::size_t first = k * block, count = std::min(size - first, block);
    eq::fill_normal(z, first, count, address, 0);
    float* const to = out.data() + first;
    const float *pa = a.data() + first, *pb = b.data() + first, *pc = c.data() + first;
    EQUIREG_SIMD
    for (std::size_t i = 0; i < count; ++i) to[i] = pa[i] + pb[i] + pc[i] + z[i];
  });
}

void dps_equireg_step(benchmark::State& state) {
  const eq::shape s{1, 3, 256, 256};
  const copying_prior prior{s};
  const X mask = eq::measurement::random_mask(s, 0.5, {1});
  const eq::measurement::inpainting measurement{mask};
  X truth(s), x(s);
  fill_normal(truth, eq::noise_address{2});
  fill_normal(x, eq::noise_address{3});
  const X y = measurement(truth);
  const eq::likelihood::dps likelihood{measurement, y, {.step_size = 0.01}};
  const eq::regularizer::equivariance_consistency penalty{copying_map{}, eq::group::hflip{}, {.weight = 0.01}};
  const eq::stepper::ddim stepper{.eta = 1};
  const auto levels = eq::schedule::vp_linear{.steps = 100}.levels();
  const eq::reverse_step step{levels[40], levels[41], 40, 100, 1, 0};

  X state_x = x;
  auto memory = stepper.start<X>();
  const auto ours = [&] {
    benchmark::DoNotOptimize(stepper.advance(
        memory, state_x,
        [&](const X& v, const eq::noise_level& level) {
          return likelihood.estimate(prior, penalty, v, level, step);
        },
        step));
  };

  X x0(s), r(s), moved(s), f(s), e(s), back(s), q(s), shift(s), next = x;
  X full_mask(s, 1.0F);
  const auto reference = [&] {
    pass(x0, next);                     // the score model
    pass(r, full_mask, y, x0);          // residual and its norm
    pass(moved, x0);                    // S x0
    pass(f, moved);                     // f
    pass(e, moved, f);                  // S e and its norm
    pass(back, e);                      // pullback of f
    pass(q, full_mask, r, e, back);     // data and penalty together
    pass(shift, q);                     // pullback of the score model
    noisy_pass(next, next, x0, shift, step.noise(eq::purpose::step));
    for (auto& v : next.values().first(1)) v = 0;
  };
  bench::compare(state, ours, reference);
}

}  // namespace

BENCHMARK(dps_equireg_step)->UseManualTime()->Unit(benchmark::kMicrosecond);

