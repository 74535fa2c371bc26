// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `likelihood::pnp_dm`: a split Gibbs sampler. Data and prior take turns, and each draws exactly.

#include <equireg/core/arguments.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/noise_level.hpp>
#include <equireg/core/random.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/inner/chain.hpp>
#include <equireg/inner/langevin.hpp>
#include <equireg/likelihood/likelihood_approximation.hpp>
#include <equireg/likelihood/measured_shape.hpp>
#include <equireg/likelihood/penalty_shift.hpp>
#include <equireg/likelihood/requirements.hpp>
#include <equireg/likelihood/reverse_walk.hpp>
#include <equireg/likelihood/split_energy.hpp>
#include <equireg/likelihood/task.hpp>
#include <equireg/measurement/conjugate_gradients.hpp>
#include <equireg/measurement/measure.hpp>
#include <equireg/measurement/proximal_point.hpp>
#include <equireg/schedule/annealed.hpp>
#include <equireg/schedule/karras.hpp>
#include <equireg/stepper/update.hpp>

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace equireg::likelihood {

/// Settings of `pnp_dm`, in units of the data: images in [-1, 1].
struct pnp_dm_settings {
  double sigma_y = 0.05;  ///< deviation of the measurement's noise
  /// Of the prior's steps: 1 walks down the reverse diffusion, which draws from p(x | w); 0 the probability flow, which
  /// makes one x of each w, and right those of all w together. The reverse diffusion loses variance in proportion to
  /// its steps' length: about a seventh of it with 100 nodes, half as much with 200.
  double eta = 1;
  /// The nodes of the prior's steps. A step visits those below its own level.
  schedule::karras grid = {.steps = 100};
  measurement::conjugate_gradients_settings solve = {};  ///< for a linear operator without a `prox` of its own
  std::size_t iterations = 100;                          ///< of the kernel, where the operator is not linear
  double rate = 1e-4;                                    ///< the kernel's step size

  /// The levels rho_k that the authors' code walks down. Throws where it names none.
  static schedule::annealed published_levels(task t) {
    switch (t) {
      case task::super_resolution:
      case task::gaussian_blur:
      case task::motion_blur: return {.steps = 100, .sigma_min = 0.3, .sigma_max = 10, .decay = 0.9};
      case task::phase_retrieval: return {.steps = 100, .sigma_min = 0.1, .sigma_max = 10, .decay = 0.9};
      default: fail("equireg::likelihood::pnp_dm", "the authors give no levels for ", name_of(t));
    }
  }
};

/// Plug-and-play diffusion models: Gibbs sampling of
///
///     p(x, w | y) ~ p(x) exp(-||x - w||^2 / (2 rho^2)) exp(-||y - A(w)||^2 / (2 sigma_y^2)),
///
/// which comes to p(x | y) as rho falls: A x then has noise sigma_y and A's image of noise rho. Step k of the run, at
/// level rho_k = b_k / a_k, is one round, from the x of the round before:
///
///     w ~ exp(-||y - A(w)||^2 / (2 sigma_y^2) - ||w - x||^2 / (2 rho_k^2))      the data's
///     x ~ p(x0 | x0 + rho_k eps = w)                                            the prior's
///
/// (Wu et al. 2024, arXiv:2405.18782, Algorithm 1; schedule::annealed has its levels.) The first is drawn exactly where
/// A is linear. It is Gaussian, with precision Q = A^T A / sigma_y^2 + I / rho^2 and mean Q^-1 (A^T y / sigma_y^2 +
/// x / rho^2), and
///
///     w = argmin_u ||A u - (y + sigma_y z)||^2 + (sigma_y^2 / rho^2) ||u - (x + rho z')||^2
///       = Q^-1 (A^T y / sigma_y^2 + x / rho^2) + Q^-1 (A^T z / sigma_y + z' / rho)
///
/// has that mean and, since Cov(A^T z / sigma_y + z' / rho) = Q, the covariance Q^-1 Q Q^-1 = Q^-1. Where A is not
/// linear, n steps of the kernel go from x towards the same law.
///
/// The second is the reverse process from w, at the level rho_k itself, down the grid's nodes below it to data. The
/// authors' code starts at the first node below rho_k, and that of InverseBench at one above, with w as it is: both
/// misstate the noise of w.
///
/// It makes the steps itself, and takes no stepper: the state, from begin to end and for every process, is x. It starts
/// at 0 where A is linear and at N(0, I) elsewhere. Each state is a draw; those of the floor of `schedule::annealed`
/// are as many draws for one y, which an observer may keep, less alike the further they are apart.
///
/// A penalty adds alpha R(w) to the kernel's energy. The exact draw has no energy to add to: there w takes one step
/// -alpha grad R(w).
///
/// Cost of a step: one score evaluation for rho_k and for each node below, without pullback; and one proximal point, or
/// n A with n A'^T.
template <class Operator, tensor X, class Kernel = inner::langevin>
class pnp_dm {
  static constexpr bool exact = linear_map<Operator, X>;
  static_assert([] {
    if constexpr (!exact && Kernel::uses_gradient) {
      return check_differentiable_operator<Operator, X>();
    } else {
      return true;
    }
  }());

 public:
  static constexpr bool changes_x0 = true;

  /// y (B, C', H', W') are B measurements. The kernel is for an operator that is not linear. Throws where a setting is
  /// out of its range.
  pnp_dm(Operator measurement, X y, pnp_dm_settings settings = {}, Kernel kernel = {})
      : measurement_(std::move(measurement)),
        y_(measurement::observed_part(measurement_, std::move(y))),
        settings_(settings),
        kernel_(std::move(kernel)),
        nodes_(settings_.grid.levels()) {
    require(settings_.sigma_y > 0, name, "expected sigma_y > 0, but it is ", settings_.sigma_y);
    require(settings_.eta >= 0 && settings_.eta <= 1, name, "expected eta in [0, 1], but it is ", settings_.eta);
    require(settings_.rate >= 0 && std::isfinite(settings_.rate), name, "expected a rate >= 0, but it is ",
            settings_.rate);
  }

  static constexpr const char* name = "equireg::likelihood::pnp_dm";

  [[nodiscard]] std::size_t batch() const { return y_.shape().batch; }

  /// Throws unless A maps samples of the prior's shape to the shape of y.
  void check(const shape& sample) const { require_measured_shape(measurement_, y_, sample, name); }

  /// x of round 0, from the noise x = b z.
  void begin(X& x, const noise_level& level) const { transform(x, (exact ? 0 : 1 / level.noise) * entry<0>{}, x); }

  /// One round: x of the round before to x of this one. Throws from pure noise, where rho is infinite.
  template <class Score, class Penalty>
  auto estimate(const Score& score, const Penalty& penalty, const X& x, const noise_level& level,
                const reverse_step& step) const {
    require(level.signal > 0, name, "expected levels of finite sigma, but one has a = 0, b = ", level.noise,
            ": begin later, as schedule::rectified_flow{.first_time = 0.99}, or take schedule::annealed");
    X w = drawn_by_data(x, level.sigma(), penalty, step);
    if (level.signal != 1) transform(w, level.signal * entry<0>{}, w);
    return guided_estimate{walk_down(score, std::move(w), levels_below(level, step), settings_.eta, step), absent{}};
  }

  template <class T>
  auto start() const {
    return stepper::no_memory{};
  }

  X advance(auto& /*memory*/, X& x, const auto& estimate, const reverse_step& step) const {
    return transform_reduce(x, entry<0>{}, stepper::magnitude<value_type>{}, estimate(x, step.from).x0);
  }

  /// w ~ exp(-||y - A(w)||^2 / (2 sigma_y^2) - ||w - x||^2 / (2 rho^2)), exactly where A is linear.
  template <class Penalty>
  X drawn_by_data(const X& x, double rho, const Penalty& penalty, const reverse_step& step) const {
    const double sigma = settings_.sigma_y;
    if constexpr (exact) {
      const X data = measurement::observed_part(measurement_, moved(y_, sigma, step.chain(purpose::likelihood, 0)));
      const X centre = moved(x, rho, step.chain(purpose::likelihood, 1));
      X w = measurement::proximal_point(measurement_, centre, data, sigma * sigma / (rho * rho), settings_.solve);
      descend_penalty(penalty, w, step);
      return w;
    } else {
      const split_energy<Operator, X, Penalty> energy{measurement_,    y_,      x,   1 / (sigma * sigma),
                                                      1 / (rho * rho), penalty, step};
      X w = x;
      inner::run_chain(kernel_, w, energy, settings_.iterations, settings_.rate, step);
      return w;
    }
  }

  /// `level`, the grid's nodes below it, and `clean`: where the prior's step asks the score, and where it ends.
  [[nodiscard]] std::vector<noise_level> levels_below(const noise_level& level, const reverse_step& step) const {
    const double rho = level.sigma() * (1 - 1e-9);  // a node that is rho but for rounding is rho
    std::vector<noise_level> levels{level};
    for (const noise_level& node : nodes_) {
      if (node.noise > 0 && node.noise < rho) levels.push_back(level_in_process(step, node.noise));
    }
    levels.push_back(clean);
    return levels;
  }

 private:
  using value_type = typename X::value_type;

  static X moved(const X& x, double deviation, const noise_address& address) {
    X result(x.shape());
    const auto [v, z] = entries<2>;
    transform(result, v + deviation * z, x, normal_noise{address});
    return result;
  }

  Operator measurement_;
  X y_;
  pnp_dm_settings settings_;
  Kernel kernel_;
  std::vector<noise_level> nodes_;
};

}  // namespace equireg::likelihood
