// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>
#include <support/counting.hpp>
#include <support/foreign.hpp>
#include <support/guidance.hpp>
#include <support/map_laws.hpp>
#include <support/random_operator.hpp>
#include <support/tolerance.hpp>

#include <equireg/likelihood/ddnm_plus.hpp>
#include <equireg/likelihood/ddrm.hpp>
#include <equireg/measurement/decomposed.hpp>
#include <equireg/measurement/gaussian_blur.hpp>
#include <equireg/measurement/identity.hpp>
#include <equireg/measurement/measure.hpp>
#include <equireg/noise/gaussian.hpp>
#include <equireg/regularizer/none.hpp>
#include <equireg/sampler/sampler.hpp>
#include <equireg/schedule/karras.hpp>
#include <equireg/schedule/rectified_flow.hpp>
#include <equireg/schedule/vp_linear.hpp>

#include <cmath>
#include <memory>
#include <vector>

namespace ddrm_test {

namespace eq = equireg;
using X = eq::cpu::tensor<double>;
using eq::likelihood::ddnm_plus;
using eq::likelihood::ddnm_plus_settings;
using eq::likelihood::ddrm;
using eq::likelihood::ddrm_settings;

namespace {

const eq::shape sample{1, 1, 3, 4};
const eq::test::sine_prior sine{sample};

/// Eight numbers of twelve pixels: four modes are not observed, the others with singular values of 1 to 6.
const auto& blind() {
  static const eq::measurement::decomposed a{eq::test::random_operator<double>(sample, 8, 21), sample};
  return a;
}
const X singular_values = blind().spectral_form(sample).singular_values();

X normal(const eq::shape& s, std::uint32_t which) { return eq::test::random_tensor<X>(s, which); }
X sum(double a, const X& x, double b, const X& y) { return eq::test::combination(a, x, b, y); }
double difference(const X& a, const X& b) { return eq::test::relative_error(a.values(), b.values()); }
X modes_of(const X& x) { return blind().spectral_form(sample).to_modes(x); }

/// The variance-preserving levels of these sigmas, and the clean one.
struct levels_of {
  std::vector<double> sigmas;
  bool exploding = false;

  [[nodiscard]] std::vector<eq::noise_level> levels() const {
    std::vector<eq::noise_level> list;
    for (const double s : sigmas) {
      list.push_back(exploding ? eq::variance_exploding(s) : eq::variance_preserving(1 / (1 + s * s)));
    }
    list.push_back(eq::clean);
    return list;
  }
};
const levels_of fall{{5, 2, 1, 0.5, 0.2, 0.1, 0.03}};

/// The state after each step.
struct recorder {
  std::vector<X> states = {};
  void on_step(const eq::reverse_step&, const X& x) { states.push_back(x); }
};

/// One step of DDRM in the units of the data, mode by mode. All but the levels are in modes; x is that of x_t / a_t.
X ddrm_by_hand(const X& x, const X& x0, const X& y, const X& z, double sigma_t, double sigma_s,
               const ddrm_settings& set) {
  X next(x.shape());
  const std::size_t n = singular_values.size();
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double s = singular_values.data()[i % n], hat = x0.data()[i], fresh = z.data()[i];
    const double kept = std::sqrt(1 - set.eta * set.eta), told = y.data()[i];
    double& to = next.data()[i];
    if (s == 0) {
      to = hat + kept * sigma_s * (x.data()[i] - hat) / sigma_t + set.eta * sigma_s * fresh;
    } else if (sigma_s < set.sigma_y / s) {
      to = hat + kept * sigma_s * (told - hat) / (set.sigma_y / s) + set.eta * sigma_s * fresh;
    } else {
      const double variance = sigma_s * sigma_s - std::pow(set.eta_b * set.sigma_y / s, 2);
      to = (1 - set.eta_b) * hat + set.eta_b * told + std::sqrt(variance) * fresh;
    }
  }
  return next;
}

/// One step of DDNM+, mode by mode, in the units of the states.
X ddnm_plus_by_hand(const X& x, const X& x0, const X& y, const X& z, const eq::noise_level& from,
                    const eq::noise_level& to, const ddnm_plus_settings& set) {
  X next(x.shape());
  const std::size_t n = singular_values.size();
  const double a = to.signal, b = to.noise, kept = std::sqrt(1 - set.eta * set.eta);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double s = singular_values.data()[i % n], hat = x0.data()[i];
    double lambda = 0, d1 = set.eta * b, d2 = kept * b;
    if (s > 0) {
      const double error = a * set.sigma_y / s;
      lambda = b >= error ? 1 : s * b * kept / (a * set.sigma_y);
      d1 = b >= error ? std::sqrt(b * b - error * error) : set.eta * b;
      d2 = 0;
    }
    const double eps = (x.data()[i] - from.signal * hat) / from.noise;
    next.data()[i] = a * (hat - lambda * (hat - y.data()[i])) + d1 * z.data()[i] + d2 * eps;
  }
  return next;
}

