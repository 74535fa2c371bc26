// SPDX-License-Identifier: BSD-3-Clause
//
// You learn: what the sampler asks of a prior. Any struct with a tensor type, a sample shape, a denoiser and, for
// likelihoods that differentiate it, a pullback is a score model: no base class, no registration.
//
// The prior here is a list of points, each as likely as the others: the "model" that remembers its training data. Its
// denoiser is a weighted mean of the points. We observe the first coordinate with noise and sample the second.
//
//   ./bring_your_own_score
//
// prints how often each of eight points on a circle is drawn, beside the exact probabilities. DPS is an approximation,
// and the table shows by how much.

#include <equireg/equireg.hpp>

#include <array>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <vector>

namespace eq = equireg;

namespace {

using X = eq::cpu::tensor<float>;

/// p(x0) = mean of delta(x0 - point_k). Then E[x0 | x_t] = sum_k r_k point_k, with
/// r = softmax(-|x_t - a point_k|^2 / 2 b^2).
struct point_cloud {
  using tensor_type = X;
  std::vector<std::array<float, 2>> points;

  eq::shape sample_shape() const { return {1, 1, 1, 2}; }

  std::vector<double> responsibilities(const float* x, const eq::noise_level& level) const {
    std::vector<double> r(points.size());
    double largest = -1e300, sum = 0;
    for (std::size_t k = 0; k < r.size(); ++k) {
      const double u = x[0] - level.signal * points[k][0], v = x[1] - level.signal * points[k][1];
      r[k] = -(u * u + v * v) / (2 * level.noise * level.noise);
      largest = std::max(largest, r[k]);
    }
    for (double& value : r) sum += value = std::exp(value - largest);
    for (double& value : r) value /= sum;
    return r;
  }

  X denoise(const X& x, const eq::noise_level& level) const {
    X x0(x.shape(), 0.0F);
    for (std::size_t b = 0; b < x.shape().batch; ++b) {
      const auto r = responsibilities(x.sample(b).data(), level);
      for (std::size_t k = 0; k < r.size(); ++k) {
        for (std::size_t i = 0; i < 2; ++i) x0.sample(b)[i] += static_cast<float>(r[k]) * points[k][i];
      }
    }
    return x0;
  }

  /// d x0 / d x_t = a / b^2 Cov[x0 | x_t], a symmetric matrix: the pullback multiplies by it.
  auto linearize(const X& x, const eq::noise_level& level) const {
    X x0 = denoise(x, level);
    auto pullback = [this, x, x0, level](const X& v) {
      X result(v.shape(), 0.0F);
      for (std::size_t b = 0; b < x.shape().batch; ++b) {
        const auto r = responsibilities(x.sample(b).data(), level);
        const auto mean = x0.sample(b);
        for (std::size_t k = 0; k < r.size(); ++k) {
          const double d[] = {points[k][0] - mean[0], points[k][1] - mean[1]};
          const double along = d[0] * v.sample(b)[0] + d[1] * v.sample(b)[1];
          const double scale = r[k] * level.signal / (level.noise * level.noise) * along;
          for (std::size_t i = 0; i < 2; ++i) result.sample(b)[i] += static_cast<float>(scale * d[i]);
        }
      }
      return result;
    };
    return eq::linearization{std::move(x0), std::move(pullback)};
  }
};

static_assert(eq::check_differentiable_score_model<point_cloud>());

}  // namespace

int main() {
  point_cloud prior;
  for (int k = 0; k < 8; ++k) {
    const double angle = std::numbers::pi / 4 * k;
    prior.points.push_back({static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))});
  }

  // We see x + 0.3 noise, and nothing of y.
  constexpr double sigma_y = 0.3, observed = 0.8;
  constexpr std::size_t samples = 4000;
  const eq::measurement::inpainting first_coordinate{X({1, 1, 1, 2}, {1.0F, 0.0F})};
  X y({samples, 1, 1, 2}, 0.0F);
  for (std::size_t b = 0; b < samples; ++b) y(b, 0, 0, 0) = observed;

  // grad log p(y | x0) = A^T (y - A x0) / sigma_y^2; the stepper turns a shift of the score into b^2 / a of it, which
  // `squared_norm` with a constant step size replaces by one number.
  const eq::likelihood::dps_settings settings{.step_size = 0.3, .objective = eq::likelihood::objective::squared_norm};
  const eq::sampler solver{prior, eq::likelihood::dps{first_coordinate, y, settings},
                           eq::schedule::vp_linear{.steps = 100}, eq::stepper::ddim{.eta = 1}};
  const X x = solver.sample(eq::seed{1});

  std::vector<double> drawn(8), exact(8);
  double sum = 0;
  for (std::size_t b = 0; b < samples; ++b) {
    std::size_t nearest = 0;
    double best = 1e300;
    for (std::size_t k = 0; k < 8; ++k) {
      const double distance = std::hypot(x(b, 0, 0, 0) - prior.points[k][0], x(b, 0, 0, 1) - prior.points[k][1]);
      if (distance < best) best = distance, nearest = k;
    }
    drawn[nearest] += 1.0 / samples;
  }
  for (std::size_t k = 0; k < 8; ++k) {
    sum += exact[k] = std::exp(-std::pow(observed - prior.points[k][0], 2) / (2 * sigma_y * sigma_y));
  }
  std::printf("  point            exact   drawn by DPS\n");
  for (std::size_t k = 0; k < 8; ++k) {
    std::printf("  (%5.2f, %5.2f)   %6.3f   %6.3f\n", prior.points[k][0], prior.points[k][1], exact[k] / sum, drawn[k]);
  }
}
