// SPDX-License-Identifier: BSD-3-Clause
//
// The exact score of a Gaussian mixture, K components in d = 784 dimensions.
//
//   build/release/benchmarks/mixture_benchmark
//
//   score/<covariance>/K/B      denoise and pullback against the matrix products with all components alone, in turns, at
//                               a noise so high that no component is left out: `of_gemm` is its speed as a share of
//                               theirs
//   sparse_score/...            the same at a noise where components are left out whose part rounds away
//   dps_step/<covariance>/K/B   a whole DPS step with a mask: `compare_pytorch.py` sets it against PyTorch
//   late_dps_step/...           the same at low noise, from samples of the prior
//   reproducible/K/B            the score with sums in a fixed order against without: `ratio` is the price

#include "support/paired.hpp"

#include <equireg/equireg.hpp>
#include <equireg/score/covariance/full.hpp>

#include <cmath>
#include <string>
#include <vector>

namespace eq = equireg;

namespace {

using X = eq::cpu::tensor<float>;
constexpr std::size_t d = 784;
constexpr eq::shape sample{1, 1, 28, 28};

X normal(const eq::shape& s, std::uint32_t which) {
  X x(s);
  fill_normal(x, eq::noise_address{5, which});
  return x;
}

X means(std::size_t components) {
  X m = normal(sample.with_batch(components), 1);
  transform(m, [](float v) { return 0.5F * v; }, m);
  return m;
}

auto isotropic(std::size_t components) {
  std::vector<eq::score::covariance::isotropic<float>> c;
  for (std::size_t k = 0; k < components; ++k) c.emplace_back(0.05 + 0.15 * static_cast<double>(k) / 64.0);
  return eq::score::gaussian_mixture(std::vector<double>(components, 1.0), means(components), std::move(c));
}

auto low_rank(std::size_t components) {
  std::vector<eq::score::covariance::low_rank<float>> c;
  for (std::size_t k = 0; k < components; ++k) {
    c.emplace_back(normal(sample.with_batch(32), 100 + static_cast<std::uint32_t>(k)), 0.02);
  }
  return eq::score::gaussian_mixture(std::vector<double>(components, 1.0), means(components), std::move(c));
}

/// Full covariances given by an eigenbasis and eigenvalues: a random product of reflections makes the basis.
auto full(std::size_t components) {
  std::vector<eq::score::covariance::full<float>> c;
  for (std::size_t k = 0; k < components; ++k) {
    const X v = normal({1, 1, 1, d}, 1000 + static_cast<std::uint32_t>(k));
    const float scale = 2.0F / squared_norm(v).data()[0];
    X basis({d, 1, 1, d});
    std::vector<double> eigenvalues(d);
    for (std::size_t i = 0; i < d; ++i) {
      eigenvalues[i] = 0.01 + 0.5 * static_cast<double>(i) / d;
      for (std::size_t j = 0; j < d; ++j) basis(i, 0, 0, j) = (i == j ? 1.0F : 0.0F) - scale * v.data()[i] * v.data()[j];
    }
    c.push_back(eq::score::covariance::full<float>(std::move(basis), std::move(eigenvalues)));
  }
  return eq::score::gaussian_mixture(std::vector<double>(components, 1.0), means(components), std::move(c));
}

// Early, every sample may belong to many components; late, to one or two, and only their products are made.
const eq::noise_level level = eq::variance_preserving(0.3), next_level = eq::variance_preserving(0.31);
const eq::noise_level late_level = eq::variance_preserving(0.98), late_next_level = eq::variance_preserving(0.981);

/// The products that denoise and pullback need: in and out of the bases of all components, twice.
template <class Model>
void score_at(benchmark::State& state, Model (*make)(std::size_t), std::size_t rank, const eq::noise_level& at) {
  const auto components = static_cast<std::size_t>(state.range(0)), batch = static_cast<std::size_t>(state.range(1));
  const Model model = make(components);
  const X x = normal(sample.with_batch(batch), 2), v = normal(sample.with_batch(batch), 3);
  const X basis = normal({components * rank, 1, 1, d}, 4);
  X inside({batch, 1, 1, components * rank}), outside({batch, 1, 1, d});
  bench::compare(
      state,
      [&] {
        auto [x0, pullback] = model.linearize(x, at);
        benchmark::DoNotOptimize(pullback(v));
        benchmark::DoNotOptimize(x0);
      },
      [&] {
        for (int i = 0; i < 2; ++i) {
          multiply(rows_of(inside), rows_of(x), transpose(rows_of(basis)));
          multiply(rows_of(outside), rows_of(inside), rows_of(basis));
        }
        benchmark::DoNotOptimize(outside.data());
      });
  const double flops = 8.0 * static_cast<double>(batch * components * rank) * d;
  state.counters["of_gemm"] = 1 / state.counters["ratio"];
  state.counters["gemm_gflops"] = flops / (state.counters["reference_us"] * 1e3);
}

template <class Model>
void score(benchmark::State& state, Model (*make)(std::size_t), std::size_t rank) {
  score_at(state, make, rank, eq::variance_preserving(1e-3));
}

template <class Model>
void sparse_score(benchmark::State& state, Model (*make)(std::size_t), std::size_t rank) {
  score_at(state, make, rank, level);
}

template <class Model>
void step_from(benchmark::State& state, const Model& model, const X& start, const eq::noise_level& from,
               const eq::noise_level& to) {
  const std::size_t batch = start.shape().batch;
  const eq::measurement::inpainting measurement{eq::measurement::random_mask(sample, 0.5, {1})};
  const eq::likelihood::dps likelihood{measurement, measurement(normal(sample.with_batch(batch), 2)),
                                       {.step_size = 0.5}};
  const eq::stepper::ddim stepper{.eta = 1};
  const eq::reverse_step step{from, to, 0, 100, 1, 0};
  auto memory = stepper.start<X>();
  X x = start;
  for (auto _ : state) {
    x = start;
    benchmark::DoNotOptimize(stepper.advance(
        memory, x,
        [&](const X& v, const eq::noise_level& l) {
          return likelihood.estimate(model, eq::regularizer::none{}, v, l, step);
        },
        step));
  }
}

template <class Model>
void dps_step(benchmark::State& state, Model (*make)(std::size_t)) {
  const auto components = static_cast<std::size_t>(state.range(0)), batch = static_cast<std::size_t>(state.range(1));
  step_from(state, make(components), normal(sample.with_batch(batch), 3), level, next_level);
}

template <class Model>
void late_dps_step(benchmark::State& state, Model (*make)(std::size_t)) {
  const auto components = static_cast<std::size_t>(state.range(0)), batch = static_cast<std::size_t>(state.range(1));
  const Model model = make(components);
  X start = model.sample(eq::seed{4}, batch);
  transform(start, [a = static_cast<float>(late_level.signal), b = static_cast<float>(late_level.noise)](
                       float v, float z) { return a * v + b * z; },
            start, eq::normal_noise{{6}});
  step_from(state, model, start, late_level, late_next_level);
}

void reproducible(benchmark::State& state) {
  const auto model = low_rank(static_cast<std::size_t>(state.range(0)));
  const X x = normal(sample.with_batch(static_cast<std::size_t>(state.range(1))), 2);
  const auto run = [&](bool on) {
    const eq::cpu::reproducible_scope scope(on);
    auto [x0, pullback] = model.linearize(x, level);
    benchmark::DoNotOptimize(pullback(x0));
  };
  bench::compare(state, [&] { run(true); }, [&] { run(false); });
}

}  // namespace

BENCHMARK_CAPTURE(score, low_rank, low_rank, 32)->Args({48, 64})->Args({48, 256})->UseManualTime();
BENCHMARK_CAPTURE(score, full, full, d)->Args({64, 64})->UseManualTime();
BENCHMARK_CAPTURE(sparse_score, low_rank, low_rank, 32)->Args({48, 64})->UseManualTime();
BENCHMARK_CAPTURE(sparse_score, full, full, d)->Args({64, 64})->UseManualTime();
BENCHMARK_CAPTURE(dps_step, isotropic, isotropic)->Args({64, 1})->Args({64, 64})->Args({64, 1024})->UseRealTime();
BENCHMARK_CAPTURE(dps_step, low_rank, low_rank)->Args({48, 1})->Args({48, 64})->UseRealTime();
BENCHMARK_CAPTURE(dps_step, full, full)->Args({64, 1})->Args({64, 64})->UseRealTime();
BENCHMARK_CAPTURE(late_dps_step, low_rank, low_rank)->Args({48, 64})->UseRealTime();
BENCHMARK_CAPTURE(late_dps_step, full, full)->Args({64, 64})->UseRealTime();
BENCHMARK(reproducible)->Args({48, 1})->Args({48, 64})->UseManualTime();
