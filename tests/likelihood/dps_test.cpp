// SPDX-License-Identifier: BSD-3-Clause
#include "support/batches.hpp"
#include "support/catch.hpp"
#include "support/foreign.hpp"
#include "support/tolerance.hpp"

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/likelihood/dps.hpp>
#include <equireg/measurement/function.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/measurement/masked.hpp>
#include <equireg/noise/gamma.hpp>
#include <equireg/noise/gaussian.hpp>
#include <equireg/noise/laplace.hpp>
#include <equireg/noise/poisson.hpp>
#include <equireg/noise/poisson_gaussian.hpp>
#include <equireg/noise/salt_and_pepper.hpp>
#include <equireg/noise/stacked.hpp>
#include <equireg/noise/transmission.hpp>
#include <equireg/noise/uniform.hpp>
#include <equireg/regularizer/none.hpp>

#include <cmath>
#include <functional>
#include <limits>

namespace dps_test {

namespace eq = equireg;
using X = eq::cpu::tensor<double>;

namespace {

const eq::shape batch_shape{3, 1, 4, 5};
const eq::noise_level level = eq::variance_preserving(0.4);
const eq::reverse_step first_step{level, eq::variance_preserving(0.6), 0, 10, 1, 0};

X normal(const eq::shape& s, std::uint32_t which) { return eq::test::normal_numbers<X>(s, 99, which); }

/// A prior whose denoiser is not linear, x0 = tanh(x), so that its pullback depends on where it was taken.
struct tanh_prior {
  using tensor_type = X;
  eq::shape sample_shape() const { return batch_shape.with_batch(1); }
  X denoise(const X& x, const eq::noise_level&) const {
    X x0(x.shape());
    transform(x0, [](double v) { return std::tanh(v); }, x);
    return x0;
  }
  auto linearize(const X& x, const eq::noise_level& l) const {
    return eq::linearization{denoise(x, l), [x](const X& v) {
                               X result(v.shape());
                               transform(
                                   result,
                                   [](double u, double w) {
                                     const double t = std::tanh(u);
                                     return (1 - t * t) * w;
                                   },
                                   x, v);
                               return result;
                             }};
  }
};

/// R(x0) = sum x0^4, a penalty with a known gradient.
struct quartic {
  double weight = 0.3;
  bool active(const eq::reverse_step&) const { return true; }
  X value(const X& x0, const eq::reverse_step&) const {
    return reduce([w = weight](double v) { return w * v * v * v * v; }, x0);
  }
  void accumulate(X& q, const X& x0, const eq::reverse_step&, const X& factor) const {
    transform(q, [w = weight](double u, double v, double f) { return u + f * w * 4 * v * v * v; }, q, x0,
              eq::per_sample{factor});
  }
};

/// The shift against -zeta_b times central differences of objective_b(x_t).
template <class Likelihood, class Penalty>
void check_shift(const Likelihood& likelihood, const Penalty& penalty, const X& x, const std::vector<double>& zeta,
                 const std::function<X(const X&)>& objective) {
  const auto estimate = likelihood.estimate(tanh_prior{}, penalty, x, level, first_step);
  const double h = eq::test::tolerance<double>::step;
  for (std::size_t b = 0; b < batch_shape.batch; ++b) {
    for (std::size_t i = 0; i < batch_shape.sample_size(); i += 7) {
      X up = x, down = x;
      up.sample(b)[i] += h;
      down.sample(b)[i] -= h;
      const double slope = (objective(up).data()[b] - objective(down).data()[b]) / (2 * h);
      CHECK(eq::test::close(estimate.shift.sample(b)[i], -zeta[b] * slope, 1e-6, 1.0));
    }
  }
}

X x0_of(const X& x) { return tanh_prior{}.denoise(x, level); }

}  // namespace

TEST_CASE("the shift of dps is the gradient of its objective, by differences", "[likelihood][dps]") {
  const X x = normal(batch_shape, 1), y = normal(batch_shape, 2);
  const eq::regularizer::none none;
  SECTION("norm, linear operator") {
    const eq::likelihood::dps dps{eq::test::amplifier{1.5}, y, {.step_size = 0.7}};
    check_shift(dps, none, x, {0.7, 0.7, 0.7}, [&](const X& v) { return dps.misfit(x0_of(v)); });
  }
  SECTION("norm, operator that is not linear") {
    const eq::likelihood::dps dps{eq::test::squarer{}, y, {.step_size = 0.7}};
    check_shift(dps, none, x, {0.7, 0.7, 0.7}, [&](const X& v) { return dps.misfit(x0_of(v)); });
  }
  SECTION("squared norm") {
    const eq::likelihood::dps dps{
        eq::test::squarer{}, y, {.step_size = 0.2, .objective = eq::likelihood::objective::squared_norm}};
    check_shift(dps, none, x, {0.2, 0.2, 0.2}, [&](const X& v) { return dps.misfit(x0_of(v)); });
  }
  SECTION("one step size for each sample") {
    eq::likelihood::dps dps{eq::test::amplifier{}, y};
    dps.with_step_sizes(X({3, 1, 1, 1}, {0.1, 0.0, 2.0}));
    check_shift(dps, none, x, {0.1, 0.0, 2.0}, [&](const X& v) { return dps.misfit(x0_of(v)); });
  }
  SECTION("with a penalty, which the same step size multiplies") {
    const eq::likelihood::dps dps{eq::test::amplifier{}, y, {.step_size = 0.7}};
    check_shift(dps, quartic{}, x, {0.7, 0.7, 0.7}, [&](const X& v) {
      X sum = dps.misfit(x0_of(v));
      add_scaled(sum, 1.0, quartic{}.value(x0_of(v), first_step));
      return sum;
    });
  }
  SECTION("inpainting, whose residual takes one pass") {
    X mask({1, 1, 4, 5}, 1.0);
    mask(0, 0, 1, 2) = mask(0, 0, 3, 3) = 0;
    const eq::measurement::inpainting operator_{mask};
    const eq::likelihood::dps dps{operator_, operator_(y), {.step_size = 0.7}};
    check_shift(dps, none, x, {0.7, 0.7, 0.7}, [&](const X& v) { return dps.misfit(x0_of(v)); });
  }
}

TEST_CASE("with Poisson noise dps weights the residual by the data", "[likelihood][dps]") {
  const X x = normal(batch_shape, 1);
  X y(batch_shape);
  transform(y, [](double v) { return 0.5 + v * v; }, normal(batch_shape, 2));
  const eq::noise::poisson noise{};
  const eq::likelihood::dps dps{eq::test::squarer{}, y, {.step_size = 0.3}, noise};
  check_shift(dps, eq::regularizer::none{}, x, {0.3, 0.3, 0.3}, [&](const X& v) { return dps.misfit(x0_of(v)); });
  const X weights = noise.weights(y);
  const X x0 = x0_of(x);
  double expected = 0;
  for (std::size_t i = 0; i < batch_shape.sample_size(); ++i) {
    const double r = y.sample(0)[i] - x0.sample(0)[i] * x0.sample(0)[i];
    expected += weights.sample(0)[i] * r * r;
  }
  CHECK(eq::test::close(dps.misfit(x0).data()[0], std::sqrt(expected), 1e-12));
}

namespace {

/// Noise of which nothing is known.
struct unknown_noise {
  static constexpr bool weighted = false;
};

constexpr auto likelihood_objective = eq::likelihood::objective::negative_log_likelihood;

/// dps with data of this noise: its shift by differences of -log p(y | A(x0)), of the weighted norm and of its square.
template <class Noise>
void check_noise(const Noise& noise) {
  const X x = normal(batch_shape, 1);
  const eq::test::squarer measurement;  // intensities and line integrals in [0, 1)
  const X y = noise.sample(measurement(x0_of(normal(batch_shape, 2))), {5, 0, eq::purpose::measurement, 0});
  const eq::regularizer::none none;
  if constexpr (eq::is_flat<Noise>) {
    CHECK_THROWS_WITH((eq::likelihood::dps{measurement, y, {.objective = likelihood_objective}, noise}),
                      eq::test::contains("likelihood is flat: choose objective::norm"));
  } else {
    const eq::likelihood::dps dps{measurement, y, {.step_size = 0.01, .objective = likelihood_objective}, noise};
    check_shift(dps, none, x, {0.01, 0.01, 0.01}, [&](const X& v) {
      X value = noise.log_likelihood(measurement(x0_of(v)), y);
      transform(value, [](double log_p) { return -log_p; }, value);
      return value;
    });
    const auto expected = to_host(noise.log_likelihood(measurement(x0_of(x)), y));
    CHECK(eq::test::close(dps.misfit(x0_of(x)).data()[1], -expected[1], 1e-12));
  }
  for (const auto objective : {eq::likelihood::objective::norm, eq::likelihood::objective::squared_norm}) {
    const eq::likelihood::dps dps{measurement, y, {.step_size = 0.01, .objective = objective}, noise};
    check_shift(dps, none, x, {0.01, 0.01, 0.01}, [&](const X& v) { return dps.misfit(x0_of(v)); });
  }
}

}  // namespace

TEST_CASE("dps descends -log p(y | A(x0)) of each noise model, and its weighted square", "[likelihood][dps]") {
  SECTION("gaussian") { check_noise(eq::noise::gaussian{.sigma = 0.2}); }
  SECTION("poisson") { check_noise(eq::noise::poisson{.gain = 0.1}); }
  SECTION("poisson and gaussian") { check_noise(eq::noise::poisson_gaussian{.gain = 0.1, .sigma = 0.1}); }
  SECTION("laplace") { check_noise(eq::noise::laplace{.scale = 0.1}); }
  SECTION("salt and pepper") { check_noise(eq::noise::salt_and_pepper{.salt = 0.1, .pepper = 0.1, .sigma = 0.1}); }
  SECTION("gamma") { check_noise(eq::noise::gamma{.looks = 3}); }
  SECTION("transmission") { check_noise(eq::noise::transmission{.incident = 100}); }
  SECTION("uniform") { check_noise(eq::noise::uniform{}); }
  SECTION("stacked") {
    check_noise(eq::noise::stacked{{8, 12}, eq::noise::poisson{.gain = 0.1}, eq::noise::laplace{.scale = 0.1}});
  }
}

TEST_CASE("for Gaussian noise the likelihood's step is that of the square over 2 sigma^2", "[likelihood][dps]") {
  const X x = normal(batch_shape, 1), y = normal(batch_shape, 2);
  const eq::noise::gaussian noise{.sigma = 0.2};
  const eq::test::squarer a;
  const eq::likelihood::dps likelihood{a, y, {.step_size = 0.08, .objective = likelihood_objective}, noise};
  const eq::likelihood::dps square{a, y, {.step_size = 1, .objective = eq::likelihood::objective::squared_norm}, noise};
  const auto shift = [&](const auto& dps) {
    return dps.estimate(tanh_prior{}, eq::regularizer::none{}, x, level, first_step).shift;
  };
  CHECK(eq::test::relative_error(shift(likelihood).values(), shift(square).values()) < 1e-13);
}

TEST_CASE("dps takes noise that only weighs, and says so where its likelihood is wanted", "[likelihood][dps]") {
  const X y = normal(batch_shape, 2);
  CHECK_NOTHROW(eq::likelihood::dps{eq::test::amplifier{}, y, {}, unknown_noise{}});
  CHECK_THROWS_WITH(
      (eq::likelihood::dps{eq::test::amplifier{}, y, {.objective = likelihood_objective}, unknown_noise{}}),
      eq::test::contains("lacks log_likelihood or its gradient: choose objective::norm"));
}

TEST_CASE("the dps shift vanishes where the estimate explains the measurement", "[likelihood][dps]") {
  const X x = normal(batch_shape, 1);
  const eq::test::amplifier measurement;
  const eq::likelihood::dps dps{measurement, measurement(x0_of(x))};
  const auto estimate = dps.estimate(tanh_prior{}, eq::regularizer::none{}, x, level, first_step);
  for (const double v : estimate.shift.values()) CHECK(v == 0.0);
}

TEST_CASE("dps refuses a step size that is negative or no number", "[likelihood][dps]") {
  const X y(batch_shape, 0.0);
  CHECK_THROWS_WITH((eq::likelihood::dps{eq::test::amplifier{}, y, {.step_size = -1}}),
                    "equireg::likelihood::dps: expected a step size >= 0, but step_size is -1");
  CHECK_THROWS_AS((eq::likelihood::dps{eq::test::amplifier{}, y, {.step_size = std::nan("")}}), eq::error);
  eq::likelihood::dps dps{eq::test::amplifier{}, y};
  CHECK_THROWS_WITH(dps.with_step_sizes(X({2, 1, 1, 1}, 1.0)),
                    "equireg::likelihood::dps: step_sizes has shape (2, 1, 1, 1), expected (3, 1, 1, 1)");
}

TEST_CASE("dps differentiates a masked measurement that is not linear", "[likelihood][dps]") {
  X mask(batch_shape.with_batch(1), 1.0);
  mask(0, 0, 1, 2) = 0;
  const auto squares = eq::measurement::from_functions(
      [](const X& x) {
        X y(x.shape());
        transform(y, [](double v) { return v * v; }, x);
        return y;
      },
      [](const X& x, const X& v) {
        X g(x.shape());
        transform(g, [](double u, double w) { return 2 * u * w; }, x, v);
        return g;
      });
  const auto measurement = eq::measurement::masked(squares, mask);
  const X x = normal(batch_shape, 1), d = normal(batch_shape, 2);
  const eq::likelihood::dps likelihood{measurement, normal(batch_shape, 3), {.step_size = 1}};
  const tanh_prior prior;
  const auto estimate = likelihood.estimate(prior, eq::regularizer::none{}, x, level, first_step);
  const auto misfit = [&](double h) {
    X moved(x.shape());
    transform(moved, [h](double v, double w) { return v + h * w; }, x, d);
    return likelihood.misfit(prior.denoise(moved, level));
  };
  const X up = misfit(1e-5), down = misfit(-1e-5), slope = dot(estimate.shift, d);
  for (std::size_t b = 0; b < 3; ++b) {
    CHECK(eq::test::close(slope.data()[b], -(up.data()[b] - down.data()[b]) / 2e-5, 1e-6));
  }
}

TEST_CASE("the published step sizes of dps are there, and where there is none the error says so", "[likelihood][dps]") {
  using eq::likelihood::dps_settings, eq::likelihood::task;
  CHECK(dps_settings::published(task::random_inpainting).step_size == 0.5);
  CHECK(dps_settings::published(task::motion_blur).step_size == 0.3);
  CHECK(dps_settings::published(task::phase_retrieval).step_size == 1.0);
  CHECK_THROWS_WITH(dps_settings::published(task::box_inpainting), eq::test::contains("no step size for box inpainting"));
}

}  // namespace dps_test
