// SPDX-License-Identifier: BSD-3-Clause
//
// Where the score is exact the sampler must be too: each stepper draws from the prior, and the exact likelihood from
// the posterior, in distribution. The numbers of steps are those at which the steps' own error falls below the
// Monte-Carlo error of 4000 samples.

#include "support/catch.hpp"
#include "support/tolerance.hpp"

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/likelihood/exact.hpp>
#include <equireg/likelihood/unconditional.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/metric/energy_distance.hpp>
#include <equireg/sampler/sampler.hpp>
#include <equireg/schedule/cosine.hpp>
#include <equireg/schedule/karras.hpp>
#include <equireg/schedule/rectified_flow.hpp>
#include <equireg/schedule/ve.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/score/covariance/full.hpp>
#include <equireg/score/gaussian_mixture.hpp>
#include <equireg/stepper/ddim.hpp>
#include <equireg/stepper/ddpm.hpp>
#include <equireg/stepper/dpm_solver_pp.hpp>
#include <equireg/stepper/euler.hpp>
#include <equireg/stepper/heun.hpp>

#include <array>
#include <cmath>
#include <vector>

namespace exactness_test {

namespace eq = equireg;
using X = eq::cpu::tensor<double>;
using mixture = eq::score::gaussian_mixture<eq::score::covariance::full<double>>;

namespace {

constexpr std::size_t count = 4000;

/// Three well separated modes in the plane, of unequal weight and shape.
mixture three_modes() {
  std::vector<eq::score::covariance::full<double>> covariances;
  covariances.emplace_back(X({1, 1, 2, 2}, {0.06, 0.03, 0.03, 0.05}));
  covariances.emplace_back(X({1, 1, 2, 2}, {0.02, 0.0, 0.0, 0.10}));
  covariances.emplace_back(X({1, 1, 2, 2}, {0.08, -0.05, -0.05, 0.08}));
  return {{0.5, 0.3, 0.2}, X({3, 1, 1, 2}, {-1.2, -0.6, 1.3, -0.4, 0.1, 1.4}), covariances};
}

/// What a mixture in the plane is known by.
struct planar_mixture {
  std::vector<double> weights;
  std::vector<std::array<double, 2>> means;
  std::vector<std::array<double, 3>> covariances;  // xx, xy, yy

  std::array<double, 2> mean() const {
    std::array<double, 2> m{};
    for (std::size_t k = 0; k < weights.size(); ++k) {
      for (std::size_t i = 0; i < 2; ++i) m[i] += weights[k] * means[k][i];
    }
    return m;
  }
  std::array<double, 3> covariance() const {
    const auto m = mean();
    std::array<double, 3> c{};
    for (std::size_t k = 0; k < weights.size(); ++k) {
      const double u = means[k][0] - m[0], v = means[k][1] - m[1];
      c[0] += weights[k] * (covariances[k][0] + u * u);
      c[1] += weights[k] * (covariances[k][1] + u * v);
      c[2] += weights[k] * (covariances[k][2] + v * v);
    }
    return c;
  }
};

planar_mixture known(const mixture& m) {
  planar_mixture result{m.weights(), {}, {}};
  for (std::size_t k = 0; k < m.size(); ++k) {
    result.means.push_back({m.means()(k, 0, 0, 0), m.means()(k, 0, 0, 1)});
    const auto c = m.covariances()[k].dense(2);
    result.covariances.push_back({c.data()[0], c.data()[1], c.data()[3]});
  }
  return result;
}

/// p(x | x_0 + sigma e = y) by hand: the first coordinate is observed.
planar_mixture observe_first(const planar_mixture& prior, double y, double sigma) {
  planar_mixture result = prior;
  double sum = 0;
  for (std::size_t k = 0; k < prior.weights.size(); ++k) {
    const auto& [xx, xy, yy] = prior.covariances[k];
    const double v = xx + sigma * sigma, innovation = y - prior.means[k][0];
    result.weights[k] = prior.weights[k] * std::exp(-0.5 * innovation * innovation / v) / std::sqrt(v);
    sum += result.weights[k];
    result.means[k] = {prior.means[k][0] + xx / v * innovation, prior.means[k][1] + xy / v * innovation};
    result.covariances[k] = {xx - xx * xx / v, xy - xx * xy / v, yy - xy * xy / v};
  }
  for (double& w : result.weights) w /= sum;
  return result;
}

/// The mean of f over the samples, against `truth`, within five standard errors.
template <class F>
void check_mean(const X& x, double truth, F&& f) {
  double sum = 0, squares = 0;
  const auto n = static_cast<double>(x.shape().batch);
  for (std::size_t b = 0; b < x.shape().batch; ++b) {
    const double v = f(x(b, 0, 0, 0), x(b, 0, 0, 1));
    sum += v;
    squares += v * v;
  }
  const double mean = sum / n, error = std::sqrt((squares / n - mean * mean) / n);
  INFO("mean " << mean << " truth " << truth << " standard error " << error);
  CHECK(eq::test::within_standard_errors(mean, truth, error));
}

/// Exact draws, and how far apart such sets are by chance: made once, used by every section.
struct reference {
  std::vector<X> draws;
  std::vector<double> distances;