/// One step of a likelihood that makes steps.
template <class Likelihood, class Score>
X step_of(const Likelihood& solver, const Score& score, X x, const eq::reverse_step& step) {
  auto memory = solver.template start<X>();
  solver.advance(
      memory, x,
      [&](const X& x_t, const eq::noise_level& at) {
        return solver.estimate(score, eq::regularizer::none{}, x_t, at, step);
      },
      step);
  return x;
}

}  // namespace

TEST_CASE("the steps of ddrm and ddnm_plus are the published ones in every direction",
          "[likelihood][ddrm][ddnm_plus]") {
  const eq::shape batch = sample.with_batch(3);
  const X x = normal(batch, 1), y = normal(blind()(x).shape(), 2), told = blind().spectral_form(sample).measured(y);
  const ddrm_settings settings{.sigma_y = 0.4, .eta = 0.7, .eta_b = 0.6};
  const ddnm_plus_settings plus{.sigma_y = 0.4, .eta = 0.7};
  const ddrm solver{blind(), y, settings};
  const ddnm_plus solver_plus{blind(), y, plus};
  std::size_t known = 0, doubtful = 0, unseen = 0;
  for (std::size_t k = 0; k + 1 < fall.levels().size(); ++k) {
    const eq::reverse_step step{fall.levels()[k], fall.levels()[k + 1], k, 7, 11, 0};
    const double a_t = step.from.signal, a_s = step.to.signal;
    X z(batch);
    fill_normal(z, step.noise(eq::purpose::likelihood));
    const X x0 = modes_of(sine.denoise(x, step.from)), modes = modes_of(x);
    const X state = sum(1 / a_t, modes, 0, modes);
    const X expected = ddrm_by_hand(state, x0, told, z, step.from.sigma(), step.to.sigma(), settings);
    CHECK(difference(modes_of(step_of(solver, sine, x, step)), sum(a_s, expected, 0, expected)) < 1e-11);
    CHECK(difference(modes_of(step_of(solver_plus, sine, x, step)),
                     ddnm_plus_by_hand(modes, x0, told, z, step.from, step.to, plus)) < 1e-11);
    for (const double s : singular_values.values()) {
      ++(s == 0 ? unseen : step.to.sigma() < 0.4 / s ? doubtful : known);
    }
  }
  CHECK((known > 9 && doubtful > 9 && unseen == 28));  // all three kinds of directions have been there
}

