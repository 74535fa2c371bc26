// SPDX-License-Identifier: BSD-3-Clause
// What every stepper promises, held over all of them.
#include <equireg/schedule/karras.hpp>
#include <equireg/schedule/rectified_flow.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/stepper/ddim.hpp>
#include <equireg/stepper/ddpm.hpp>
#include <equireg/stepper/dpm_solver_pp.hpp>
#include <equireg/stepper/euler.hpp>
#include <equireg/stepper/heun.hpp>
#include <equireg/stepper/renoise.hpp>
#include <equireg/stepper/reverse_stepper.hpp>

#include <support/batches.hpp>
#include <support/catch.hpp>
#include <support/gaussian_run.hpp>
#include <support/tolerance.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace steppers_test {

namespace eq = equireg;
namespace stepper = eq::stepper;
using eq::cpu::tensor;
using eq::test::gaussian_prior;
using eq::test::same_bits;

static_assert(eq::check_reverse_stepper<stepper::ddpm, tensor<float>>());
static_assert(eq::check_reverse_stepper<stepper::ddim, tensor<float>>());
static_assert(eq::check_reverse_stepper<stepper::euler, tensor<float>>());
static_assert(eq::check_reverse_stepper<stepper::heun, tensor<float>>());
static_assert(eq::check_reverse_stepper<stepper::dpm_solver_pp, tensor<float>>());
static_assert(eq::check_reverse_stepper<stepper::renoise, tensor<float>>());
static_assert(eq::check_reverse_stepper<stepper::heun, tensor<double>>());
static_assert(eq::check_reverse_stepper<stepper::dpm_solver_pp, tensor<double>>());

namespace {

// Steppers that draw noise, and steppers that do not.
template <class F>
void for_each_noisy(const F& f) {
  f(stepper::ddpm{});
  f(stepper::ddpm{.variance = stepper::ddpm::fixed_large});
  f(stepper::ddim{.eta = 1});
  f(stepper::ddim{.eta = 0.5});
  f(stepper::ddim{.eta = 0.5, .rule = stepper::eta_rule::simple});
  f(stepper::renoise{});
  f(stepper::renoise{.fresh = 0.3});
  f(stepper::euler{.churn = 5});
  f(stepper::heun{.churn = 5});
}
template <class F>
void for_each_quiet(const F& f) {
  f(stepper::ddim{});
  f(stepper::ddim{.eta = 0, .rule = stepper::eta_rule::simple});
  f(stepper::renoise{.fresh = 0});
  f(stepper::euler{});
  f(stepper::heun{});
  f(stepper::dpm_solver_pp{});
}
template <class F>
void for_each_stepper(const F& f) {
  for_each_noisy(f);
  for_each_quiet(f);
}

std::vector<std::vector<eq::noise_level>> all_levels() {
  return {eq::schedule::vp_linear{.steps = 12}.levels(), eq::schedule::karras{.steps = 12}.levels(),
          eq::schedule::rectified_flow{.steps = 12}.levels()};
}

template <class T>
tensor<T> normal(const eq::shape& s, std::uint32_t stream, std::uint64_t first_sample = 0) {
  tensor<T> x(s);
  fill_normal(x, eq::noise_address{11, stream, eq::purpose::user, first_sample});
  return x;
}

// x0 is the same whatever x is.
template <class T>
struct constant_estimate {
  tensor<T> x0;
  eq::guided_estimate<tensor<T>, eq::absent> operator()(const tensor<T>&, const eq::noise_level&) const {
    return {x0, {}};
  }
};

// The prior's estimate with a shift.
template <class T>
struct shifted_estimate {
  tensor<T> shift;
  eq::guided_estimate<tensor<T>, tensor<T>> operator()(const tensor<T>& x, const eq::noise_level& level) const {
    return {gaussian_prior{}(x, level).x0, shift};
  }
};

}  // namespace

TEST_CASE("the step to data returns the estimate exactly", "[stepper]") {
  const eq::shape s{3, 1, 2, 5};
  const constant_estimate<float> estimate{normal<float>(s, 0)};
  for (const auto& levels : all_levels()) {
    for_each_stepper([&](const auto& each) {
      auto memory = each.template start<tensor<float>>();
      tensor<float> x = normal<float>(s, 1);
      each.advance(memory, x, estimate, eq::reverse_step{levels[11], levels[12], 11, 12, 5, 0});
      CHECK(same_bits(x, estimate.x0));
      x = normal<float>(s, 1);
      CHECK(same_bits(eq::test::walk(each, std::move(x), levels, estimate, 5), estimate.x0));
    });
  }
}

