// SPDX-License-Identifier: BSD-3-Clause
//
// The sampler template against the same loop written by hand: `ratio` is what the abstraction costs.
//
//   build/release/benchmarks/sampler_benchmark
//
// Both run DPS with inpainting and DDIM(1) over 20 steps on a prior whose denoiser is one multiplication, so that
// nothing hides the loop. The results are compared bit for bit before anything is timed.

#include "support/paired.hpp"

#include <equireg/equireg.hpp>

#include <algorithm>
#include <cmath>

namespace eq = equireg;

namespace {

using X = eq::cpu::tensor<float>;

/// N(0, I): E[x0 | x] = a x / (a^2 + b^2).
struct standard_prior {
  using tensor_type = X;
  eq::shape sample;

  eq::shape sample_shape() const { return sample; }
  static X scaled(const X& x, float factor) {
    X result(x.shape());
    transform(result, [factor](float v) { return factor * v; }, x);
    return result;
  }
  static float gain(const eq::noise_level& l) {
    return static_cast<float>(l.signal / (l.signal * l.signal + l.noise * l.noise));
  }
  X denoise(const X& x, const eq::noise_level& l) const { return scaled(x, gain(l)); }
  auto linearize(const X& x, const eq::noise_level& l) const {
    return eq::linearization{denoise(x, l), [k = gain(l)](const X& v) { return scaled(v, k); }};
  }
};

constexpr std::size_t steps = 20;
constexpr float zeta = 0.5F;

/// The same arithmetic on the same verbs, with no policy, no concept and no loop but this one.
X by_hand(const standard_prior& prior, const X& mask, const X& y, const std::vector<eq::noise_level>& levels,
          std::uint64_t seed) {
  X x(y.shape());
  transform(x, [b = static_cast<float>(levels[0].noise)](float z) { return b * z; },
            eq::normal_noise{{seed, 0, eq::purpose::initial_state, 0}});
  for (std::size_t k = 0; k + 1 < levels.size(); ++k) {
    const eq::noise_level &t = levels[k], &s = levels[k + 1];
    const float gain = standard_prior::gain(t);
    const X x0 = prior.denoise(x, t);
    X r(y.shape());
    const X square = transform_reduce(
        r, [](float m, float w, float v) { return m * (w - v); }, [](float v) { return v * v; }, eq::broadcast{mask}, y,
        x0);
    X factor(square.shape());
    transform(factor, [](float v) { return v > 0 ? zeta / std::sqrt(v) : 0.0F; }, square);
    X q(y.shape());
    transform(q, [](float m, float v) { return m * v; }, eq::broadcast{mask}, r);
    transform(q, [](float v, float f) { return f * v; }, q, eq::per_sample{factor});
    const X shift = standard_prior::scaled(q, gain);
    const auto c = eq::stepper::ddim{.eta = 1}.coefficients({t, s, k, levels.size() - 1, seed, 0});
    const auto cx = static_cast<float>(c.state), c0 = static_cast<float>(c.x0), cz = static_cast<float>(c.noise);
    const eq::normal_noise z{{seed, static_cast<std::uint32_t>(k), eq::purpose::step, 0}};
    const auto next = [cx, c0, cz](float v, float e, float n, float d) { return cx * v + c0 * e + cz * n + d; };
    const auto size = [](float v) { return std::abs(v); };
    const X magnitude = cz == 0 ? transform_reduce(x, next, size, x, x0, eq::absent{}, shift)
                                : transform_reduce(x, next, size, x, x0, z, shift);
    for (const double v : to_host(magnitude)) {
      if (!std::isfinite(v)) eq::fail("by_hand", "not finite");
    }
  }
  return x;
}

void loop(benchmark::State& state, eq::shape s) {
  const standard_prior prior{s.with_batch(1)};
  const X mask = eq::measurement::random_mask(s, 0.5, {1});
  const eq::measurement::inpainting measurement{mask};
  X truth(s);
  fill_normal(truth, eq::noise_address{2});
  const X y = measurement(truth);
  const auto schedule = eq::schedule::vp_linear{.steps = steps};
  const auto levels = schedule.levels();
  const eq::sampler solver{prior, eq::likelihood::dps{measurement, y, {.step_size = zeta}}, schedule,
                           eq::stepper::ddim{.eta = 1}};
  const X ours = solver.sample(eq::seed{3}), theirs = by_hand(prior, mask, y, levels, 3);
  if (!std::equal(ours.values().begin(), ours.values().end(), theirs.values().begin())) {
    state.SkipWithError("the two loops disagree");
    return;
  }
  bench::compare(
      state, [&] { benchmark::DoNotOptimize(solver.sample(eq::seed{3})); },
      [&] { benchmark::DoNotOptimize(by_hand(prior, mask, y, levels, 3)); });
}

}  // namespace

BENCHMARK_CAPTURE(loop, 1x28x28, eq::shape{1, 1, 28, 28})->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(loop, 64x28x28, eq::shape{64, 1, 28, 28})->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(loop, 3x256x256, eq::shape{1, 3, 256, 256})->UseManualTime()->Unit(benchmark::kMicrosecond);
