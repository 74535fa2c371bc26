// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Inverse problems whose posterior is known in closed form.

#include "support/chosen_solver.hpp"
#include "support/images.hpp"

#include <equireg/backend/cpu/decompose.hpp>
#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/core/random.hpp>
#include <equireg/io/gaussian_mixture_file.hpp>
#include <equireg/measurement/gaussian_blur.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/measurement/masks.hpp>
#include <equireg/measurement/measure.hpp>
#include <equireg/measurement/super_resolution.hpp>
#include <equireg/noise/gaussian.hpp>
#include <equireg/score/mixture_posterior.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace support {

/// A mixture prior, a linear operator and some measurements; truths are draws from the prior, so that each is also one
/// draw from its posterior.
class known_posterior {
 public:
  using X = any_score::tensor_type;
  using posterior_type = eq::score::mixture_posterior<mixture_prior>;
  using conditioning_type = eq::score::mixture_conditioning<mixture_prior>;

  /// Throws where the operator is not linear.
  known_posterior(std::string name, std::string title, mixture_prior prior, const any_operator& a, double sigma_y,
                  std::size_t measurements, std::uint64_t seed)
      : name_(std::move(name)),
        title_(std::move(title)),
        prior_(std::move(prior)),
        score_(prior_),
        operator_(a),
        sigma_y_(sigma_y),
        truth_(prior_.sample(eq::seed{seed}, measurements)),
        y_(eq::measurement::measure(a, truth_, eq::noise::gaussian{.sigma = sigma_y},
                                    {seed, 0, eq::purpose::measurement, 0})),
        conditioning_(std::make_shared<const conditioning_type>(prior_, a, sigma_y)),
        posterior_(conditioning_, y_) {}

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::string& title() const { return title_; }
  [[nodiscard]] const mixture_prior& prior() const { return prior_; }
  [[nodiscard]] const any_score& score() const { return score_; }
  /// The same, but with counts of its own.
  [[nodiscard]] any_score score_for_penalty() const { return any_score(prior_); }
  [[nodiscard]] const posterior_type& posterior() const { return posterior_; }
  [[nodiscard]] const X& truth() const { return truth_; }
  [[nodiscard]] const X& y() const { return y_; }
  [[nodiscard]] double sigma_y() const { return sigma_y_; }
  [[nodiscard]] std::size_t measurements() const { return y_.shape().batch; }
  [[nodiscard]] const any_operator& measurement() const { return operator_; }

  /// The problem of drawing `count` samples given measurement m.
  [[nodiscard]] inverse_problem draws_of(std::size_t m, std::size_t count) const {
    return {score_, operator_, repeated(rows(y_, m, 1), count), sigma_y_, conditioning_};
  }

  /// Independent draws from the posterior of measurement m, (count, C, H, W).
  [[nodiscard]] X exact_draws(std::size_t m, std::size_t count, std::uint64_t seed) const {
    return posterior_type(conditioning_, repeated(rows(y_, m, 1), count)).sample(eq::seed{seed});
  }

 private:
  std::string name_, title_;
  mixture_prior prior_;
  any_score score_;
  any_operator operator_;
  double sigma_y_;
  X truth_, y_;
  std::shared_ptr<const conditioning_type> conditioning_;
  posterior_type posterior_;
};

/// Images of 4 x 4 of three kinds, far apart: bright on the left, its mirror image, and bright in the middle. Within a
/// kind, an image varies by 0.15 in every pixel and by 0.3 along two smooth patterns. The upper half of the kinds is
/// nearly alike.
inline mixture_prior three_kinds() {
  using X = any_score::tensor_type;
  constexpr std::size_t side = 4;
  const auto pattern = [](std::size_t kind, std::size_t i, std::size_t j) {
    const double strength = i < side / 2 ? 0.1 : 0.9;
    const bool bright = kind == 0 ? j < 2 : kind == 1 ? j >= 2 : j == 1 || j == 2;
    return static_cast<float>(bright ? strength : -strength);
  };
  X means({3, 1, side, side}), factors({2, 1, side, side});
  for (std::size_t i = 0; i < side; ++i) {
    for (std::size_t j = 0; j < side; ++j) {
      for (std::size_t k = 0; k < 3; ++k) means(k, 0, i, j) = pattern(k, i, j);
      const double across = (static_cast<double>(j) - 1.5) / 1.5, down = (static_cast<double>(i) - 1.5) / 1.5;
      factors(0, 0, i, j) = static_cast<float>(0.3 * down);
      factors(1, 0, i, j) = static_cast<float>(0.3 * across);
    }
  }
  const eq::score::covariance::low_rank<float> covariance(factors, 0.15 * 0.15);
  return {{0.35, 0.35, 0.3}, means, std::vector(3, covariance)};
}

/// What the posterior table knows: "modes" and, with the prior of clothes, "box", "sr4" and "deblur". Other seeds give
/// other measurements of the same problem. Throws for another name.
inline known_posterior known_posterior_by_name(const std::string& name, const std::string& clothes_file,
                                               std::size_t measurements, std::uint64_t seed) {
  namespace m = eq::measurement;
  if (name == "modes") {
    mixture_prior prior = three_kinds();
    const auto upper_half = m::box_mask(prior.sample_shape(), 2, 0, 2, 4);
    const any_operator a(m::inpainting{upper_half});
    return {name, "three modes, the upper half observed", prior, a, 0.2, measurements, seed};
  }
  mixture_prior prior = eq::io::load_gaussian_mixture<float>(clothes_file);
  if (name == "box") {
    const auto mask = m::box_mask(prior.sample_shape(), 8, 8, 12, 12);
    const any_operator a(m::inpainting{mask});
    return {name, "clothes, box inpainting", prior, a, 0.05, measurements, seed};
  }
  if (name == "sr4") {
    const any_operator a(m::super_resolution{.factor = 4});
    return {name, "clothes, super-resolution x4", prior, a, 0.05, measurements, seed};
  }
  if (name == "deblur") {
    const any_operator a(m::gaussian_blur{.size = 13, .sigma = 2});
    return {name, "clothes, Gaussian deblurring", prior, a, 0.05, measurements, seed};
  }
  eq::fail("posterior_table", "expected a problem of modes, box, sr4, deblur, but got '", name, "'");
}

}  // namespace support