TEST_CASE("the shift is added to the next state once", "[stepper]") {
  const eq::shape s{3, 2, 3, 5};
  const tensor<float> shift = normal<float>(s, 2);
  for (const auto& levels : all_levels()) {
    for (const std::size_t i : {std::size_t{0}, std::size_t{4}, std::size_t{11}}) {
      const eq::reverse_step step{levels[i], levels[i + 1], i, 12, 5, 0};
      for_each_stepper([&](const auto& each) {
        auto memory = each.template start<tensor<float>>(), same_memory = each.template start<tensor<float>>();
        tensor<float> x = normal<float>(s, 3), shifted = x;
        each.advance(memory, x, gaussian_prior{}, step);
        each.advance(same_memory, shifted, shifted_estimate<float>{shift}, step);
        transform(
            x, [](float v, float u) { return v + u; }, x, shift);
        CHECK(same_bits(shifted, x));
      });
    }
  }
}

TEST_CASE("a second step shifts once as well", "[stepper]") {
  const auto levels = eq::schedule::vp_linear{.steps = 12}.levels();
  const eq::shape s{2, 1, 3, 5};
  const tensor<double> shift = normal<double>(s, 2);
  for_each_stepper([&](const auto& each) {
    auto memory = each.template start<tensor<double>>();
    tensor<double> x = normal<double>(s, 3);
    each.advance(memory, x, gaussian_prior{}, eq::reverse_step{levels[0], levels[1], 0, 12, 5, 0});
    auto same_memory = memory;
    tensor<double> shifted = x;
    const eq::reverse_step step{levels[1], levels[2], 1, 12, 5, 0};
    each.advance(memory, x, gaussian_prior{}, step);
    each.advance(same_memory, shifted, shifted_estimate<double>{shift}, step);
    transform(
        x, [](double v, double u) { return v + u; }, x, shift);
    CHECK(same_bits(shifted, x));
  });
}

TEST_CASE("a step returns the sum of magnitudes of what it wrote", "[stepper]") {
  const eq::shape s{3, 2, 33, 40};
  for (const auto& levels : all_levels()) {
    for_each_stepper([&](const auto& each) {
      auto memory = each.template start<tensor<float>>();
      tensor<float> x = normal<float>(s, 1);
      for (std::size_t i = 0; i < 2; ++i) {
        const tensor<float> sums =
            each.advance(memory, x, gaussian_prior{}, eq::reverse_step{levels[i], levels[i + 1], i, 12, 5, 0});
        REQUIRE(sums.shape() == eq::shape{3, 1, 1, 1});
        for (std::size_t b = 0; b < 3; ++b) {
          long double expected = 0;
          for (const float v : x.sample(b)) expected += std::abs(v);
          CHECK(eq::test::close(sums.values()[b], static_cast<double>(expected), eq::test::tolerance<float>::rounding));
        }
      }
    });
  }
}

TEST_CASE("the same seed gives the same bits, however the batch is split", "[stepper]") {
  const eq::shape whole{5, 1, 3, 7};
  for (const auto& levels : all_levels()) {
    for_each_stepper([&](const auto& each) {
      const tensor<float> all = eq::test::walk(each, normal<float>(whole, 1), levels, gaussian_prior{}, 5);
      CHECK(same_bits(all, eq::test::walk(each, normal<float>(whole, 1), levels, gaussian_prior{}, 5)));
      for (const auto& [first, count] : {std::pair{0, 2}, std::pair{2, 3}}) {
        const auto at = static_cast<std::size_t>(first);
        const tensor<float> part =
            eq::test::walk(each, normal<float>(whole.with_batch(static_cast<std::size_t>(count)), 1, at), levels,
                           gaussian_prior{}, 5, at);
        CHECK(std::equal(part.values().begin(), part.values().end(), all.sample(at).begin()));
      }
    });
  }
}

TEST_CASE("noise depends on the seed, and without noise nothing does", "[stepper]") {
  const eq::shape s{2, 1, 3, 7};
  for (const auto& levels : all_levels()) {
    for_each_quiet([&](const auto& each) {
      const tensor<float> x = eq::test::walk(each, normal<float>(s, 1), levels, gaussian_prior{}, 5);
      CHECK(same_bits(x, eq::test::walk(each, normal<float>(s, 1), levels, gaussian_prior{}, 6)));
    });
    for_each_noisy([&](const auto& each) {
      const tensor<float> x = eq::test::walk(each, normal<float>(s, 1), levels, gaussian_prior{}, 5);
      CHECK_FALSE(same_bits(x, eq::test::walk(each, normal<float>(s, 1), levels, gaussian_prior{}, 6)));
    });
  }
}

}  // namespace steppers_test
