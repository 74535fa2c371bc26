// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `likelihood::daps`: decoupled annealing. A draw near the flow's x0 in place of a guided step.

#include <equireg/core/arguments.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/noise_level.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/inner/chain.hpp>
#include <equireg/inner/hamiltonian.hpp>
#include <equireg/inner/langevin.hpp>
#include <equireg/likelihood/likelihood_approximation.hpp>
#include <equireg/likelihood/measured_shape.hpp>
#include <equireg/likelihood/requirements.hpp>
#include <equireg/likelihood/reverse_walk.hpp>
#include <equireg/likelihood/split_energy.hpp>
#include <equireg/likelihood/task.hpp>
#include <equireg/measurement/measure.hpp>
#include <equireg/schedule/karras.hpp>

#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>
#include <vector>

namespace equireg::likelihood {

/// Settings of `daps`, in units of the data: images in [-1, 1].
struct daps_settings {
  /// The deviation that the chain takes for that of the measurement's noise. It is tuned, and far below the true one:
  /// 0.01 / sqrt(2) for noise of 0.05.
  double tau = 0.01 / std::numbers::sqrt2;
  std::size_t flow_steps = 5;      ///< M, Euler steps from sigma_k to sigma_min
  double sigma_min = 0.01;         ///< where the flow ends; no denoising follows
  std::size_t iterations = 100;    ///< n, of the chain
  double rate = 1e-4;              ///< eta_0, the chain's step size
  double final_rate_ratio = 0.01;  ///< what the rate falls to by the end of the run, as a share of eta_0

  /// What the authors' code sets for Langevin steps, 256 x 256 faces and noise of 0.05 in [-1, 1]; with schedule::karras{
  /// .steps = 200, .sigma_min = 0.1, .sigma_max = 100, .reaches_sigma_min = false} and stepper::renoise.
  static daps_settings published(task t) {
    daps_settings s;
    switch (t) {
      case task::super_resolution:
      case task::random_inpainting:
      case task::gaussian_blur: s.rate = 1e-4; break;
      case task::box_inpainting:
      case task::motion_blur:
      case task::phase_retrieval: s.rate = 5e-5; break;
      case task::nonlinear_blur:
        s.rate = 1e-5;
        s.iterations = 200;
        break;
      case task::high_dynamic_range: s.rate = 2e-5; break;
    }
    return s;
  }
};

/// Settings of `daps` with steps of `inner::hamiltonian`.
struct daps_hamiltonian_settings {
  daps_settings settings;
  inner::hamiltonian kernel;

  /// What the authors' code sets for its HMC, else as `daps_settings::published`.
  static daps_hamiltonian_settings published(task t) {
    const auto with = [](std::size_t iterations, double rate, double final_rate_ratio, double momentum) {
      return daps_hamiltonian_settings{{.iterations = iterations, .rate = rate, .final_rate_ratio = final_rate_ratio},
                                       {.momentum = momentum}};
    };
    switch (t) {
      case task::super_resolution: return with(12, 1.04e-4, 0.012, 0.90);
      case task::box_inpainting: return with(84, 1.15e-5, 0.014, 0.003);
      case task::random_inpainting: return with(11, 3.56e-5, 0.015, 0.80);
      case task::gaussian_blur: return with(82, 4.04e-5, 0.011, 0.10);
      case task::motion_blur: return with(96, 3.69e-5, 0.010, 0.11);
      case task::phase_retrieval: return with(62, 9.75e-6, 0.019, 0.73);
      case task::nonlinear_blur: return with(85, 1.20e-5, 0.012, 0.46);
      case task::high_dynamic_range: return with(100, 2.18e-5, 0.013, 0.23);
    }
    return {};
  }
};

/// Decoupled annealing posterior sampling. At level k, with sigma = b_k / a_k,
///
///     x0   = the probability flow from x_k, M Euler steps down the Karras grid from sigma to sigma_min
///     w    = n steps of the kernel from x0, towards exp(-||y - A(w)||^2 / (2 tau^2) - ||w - x0||^2 / (2 sigma^2))
///     eta  = rate (1 + k / (N + 1) (final_rate_ratio - 1))
///
/// and w takes the place of x0. The step is stepper::renoise{}, which keeps nothing else of x_k. (Zhang et al. 2024,
/// arXiv:2407.01521, Algorithm 1.) A penalty adds alpha R(w) to the chain's energy.
///
/// The authors' code descends ||y - A(w)||^2 / tau^2; here is the Gaussian's 1 / (2 tau^2), so that their tau is
/// sqrt(2) times ours. It also returns zeros where a chain came to no number; here the sampler throws `divergence`.
///
/// The operator need not be linear, and with inner::metropolis needs no derivative. From pure noise, where sigma is
/// infinite, the first step of the flow leads to the sigma of the run's next level, and the data alone hold w. Below
/// sigma_min the flow is one denoising.
///
/// Cost of a step: M score evaluations without pullback (one below sigma_min), and n A with n A'^T; Metropolis takes
/// n + 1 A.
template <class Operator, tensor X, class Kernel = inner::langevin>
class daps {
  static_assert([] {
    if constexpr (Kernel::uses_gradient) {
      return check_differentiable_operator<Operator, X>();
    } else {
      return true;
    }
  }());