TEST_CASE("where the prior knows x0, a state of ddrm or ddnm_plus is x0 with exactly the level's noise",
          "[likelihood][ddrm][ddnm_plus]") {
  const std::size_t count = 4096;
  const eq::test::white_prior<X> certain{sample, 0.3, 0.0};
  const X x0(sample.with_batch(count), 0.3), truth = modes_of(X(sample, 0.3));
  const double sigma_y = 0.4;
  const X y = eq::measurement::measure(blind(), x0, eq::noise::gaussian{sigma_y}, {5, 0, eq::purpose::measurement, 0});
  const auto check = [&](const auto& likelihood) {
    const eq::sampler solver{certain, likelihood, fall};
    recorder seen;
    const eq::noise_level first = solver.levels().front();
    solver.sample_from(sum(first.signal, x0, first.noise, normal(x0.shape(), 7)), 0, {3}, seen);
    for (std::size_t k = 0; k < seen.states.size(); ++k) {
      const eq::noise_level& at = solver.levels()[k + 1];
      const X modes = modes_of(seen.states[k]);
      const double variance = at.sigma() * at.sigma();
      for (std::size_t i = 0; i < truth.size(); ++i) {
        double mean = 0, square = 0;
        for (std::size_t b = 0; b < count; ++b) {
          const double error = modes.sample(b)[i] / at.signal - truth.data()[i];
          mean += error / count;
          square += error * error / count;
        }
        CHECK(eq::test::within_standard_errors(mean, 0, std::sqrt(variance / count) + 1e-12));
        CHECK(eq::test::within_standard_errors(square, variance, variance * std::sqrt(2.0 / count) + 1e-12));
      }
    }
  };
  check(ddrm{blind(), y, {.sigma_y = sigma_y}});
  check(ddrm{blind(), y, {.sigma_y = sigma_y, .eta = 0.3, .eta_b = 0.5}});
  check(ddnm_plus{blind(), y, {.sigma_y = sigma_y}});
}

TEST_CASE("ddrm begins with what y knows, and with noise where it knows less", "[likelihood][ddrm]") {
  const std::size_t count = 4096;
  const X one = normal({1, 1, 1, 8}, 2);
  X y({count, 1, 1, 8});
  transform(y, [](double v) { return v; }, eq::broadcast{one});
  const X told = blind().spectral_form(sample).measured(one);
  const double sigma_y = 3, sigma = 1.2;  // some directions are observed worse than sigma
  const ddrm solver{blind(), y, {.sigma_y = sigma_y, .eta_b = 0.5}};
  const eq::noise_level level = eq::variance_preserving(1 / (1 + sigma * sigma));
  const X z = normal(sample.with_batch(count), 5);
  X x = sum(level.noise, z, 0, z);
  solver.begin(x, level);
  const X modes = modes_of(x);
  std::size_t known = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const double s = singular_values.data()[i];
    const bool observed = s * sigma > sigma_y;
    known += observed ? 1 : 0;
    const double truth = observed ? told.data()[i] : 0.0;
    const double variance = sigma * sigma - (observed ? std::pow(sigma_y / s, 2) : 0.0);
    double mean = 0, square = 0;
    for (std::size_t b = 0; b < count; ++b) {
      const double error = modes.sample(b)[i] / level.signal - truth;
      mean += error / count;
      square += error * error / count;
    }
    CHECK(eq::test::within_standard_errors(mean, 0, std::sqrt(variance / count)));
    CHECK(eq::test::within_standard_errors(square, variance, variance * std::sqrt(2.0 / count)));
  }
  CHECK((known > 1 && known < 8));
  // From pure noise y does not show.
  X pure = z;
  solver.begin(pure, eq::rectified(1));
  CHECK(difference(pure, z) < 1e-13);
}

