// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Solvers with the tensors of an executor, held against the same with the host's.

#include <equireg/backend/cuda/elementwise.hpp>
#include <equireg/backend/cuda/gather.hpp>
#include <equireg/backend/cuda/tensor.hpp>
#include <equireg/equireg.hpp>

#include <support/catch.hpp>
#include <support/foreign.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <type_traits>
#include <utility>

namespace equireg::test {

/// A white prior, a mask that hides a third, the consistency penalty of a reflection, and images of `sample`.
template <class Executor>
struct device_solvers {
  using host = cpu::tensor<float>;
  using device = cuda::basic_tensor<float, Executor>;

  shape sample;

  template <class X, class MakeLikelihood, class... Stepper>
  host run(const MakeLikelihood& make, Stepper... steps_by) const {
    host y(sample.with_batch(2)), mask(sample, 1.0F);
    fill_normal(y, {3, 0, purpose::user, 0});
    for (std::size_t i = 0; i < mask.size(); i += 3) mask.data()[i] = 0;
    const white_prior<X> prior{sample, 0.3, 0.7};
    const measurement::inpainting a{X(mask)};
    const regularizer::denoiser_at f{std::cref(prior), variance_exploding(0.5)};
    const regularizer::equivariance_consistency penalty{f, group::reflection{}, {.weight = 0.2}};
    const schedule::vp_linear schedule{.steps = 4};
    const sampler solver{prior, make(a, X(y)), penalty, schedule, steps_by...};
    const X x = solver.sample(seed{5});
    if constexpr (std::is_same_v<X, host>) {
      return x;
    } else {
      return x.to_cpu();
    }
  }

  /// The device sums in another order than the host: a handful of steps in float, and an inner loop's worth of them.
  template <class MakeLikelihood, class... Stepper>
  void check(const MakeLikelihood& make, Stepper... steps_by) const {
    const host expected = run<host>(make, steps_by...), x = run<device>(make, steps_by...);
    REQUIRE(x.shape() == expected.shape());
    double worst = 0, largest = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      worst = std::max(worst, std::abs(static_cast<double>(x.data()[i]) - expected.data()[i]));
      largest = std::max(largest, std::abs(static_cast<double>(expected.data()[i])));
    }
    CHECK(largest > 0.1);
    CHECK(worst <= 1e-5 * largest);
  }

  /// Gradients of the likelihood, by several steppers.
  void check_guidance() const {
    const stepper::ddim ancestral{.eta = 1};
    check([](const auto& a, auto y) { return likelihood::dps(a, std::move(y), {.step_size = 0.5}); }, ancestral);
    check([](const auto& a, auto y) { return likelihood::dps(a, std::move(y), {.step_size = 0.5}); },
          stepper::dpm_solver_pp{});
    check([](const auto& a, auto y) { return likelihood::lgd(a, std::move(y), {}); }, ancestral);
    check([](const auto& a, auto y) { return likelihood::pigdm(a, std::move(y), {}); }, ancestral);
    check([](const auto& a, auto y) { return likelihood::tmpd(a, std::move(y), {}); }, ancestral);
    check([](const auto& a, auto y) { return likelihood::mcg(a, std::move(y)); }, ancestral);
    check([](const auto& a, auto y) { return likelihood::score_ald(a, std::move(y), {}); },
          stepper::annealed_langevin{});
  }

  /// Projections and proximal points.
  void check_projections() const {
    const stepper::ddim ancestral{.eta = 1};
    check([](const auto& a, auto y) { return likelihood::projection(a, std::move(y)); }, ancestral);
    check([](const auto& a, auto y) { return likelihood::ddnm(a, std::move(y)); }, ancestral);
    check([](const auto& a, auto y) { return likelihood::ddnm_plus(a, std::move(y), {}); });
    check([](const auto& a, auto y) { return likelihood::ddrm(a, std::move(y), {}); });
    check([](const auto& a, auto y) { return likelihood::diffpir(a, std::move(y), {}); }, stepper::renoise{});
    check([](const auto& a, auto y) { return likelihood::fast_dips(a, std::move(y), {.iterations = 3}); },
          stepper::renoise{});
  }

  /// Inner loops.
  void check_inner_loops() const {
    check([](const auto& a, auto y) { return likelihood::daps(a, std::move(y), {.iterations = 5}); },
          stepper::renoise{});
    check([](const auto& a,
             auto y) { return likelihood::daps(a, std::move(y), {.iterations = 5}, inner::metropolis{}); },
          stepper::renoise{});
    check([](const auto& a, auto y) { return likelihood::sitcom(a, std::move(y), {.iterations = 5}); },
          stepper::renoise{});
    check([](const auto& a, auto y) { return likelihood::red_diff(a, std::move(y), {}); });
  }
};

}  // namespace equireg::test