 public:
  static constexpr bool changes_x0 = true;

  /// y (B, C', H', W') are B measurements. Throws where a setting is out of its range.
  daps(Operator measurement, X y, daps_settings settings = {}, Kernel kernel = {})
      : measurement_(std::move(measurement)),
        y_(measurement::observed_part(measurement_, std::move(y))),
        settings_(settings),
        kernel_(std::move(kernel)) {
    require(settings_.tau > 0, name, "expected tau > 0, but it is ", settings_.tau);
    require(settings_.flow_steps >= 1, name, "expected flow_steps >= 1, but it is ", settings_.flow_steps);
    require(settings_.sigma_min > 0, name, "expected sigma_min > 0, but it is ", settings_.sigma_min);
    require(settings_.rate >= 0 && std::isfinite(settings_.rate), name, "expected a rate >= 0, but it is ",
            settings_.rate);
    require(settings_.final_rate_ratio >= 0 && settings_.final_rate_ratio <= 1, name,
            "expected final_rate_ratio in [0, 1], but it is ", settings_.final_rate_ratio);
  }

  static constexpr const char* name = "equireg::likelihood::daps";

  [[nodiscard]] std::size_t batch() const { return y_.shape().batch; }

  /// Throws unless A maps samples of the prior's shape to the shape of y.
  void check(const shape& sample) const { require_measured_shape(measurement_, y_, sample, name); }

  template <class Score, class Penalty>
  auto estimate(const Score& score, const Penalty& penalty, const X& x, const noise_level& level,
                const reverse_step& step) const {
    const X x0 = walk_down(score, X(x), flow_levels(level, step), 0, step);
    const double sigma = level.sigma();
    const split_energy<Operator, X, Penalty> energy{
        measurement_, y_, x0, 1 / (settings_.tau * settings_.tau), 1 / (sigma * sigma), penalty, step};
    X w = x0;
    inner::run_chain(kernel_, w, energy, settings_.iterations, rate(step), step);
    return guided_estimate{std::move(w), absent{}};
  }

  /// The levels of the flow from `level` on, which is the first of them.
  [[nodiscard]] std::vector<noise_level> flow_levels(const noise_level& level, const reverse_step& step) const {
    const bool from_noise = level.signal == 0;
    const double sigma = from_noise ? step.to.sigma() : level.sigma(), last = settings_.sigma_min;
    std::vector<noise_level> levels{level};
    if (!(sigma > last)) {
      levels.push_back(clean);
      return levels;
    }
    const schedule::karras grid{
        .steps = settings_.flow_steps + (from_noise ? 0 : 1), .sigma_min = last, .sigma_max = sigma};
    const auto nodes = grid.levels();  // and `clean`, where the flow does not go
    for (std::size_t i = from_noise ? 0 : 1; i + 1 < nodes.size(); ++i) {
      levels.push_back(level_in_process(step, grid.steps == 1 ? last : nodes[i].noise));
    }
    return levels;
  }

  /// eta of a step's chain.
  [[nodiscard]] double rate(const reverse_step& step) const {
    const double share = static_cast<double>(step.index) / static_cast<double>(step.total + 1);
    return settings_.rate * (1 + share * (settings_.final_rate_ratio - 1));
  }

 private:
  Operator measurement_;
  X y_;
  daps_settings settings_;
  Kernel kernel_;
};

}  // namespace equireg::likelihood