TEST_CASE("the mean of a run with a Gaussian prior is the run of the means", "[likelihood][ddrm][ddnm_plus]") {
  const std::size_t count = 4096;
  const eq::test::white_prior<X> prior{sample, 0.3, 2.0};
  const X one = normal({1, 1, 1, 8}, 2);
  X y({count, 1, 1, 8});
  transform(y, [](double v) { return v; }, eq::broadcast{one});
  const X told = blind().spectral_form(sample).measured(one);
  const double sigma_y = 0.4;
  X zero(sample, 0.0);
  const auto check_mean = [&](const X& x, const X& expected) {
    const X modes = modes_of(x);
    for (std::size_t i = 0; i < sample.size(); ++i) {
      double mean = 0, square = 0;
      for (std::size_t b = 0; b < count; ++b) mean += modes.sample(b)[i] / count;
      for (std::size_t b = 0; b < count; ++b) square += std::pow(modes.sample(b)[i] - mean, 2) / (count - 1);
      CHECK(eq::test::within_standard_errors(mean, expected.data()[i], std::sqrt(square / count) + 1e-12));
    }
  };
  const auto levels = fall.levels();
  const auto mean_x0 = [&](const X& modes, const eq::noise_level& at) {
    return modes_of(prior.denoise(blind().spectral_form(sample).from_modes(modes), at));
  };
  SECTION("ddrm") {
    const ddrm_settings settings{.sigma_y = sigma_y, .eta_b = 0.7};
    recorder seen;
    eq::sampler{prior, ddrm{blind(), y, settings}, fall}.sample({3}, seen);
    X mean = told;  // every observed direction is known better than the first level's sigma of 5
    for (std::size_t k = 0; k + 1 < levels.size(); ++k) {
      const X x0 = mean_x0(sum(levels[k].signal, mean, 0, mean), levels[k]);
      mean = ddrm_by_hand(mean, x0, told, zero, levels[k].sigma(), levels[k + 1].sigma(), settings);
      check_mean(seen.states[k], sum(levels[k + 1].signal, mean, 0, mean));
    }
  }
  SECTION("ddnm_plus") {
    const ddnm_plus_settings settings{.sigma_y = sigma_y};
    recorder seen;
    eq::sampler{prior, ddnm_plus{blind(), y, settings}, fall}.sample({3}, seen);
    X mean = zero;
    for (std::size_t k = 0; k + 1 < levels.size(); ++k) {
      mean = ddnm_plus_by_hand(mean, mean_x0(mean, levels[k]), told, zero, levels[k], levels[k + 1], settings);
      check_mean(seen.states[k], mean);
    }
  }
}

TEST_CASE("without noise ddrm and ddnm_plus return an image that y is the measurement of, from any process",
          "[likelihood][ddrm][ddnm_plus]") {
  const X y = normal({3, 1, 1, 8}, 2), image = normal(sample.with_batch(3), 4);
  const auto check = [&](const auto& schedule) {
    CHECK(difference(blind()(eq::sampler{sine, ddrm{blind(), y}, schedule}.sample({3})), y) < 1e-10);
    CHECK(difference(blind()(eq::sampler{sine, ddnm_plus{blind(), y}, schedule}.sample({3})), y) < 1e-10);
    const eq::measurement::identity all{};
    CHECK(difference(eq::sampler{sine, ddrm{all, image}, schedule}.sample({3}), image) < 1e-14);
    CHECK(difference(eq::sampler{sine, ddnm_plus{all, image}, schedule}.sample({3}), image) < 1e-14);
  };
  check(eq::schedule::vp_linear{.steps = 5});
  check(eq::schedule::karras{.steps = 5});
  check(eq::schedule::rectified_flow{.steps = 5});  // begins at a = 0
}

TEST_CASE("ddrm does the same in the units of the data, whatever the process", "[likelihood][ddrm]") {
  const eq::test::white_prior<X> prior{sample, 0.3, 2.0};
  const ddrm likelihood{blind(), normal({3, 1, 1, 8}, 2), {.sigma_y = 0.4, .eta_b = 0.8}};
  levels_of exploding = fall;
  exploding.exploding = true;
  CHECK(difference(eq::sampler{prior, likelihood, fall}.sample({3}),
                   eq::sampler{prior, likelihood, exploding}.sample({3})) < 1e-12);
}

TEST_CASE("a penalty takes one step from the x0 that the singular vectors of A have moved, where it is active",
          "[likelihood][ddrm][ddnm_plus]") {
  const X x = normal(sample.with_batch(3), 1), y = normal({3, 1, 1, 8}, 2);
  eq::reverse_step step{fall.levels()[2], fall.levels()[3], 0, 7, 11, 0};
  const auto check = [&](const auto& solver) {
    const X moved = solver.estimate(sine, eq::regularizer::none{}, x, step.from, step).x0;
    step.index = 0;
    const X less = sum(1 - 0.7, moved, 0, moved);  // grad R = 0.7 x0
    CHECK(difference(solver.estimate(sine, eq::test::ridge{}, x, step.from, step).x0, less) < 1e-13);
    step.index = 1;
    CHECK(difference(solver.estimate(sine, eq::test::ridge{}, x, step.from, step).x0, moved) == 0);
    CHECK(difference(moved, sine.denoise(x, step.from)) > 1e-2);
  };
  check(ddrm{blind(), y, {.sigma_y = 0.4}});
  check(ddnm_plus{blind(), y, {.sigma_y = 0.4}});
}