  explicit reference(const mixture& m) {
    for (std::uint64_t i = 0; i < 13; ++i) draws.push_back(m.sample(eq::seed{1000 + i}, count));
    for (std::size_t i = 1; i < draws.size(); ++i) {
      distances.push_back(eq::metric::energy_distance(draws[0], draws[i]));
    }
  }
};

/// Means, covariances and mode weights; and the energy distance to exact draws, against that among exact draws.
void check_distribution(const X& x, const planar_mixture& truth, const reference& exact) {
  const auto m = truth.mean();
  const auto c = truth.covariance();
  check_mean(x, m[0], [](double u, double) { return u; });
  check_mean(x, m[1], [](double, double v) { return v; });
  check_mean(x, c[0], [&](double u, double) { return (u - m[0]) * (u - m[0]); });
  check_mean(x, c[1], [&](double u, double v) { return (u - m[0]) * (v - m[1]); });
  check_mean(x, c[2], [&](double, double v) { return (v - m[1]) * (v - m[1]); });

  // Mode weights: samples count for the component that they most likely came from; exact draws are counted alike.
  const auto component = [&](double u, double v) {
    std::size_t best = 0;
    double largest = -1e300;
    for (std::size_t k = 0; k < truth.weights.size(); ++k) {
      const auto& [xx, xy, yy] = truth.covariances[k];
      const double det = xx * yy - xy * xy, p = u - truth.means[k][0], q = v - truth.means[k][1];
      const double log_density = std::log(truth.weights[k]) - 0.5 * std::log(det) -
                                 0.5 * (yy * p * p - 2 * xy * p * q + xx * q * q) / det;
      if (log_density > largest) largest = log_density, best = k;
    }
    return best;
  };
  for (std::size_t k = 0; k < truth.weights.size(); ++k) {
    if (truth.weights[k] * count < 20) continue;  // too few draws for a standard error
    double share = 0;
    for (const X& draw : exact.draws) {
      for (std::size_t b = 0; b < count; ++b) share += component(draw(b, 0, 0, 0), draw(b, 0, 0, 1)) == k ? 1 : 0;
    }
    share /= static_cast<double>(count * exact.draws.size());
    check_mean(x, share, [&](double u, double v) { return component(u, v) == k ? 1.0 : 0.0; });
  }

  const auto& null = exact.distances;
  double mean = 0, square = 0;
  for (const double v : null) mean += v / static_cast<double>(null.size());
  for (const double v : null) square += (v - mean) * (v - mean) / static_cast<double>(null.size() - 1);
  const double distance = eq::metric::energy_distance(x, exact.draws[0]);
  INFO("energy distance " << distance << ", among exact draws " << mean << " +- " << std::sqrt(square));
  CHECK(distance < mean + 6 * std::sqrt(square));
}

}  // namespace

TEST_CASE("with the exact score every stepper draws from the prior", "[sampler][slow]") {
  const mixture prior = three_modes();
  const planar_mixture truth = known(prior);
  static const reference exact(prior);
  const auto check = [&](const auto& schedule, const auto& stepper) {
    const eq::sampler solver{prior, eq::likelihood::unconditional{count}, schedule, stepper};
    check_distribution(solver.sample(eq::seed{17}), truth, exact);
  };
  const auto linear = eq::schedule::vp_linear{.steps = 1000};
  SECTION("ddpm, 1000 steps of the linear schedule") { check(linear, eq::stepper::ddpm{}); }
  SECTION("ddim(1), 1000 steps of the linear schedule") { check(linear, eq::stepper::ddim{.eta = 1}); }
  SECTION("ddim(0), 500 steps of the cosine schedule") {
    check(eq::schedule::cosine{.steps = 500}, eq::stepper::ddim{.eta = 0});
  }
  SECTION("euler, 500 geometric steps") { check(eq::schedule::ve{.steps = 500}, eq::stepper::euler{}); }
  SECTION("euler, 500 steps of the rectified flow") {
    check(eq::schedule::rectified_flow{.steps = 500}, eq::stepper::euler{});
  }
  SECTION("heun, 60 Karras steps") { check(eq::schedule::karras{.steps = 60}, eq::stepper::heun{}); }
  SECTION("heun with churn, 200 Karras steps") {
    check(eq::schedule::karras{.steps = 200}, eq::stepper::heun{.churn = 40});
  }
  SECTION("dpm-solver++, 100 Karras steps") { check(eq::schedule::karras{.steps = 100}, eq::stepper::dpm_solver_pp{}); }
  SECTION("dpm-solver++, 200 steps of the linear schedule") {
    check(eq::schedule::vp_linear{.steps = 200}, eq::stepper::dpm_solver_pp{});
  }
}

TEST_CASE("the exact likelihood draws from the posterior", "[sampler][exact][slow]") {
  const mixture prior = three_modes();
  const double sigma = 0.4, observed = 0.35;  // all three modes remain possible
  const planar_mixture truth = observe_first(known(prior), observed, sigma);
  std::vector<eq::score::covariance::full<double>> covariances;
  X means({3, 1, 1, 2});
  for (std::size_t k = 0; k < 3; ++k) {
    const auto& [xx, xy, yy] = truth.covariances[k];
    covariances.emplace_back(X({1, 1, 2, 2}, {xx, xy, xy, yy}));
    means(k, 0, 0, 0) = truth.means[k][0];
    means(k, 0, 0, 1) = truth.means[k][1];
  }
  static const reference exact(mixture{truth.weights, means, covariances});

  const eq::measurement::inpainting first{X({1, 1, 1, 2}, {1.0, 0.0})};
  X y({count, 1, 1, 2}, 0.0);
  for (std::size_t b = 0; b < count; ++b) y(b, 0, 0, 0) = observed;
  const eq::likelihood::exact likelihood{prior, first, y, sigma};
  SECTION("ddim(1), 1000 steps of the linear schedule") {
    const eq::sampler solver{prior, likelihood, eq::schedule::vp_linear{.steps = 1000}, eq::stepper::ddim{.eta = 1}};
    check_distribution(solver.sample(eq::seed{17}), truth, exact);
  }
  SECTION("heun, 60 Karras steps") {
    const eq::sampler solver{prior, likelihood, eq::schedule::karras{.steps = 60}, eq::stepper::heun{}};
    check_distribution(solver.sample(eq::seed{17}), truth, exact);
  }
}

}  // namespace exactness_test
