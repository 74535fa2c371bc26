// SPDX-License-Identifier: BSD-3-Clause
#include "support/batches.hpp"
#include "support/catch.hpp"
#include "support/counting.hpp"
#include "support/foreign.hpp"
#include "support/gaussian_law.hpp"
#include "support/gaussian_run.hpp"
#include "support/guidance.hpp"
#include "support/random_operator.hpp"
#include "support/tolerance.hpp"

#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/inner/metropolis.hpp>
#include <equireg/likelihood/pnp_dm.hpp>
#include <equireg/measurement/identity.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/regularizer/none.hpp>
#include <equireg/sampler/sampler.hpp>
#include <equireg/schedule/annealed.hpp>
#include <equireg/schedule/rectified_flow.hpp>
#include <equireg/stepper/ddim.hpp>

#include <cmath>
#include <memory>
#include <vector>

namespace pnp_dm_test {

namespace eq = equireg;
using X = eq::cpu::tensor<double>;
using eq::likelihood::pnp_dm;
using eq::likelihood::pnp_dm_settings;
using eq::likelihood::task;
using eq::test::check_law;
using eq::test::close;
using eq::test::law;
using eq::test::preserving;

namespace {

const eq::test::white_prior<X> prior{{1, 1, 2, 2}, 0.3, 0.5};
const eq::shape pictures{20, 1, 32, 32};
const eq::test::white_prior<X> picture_prior{pictures.with_batch(1), prior.mean, prior.variance};
const eq::schedule::annealed annealing{.steps = 12, .sigma_min = 0.2, .sigma_max = 2, .decay = 0.7};
const eq::schedule::karras coarse{.steps = 20, .sigma_min = 0.01, .sigma_max = 10};
const eq::regularizer::none none;

X normal(const eq::shape& s, std::uint32_t which) { return eq::test::normal_numbers<X>(s, 99, which); }

/// A x = 1.5 x that does not say that it is linear.
struct secretly_linear {
  X operator()(const X& x) const { return eq::test::amplifier{1.5}(x); }
  auto linearize(const X& x) const {
    return eq::linearization{(*this)(x), [](const X& v) { return eq::test::amplifier{1.5}(v); }};
  }
};

/// The law of x after a run with A x = a x, where every number of y is the same: its rounds by hand.
law law_of_run(const std::vector<eq::noise_level>& levels, const eq::schedule::karras& grid, double eta, double a,
               double y, double sigma_y) {
  law x{};
  for (std::size_t k = 0; k + 1 < levels.size(); ++k) {
    const double rho = levels[k].noise, q = a * a / (sigma_y * sigma_y) + 1 / (rho * rho);
    x.move(1 / (rho * rho * q), a * y / (sigma_y * sigma_y * q), 1 / std::sqrt(q));
    std::vector<double> nodes{rho};
    for (const auto& node : grid.levels()) {
      if (node.noise < rho) nodes.push_back(node.noise);
    }
    for (std::size_t i = 0; i + 1 < nodes.size(); ++i) {
      const double t = nodes[i], s = nodes[i + 1], gain = prior.gain(eq::variance_exploding(t));
      const double d = eta * s * std::sqrt(1 - s * s / (t * t)), kept = std::sqrt(s * s - d * d) / t;
      x.move(kept + (1 - kept) * gain, (1 - kept) * (1 - gain) * prior.mean, d);
    }
  }
  return x;
}

}  // namespace

TEST_CASE("the data's draw of pnp_dm has the mean and the covariance of its law", "[likelihood][pnp_dm]") {
  const std::size_t batch = 8000, d = 3;
  const eq::shape s{1, 1, 1, d};
  const auto a = eq::test::random_operator<double>(s, 2, 8);
  const double sigma = 0.4, rho = 0.7;
  const eq::test::vector y{0.3, -1.1}, x{1.0, -0.5, 0.2};
  X data({batch, 1, 1, 2}), centre(s.with_batch(batch));
  for (std::size_t b = 0; b < batch; ++b) {
    std::copy(y.begin(), y.end(), data.sample(b).begin());
    std::copy(x.begin(), x.end(), centre.sample(b).begin());
  }
  const pnp_dm likelihood{a, data, {.sigma_y = sigma}};
  const X w = likelihood.drawn_by_data(centre, rho, none, eq::reverse_step{});
  // Q and its inverse, as dense matrices.
  const auto at = eq::test::transposed(a.matrix);
  const auto q = eq::test::combine(1 / (sigma * sigma), at * a.matrix, 1 / (rho * rho), eq::test::matrix::identity(d));
  const auto covariance = eq::test::inverse(q).first;
  const auto mean = covariance * eq::test::combine(1 / (sigma * sigma), at * y, 1 / (rho * rho), x);
  const auto n = static_cast<double>(batch);
  for (std::size_t i = 0; i < d; ++i) {
    double sum = 0;
    for (std::size_t b = 0; b < batch; ++b) sum += w.sample(b)[i];
    CHECK(eq::test::within_standard_errors(sum / n, mean[i], std::sqrt(covariance(i, i) / n)));
    for (std::size_t j = 0; j <= i; ++j) {
      double product = 0;
      for (std::size_t b = 0; b < batch; ++b) product += (w.sample(b)[i] - mean[i]) * (w.sample(b)[j] - mean[j]);
      const double cij = covariance(i, j);
      const double error = std::sqrt((covariance(i, i) * covariance(j, j) + cij * cij) / n);
      CHECK(eq::test::within_standard_errors(product / n, cij, error));
    }
  }
}

TEST_CASE("the data's draw is the same by the operator's prox and by conjugate gradients", "[likelihood][pnp_dm]") {
  const X x = normal({3, 1, 2, 2}, 1), y = normal({3, 1, 2, 2}, 2);
  const eq::reverse_step step{};
  const X mask({1, 1, 2, 2}, {1.0, 0.0, 1.0, 1.0});
  const auto masked = eq::test::matrix_operator<double>{[] {
                                                          auto m = eq::test::matrix::identity(4);
                                                          m(1, 1) = 0;
                                                          return m;
                                                        }(),
                                                        {1, 1, 2, 2},
                                                        eq::shape{1, 1, 2, 2}};
  const X by_prox = pnp_dm{eq::measurement::inpainting{mask}, y, {.sigma_y = 0.2}}.drawn_by_data(x, 0.5, none, step);
  const X solved = pnp_dm{masked, y, {.sigma_y = 0.2}}.drawn_by_data(x, 0.5, none, step);
  CHECK(eq::test::relative_error(by_prox.values(), solved.values()) < 1e-9);
  // Unobserved pixels are x + rho z.
  CHECK(by_prox.sample(0)[1] != x.sample(0)[1]);
}

TEST_CASE("pnp_dm without noise returns y where A is the identity", "[likelihood][pnp_dm]") {
  const X x = normal({3, 1, 2, 2}, 1), y = normal({3, 1, 2, 2}, 2);
  const pnp_dm likelihood{eq::measurement::identity{}, y, {.sigma_y = 1e-9}};
  const X w = likelihood.drawn_by_data(x, 0.5, none, eq::reverse_step{});
  CHECK(eq::test::relative_error(w.values(), y.values()) < 1e-7);
}

TEST_CASE("a run of pnp_dm has the law of its recursion for a Gaussian prior", "[likelihood][pnp_dm]") {
  const double a = 1.5, y = 1.2, sigma_y = 0.5;
  for (const double eta : {0.0, 1.0}) {
    const pnp_dm likelihood{eq::test::amplifier{a}, X(pictures, y), {.sigma_y = sigma_y, .eta = eta, .grid = coarse}};
    const eq::sampler solver{picture_prior, likelihood, annealing};
    check_law(solver.sample({11}), law_of_run(solver.levels(), coarse, eta, a, y, sigma_y));
  }
}

TEST_CASE("pnp_dm draws from the posterior whose noise rho widens, and from p(x | y) as rho falls",
          "[likelihood][pnp_dm]") {
  // Gibbs sampling of p(x, w | y) leaves x ~ p(x | A x + A rho z + sigma_y z' = y).
  const double a = 1.5, y = 1.2, sigma_y = 0.5, c = prior.variance;
  const auto posterior = [&](double rho) {
    const double precision = 1 / c + a * a / (sigma_y * sigma_y + a * a * rho * rho);
    return law{(prior.mean / c + a * y / (sigma_y * sigma_y + a * a * rho * rho)) / precision, 1 / precision};
  };
  const auto grid = [](std::size_t nodes) {
    return eq::schedule::karras{.steps = nodes, .sigma_min = 0.002, .sigma_max = 10};
  };
  // Ancestral steps lose variance in proportion to their length: what two grids differ by is what the finer one lacks,
  // but for terms of the order of its square.
  for (const double rho : {0.5, 0.05}) {
    const eq::schedule::annealed levels{.steps = 300, .sigma_min = rho, .sigma_max = 1, .decay = 0.8};
    const law run = law_of_run(levels.levels(), grid(400), 1, a, y, sigma_y);
    const law finer = law_of_run(levels.levels(), grid(800), 1, a, y, sigma_y);
    CAPTURE(rho, run.mean, run.variance, finer.variance, posterior(rho).mean, posterior(rho).variance);
    CHECK(close(run.mean, posterior(rho).mean, 1e-4));
    CHECK(close(run.variance, posterior(rho).variance, 0.04));
    CHECK(close(2 * finer.variance - run.variance, posterior(rho).variance, 3e-3));
  }
  CHECK(close(posterior(0.05).mean, posterior(0).mean, 0.01));
  CHECK(close(posterior(0.05).variance, posterior(0).variance, 0.02));
  const eq::schedule::annealed levels{.steps = 60, .sigma_min = 0.1, .sigma_max = 1, .decay = 0.9};
  const pnp_dm likelihood{eq::test::amplifier{a}, X({2, 1, 32, 32}, y), {.sigma_y = sigma_y, .grid = grid(400)}};
  check_law(eq::sampler{picture_prior, likelihood, levels}.sample({11}), posterior(0.1));
}

TEST_CASE("where A is not linear the kernel of pnp_dm settles at the same law", "[likelihood][pnp_dm]") {
  const double sigma = 0.5, rho = 0.4, y = 1.2, x = 0.9, eta = 0.02;
  const eq::shape lone{3000, 1, 1, 1};  // a Metropolis chain is a whole sample
  const pnp_dm_settings settings{.sigma_y = sigma, .iterations = 60, .rate = eta};
  const eq::reverse_step step{};
  const auto check = [&](const auto& likelihood, const eq::shape& s, const auto& penalty, double curvature,
                         double discretised) {
    const double p = 1.5 * 1.5 / (sigma * sigma) + 1 / (rho * rho) + curvature;
    check_law(likelihood.drawn_by_data(X(s, x), rho, penalty, step),
              {(1.5 * y / (sigma * sigma) + x / (rho * rho)) / p, 1 / (p * (1 - discretised * eta * p / 2))});
  };
  check(pnp_dm{secretly_linear{}, X(pictures, y), settings}, pictures, none, 0, 1);
  check(pnp_dm{secretly_linear{}, X(pictures, y), settings}, pictures, eq::test::ridge{}, 0.7, 1);
  check(pnp_dm{secretly_linear{}, X(lone, y), settings, eq::inner::metropolis{}}, lone, none, 0, 0);
  check(pnp_dm{eq::test::amplifier{1.5}, X(pictures, y), settings}, pictures, none, 0, 0);
}

TEST_CASE("after an exact draw of pnp_dm the penalty takes one step, when it is active", "[likelihood][pnp_dm]") {
  const X x = normal({2, 1, 2, 2}, 1), y = normal({2, 1, 2, 2}, 2);
  const pnp_dm likelihood{eq::test::amplifier{}, y};
  eq::reverse_step step{};
  for (const double left : {0.3, 1.0}) {
    const X plain = likelihood.drawn_by_data(x, 0.5, none, step);
    const X pulled = likelihood.drawn_by_data(x, 0.5, eq::test::ridge{}, step);
    for (std::size_t i = 0; i < x.size(); ++i) CHECK(close(pulled.data()[i], left * plain.data()[i], 1e-12));
    ++step.index;
  }
}

TEST_CASE("the prior's step of pnp_dm begins at rho itself and visits the nodes below", "[likelihood][pnp_dm]") {
  const pnp_dm likelihood{eq::test::amplifier{}, X({1, 1, 2, 2}, 0.0)};
  const std::pair<double, std::size_t> counts[] = {{10, 67}, {0.3, 30}, {0.1, 21}, {0.001, 0}};
  for (const auto& [rho, below] : counts) {
    const eq::noise_level level = eq::variance_exploding(rho, rho);
    const auto levels = likelihood.levels_below(level, {level, eq::clean, 0, 1, 1, 0});
    REQUIRE(levels.size() == below + 2);
    CHECK(levels.front() == level);
    CHECK(levels.back() == eq::clean);
    for (std::size_t i = 1; i < levels.size(); ++i) CHECK(levels[i].noise < levels[i - 1].noise);
  }
  // A node that is rho but for rounding is not visited twice.
  const double node = eq::schedule::karras{.steps = 100}.levels()[50].noise;
  const eq::noise_level level = eq::variance_preserving(1 / (1 + node * node));
  const auto levels = likelihood.levels_below(level, {level, eq::clean, 0, 1, 1, 0});
  CHECK(levels.size() == 51);
  CHECK(close(levels[1].signal * levels[1].signal + levels[1].noise * levels[1].noise, 1, 1e-12));
}

TEST_CASE("a run of pnp_dm costs the nodes at and below each rho, and one proximal point a step",
          "[likelihood][pnp_dm]") {
  const auto count = std::make_shared<eq::test::calls>();
  const eq::test::counting_score<eq::test::white_prior<X>> score{prior, count};
  const X y = normal({2, 1, 2, 2}, 2);
  std::size_t nodes = 0;
  for (const auto& level : annealing.levels()) {
    if (level.noise == 0) continue;
    ++nodes;
    for (const auto& node : coarse.levels()) nodes += node.noise > 0 && node.noise < level.noise ? 1 : 0;
  }
  const auto spent = [&](const auto& likelihood) {
    const eq::sampler solver{score, likelihood, annealing};
    *count = {};  // the check of the shapes
    solver.sample({5});
    return *count;
  };
  const eq::test::counting_operator<eq::measurement::identity> linear{{}, count};
  CHECK(spent(pnp_dm{linear, y, {.grid = coarse}}) == eq::test::calls{.scores = nodes, .proxes = 12});
  const eq::test::counting_operator<eq::test::squarer> squares{{}, count};
  CHECK(spent(pnp_dm{squares, y, {.grid = coarse, .iterations = 5, .rate = 1e-5}}) ==
        eq::test::calls{.scores = nodes, .operators = 60, .operator_pullbacks = 60});
}

TEST_CASE("a batch of pnp_dm is as many runs of one", "[likelihood][pnp_dm]") {
  const auto check = [](const auto& a) {
    const X y = normal({3, 1, 2, 2}, 2);
    const pnp_dm_settings settings{.sigma_y = 0.5, .grid = coarse, .iterations = 4, .rate = 1e-3};
    const X whole = eq::sampler{prior, pnp_dm{a, y, settings}, annealing}.sample({5});
    for (std::size_t b = 0; b < 3; ++b) {
      const eq::sampler one{prior, pnp_dm{a, eq::test::only(y, b), settings}, annealing,
                            eq::sampler_options{.first_sample = b}};
      CHECK(eq::test::relative_error(one.sample({5}).values(), eq::test::only(whole, b).values()) < 1e-9);
    }
  };
  check(eq::test::amplifier{1.5});
  check(eq::test::squarer{});
}

TEST_CASE("pnp_dm gives the same samples in every process, and refuses pure noise", "[likelihood][pnp_dm]") {
  const pnp_dm likelihood{eq::test::amplifier{1.5}, normal({3, 1, 2, 2}, 2), {.sigma_y = 0.5, .grid = coarse}};
  const X exploding = eq::sampler{prior, likelihood, annealing}.sample({5});
  const X kept = eq::sampler{prior, likelihood, preserving{annealing}}.sample({5});
  CHECK(eq::test::relative_error(kept.values(), exploding.values()) < 1e-9);
  const eq::sampler straight{prior, likelihood, eq::schedule::rectified_flow{.steps = 5}};
  CHECK_THROWS_WITH(straight.sample({5}), eq::test::contains("equireg::likelihood::pnp_dm: expected levels of finite "
                                                             "sigma, but one has a = 0, b = 1"));
}

TEST_CASE("pnp_dm starts at zero where A is linear, and at white noise elsewhere", "[likelihood][pnp_dm]") {
  const eq::noise_level level = eq::variance_exploding(4, 4);
  const X z = normal({2, 1, 2, 2}, 1);
  const auto begun = [&](const auto& likelihood) {
    X x(z.shape());
    transform(
        x, [](double v) { return 4 * v; }, z);
    likelihood.begin(x, level);
    return x;
  };
  const X first = begun(pnp_dm{eq::test::amplifier{}, z});
  for (const double v : first.values()) CHECK(v == 0);
  CHECK(eq::test::relative_error(begun(pnp_dm{eq::test::squarer{}, z}).values(), z.values()) < 1e-15);
}

TEST_CASE("pnp_dm has the authors' levels, and none where they give none", "[likelihood][pnp_dm]") {
  const auto blur = pnp_dm_settings::published_levels(task::motion_blur);
  CHECK(blur.sigma_max == 10);
  CHECK(blur.sigma_min == 0.3);
  CHECK(blur.decay == 0.9);
  CHECK(blur.steps == 100);
  CHECK(pnp_dm_settings::published_levels(task::phase_retrieval).sigma_min == 0.1);
  CHECK_THROWS_WITH(pnp_dm_settings::published_levels(task::box_inpainting),
                    "equireg::likelihood::pnp_dm: the authors give no levels for box inpainting");
}

TEST_CASE("pnp_dm refuses settings out of range, and y of another shape", "[likelihood][pnp_dm]") {
  const auto make = [](pnp_dm_settings s) { return pnp_dm{eq::test::amplifier{}, X({1, 1, 2, 2}, 0.0), s}; };
  CHECK_THROWS_WITH(make({.sigma_y = 0}), "equireg::likelihood::pnp_dm: expected sigma_y > 0, but it is 0");
  CHECK_THROWS_WITH(make({.eta = 1.5}), eq::test::contains("expected eta in [0, 1], but it is 1.5"));
  CHECK_THROWS_WITH(make({.grid = {.sigma_min = 0}}), eq::test::contains("expected 0 < sigma_min < sigma_max"));
  CHECK_THROWS_WITH(make({.rate = -1}), eq::test::contains("expected a rate >= 0, but it is -1"));
  CHECK_THROWS_WITH((eq::sampler{prior, pnp_dm{eq::test::amplifier{}, X({1, 1, 3, 2}, 0.0)}, annealing}),
                    eq::test::contains("y has shape (1, 1, 3, 2) but the operator returns (1, 1, 2, 2)"));
}

}  // namespace pnp_dm_test