TEST_CASE("a run of n steps of ddrm or ddnm_plus costs n scores, and neither pullbacks nor operators",
          "[likelihood][ddrm][ddnm_plus]") {
  const auto count = std::make_shared<eq::test::calls>();
  const eq::test::counting_score<eq::test::sine_prior> score{sine, count};
  const eq::test::counting_operator<std::remove_cvref_t<decltype(blind())>> a{blind(), count};
  const auto check = [&](const auto& likelihood) {
    const eq::sampler solver{score, likelihood, eq::schedule::vp_linear{.steps = 6}};
    *count = {};  // without the evaluation that checks shapes
    solver.sample({3});
    CHECK(*count == eq::test::calls{.scores = 6});
  };
  check(ddrm{a, normal({3, 1, 1, 8}, 2), {.sigma_y = 0.4}});
  check(ddnm_plus{a, normal({3, 1, 1, 8}, 2), {.sigma_y = 0.4}});
}

TEST_CASE("a batch of ddrm or ddnm_plus is as many runs of one", "[likelihood][ddrm][ddnm_plus]") {
  const X y = normal({3, 1, 1, 8}, 2);
  const auto check = [&](const auto& make) {
    const X together = eq::sampler{sine, make(y), fall}.sample({3});
    for (std::size_t b = 0; b < 3; ++b) {
      const eq::sampler alone{sine, make(eq::test::only(y, b)), fall, eq::sampler_options{.first_sample = b}};
      CHECK(difference(alone.sample({3}), eq::test::only(together, b)) < 1e-12);
    }
  };
  check([](const X& data) { return ddrm{blind(), data, {.sigma_y = 0.4}}; });
  check([](const X& data) { return ddnm_plus{blind(), data, {.sigma_y = 0.4}}; });
}

TEST_CASE("in float a blurred image comes back as sharp as its modes above the cut are", "[likelihood][ddrm]") {
  using F = eq::cpu::tensor<float>;
  const eq::test::white_prior<F> prior{{1, 1, 16, 12}, 0.0, 1.0};
  const eq::measurement::gaussian_blur blur{.sigma = 1.0};
  const F y = blur(eq::test::random_tensor<F>({2, 1, 16, 12}, 1));
  const F x = eq::sampler{prior, ddrm{blur, y}, eq::schedule::vp_linear{.steps = 10}}.sample({3});
  CHECK(eq::test::relative_error(blur.pseudo_inverse(blur(x)).values(), blur.pseudo_inverse(y).values()) < 1e-3);
}

TEST_CASE("ddrm and ddnm_plus refuse bad settings and measurements of another shape", "[likelihood][ddrm][ddnm_plus]") {
  const X y = normal({3, 1, 1, 8}, 2);
  CHECK_THROWS_WITH((ddrm{blind(), y, {.sigma_y = -1}}),
                    eq::test::contains("ddrm: expected sigma_y >= 0, but it is -1"));
  CHECK_THROWS_WITH((ddrm{blind(), y, {.eta = 1.5}}), eq::test::contains("expected eta in [0, 1], but it is 1.5"));
  CHECK_THROWS_WITH((ddrm{blind(), y, {.eta_b = -0.5}}),
                    eq::test::contains("expected eta_b in [0, 1], but it is -0.5"));
  CHECK_THROWS_WITH((ddnm_plus{blind(), y, {.eta = -1}}), eq::test::contains("ddnm_plus: expected eta in [0, 1]"));
  CHECK_THROWS_WITH((eq::sampler{sine, ddrm{eq::measurement::identity{}, y}, fall}),
                    eq::test::contains("equireg::likelihood::ddrm: y has shape (3, 1, 1, 8)"));
}

}  // namespace ddrm_test
