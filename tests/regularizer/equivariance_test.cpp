// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// @brief The equivariance penalty: gradient, zeros, reductions, features that act otherwise, and batches.

#include <support/catch.hpp>
#include <support/foreign_group.hpp>
#include <support/penalty_laws.hpp>
#include <support/test_maps.hpp>

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/group/cyclic_shift.hpp>
#include <equireg/group/dihedral.hpp>
#include <equireg/group/moved_shift.hpp>
#include <equireg/group/published.hpp>
#include <equireg/group/semidirect_product.hpp>
#include <equireg/group/trivial.hpp>
#include <equireg/regularizer/equivariance.hpp>

#include <cmath>
#include <functional>
#include <limits>

namespace equivariance_test {

namespace eq = equireg;
using eq::regularizer::equivariance;
using eq::regularizer::reduction;
using eq::test::contains;
using eq::test::small_network;
using tensor = eq::cpu::tensor<double>;

namespace {

const eq::reverse_step step{.from = eq::variance_exploding(0.7), .to = eq::clean, .index = 3, .total = 10, .seed = 8};
const small_network features{.outputs = 3};
const small_network encoder{.outputs = 2, .stride = 2};

static_assert(eq::check_penalty<equivariance<small_network, eq::group::reflection>, eq::cpu::tensor<float>>());
static_assert(eq::check_penalty<equivariance<small_network, eq::group::rot90>, tensor>());

}  // namespace

TEST_CASE("equivariance has an exact gradient for every group and reduction", "[regularizer][equivariance]") {
  const auto check = [](const auto& f, const auto& group, const eq::shape& s) {
    const tensor x = eq::test::random_image<double>(s, 4);
    for (const reduction kind : {reduction::norm, reduction::squared_norm, reduction::mean_square}) {
      CAPTURE(static_cast<int>(kind), group.order(), s.height, s.width);
      CHECK(eq::test::gradient_is_exact(equivariance{f, group, {.weight = 0.3, .reduction = kind}}, x, step));
    }
  };
  check(features, eq::group::reflection{}, {2, 2, 3, 4});
  check(features, eq::group::reflection{eq::group::axis::vertical}, {2, 2, 3, 4});
  check(features, eq::group::quarter_turns{}, {1, 2, 3, 5});
  check(encoder, eq::group::quarter_turns{}, {2, 1, 4, 6});
  check(encoder, eq::group::dihedral{}, {2, 1, 4, 4});
  check(encoder, eq::group::cyclic_shift({4, 6}, 2), {2, 1, 4, 6});
  check(features, foreign::swapped_halves{}, {2, 2, 3, 4});
  check(features, foreign::transposition{}, {2, 2, 3, 2});
  const eq::group::cyclic_shift shifts({4, 4}, 2);
  check(encoder,
        eq::group::semidirect_product(shifts, eq::group::dihedral{},
                                      eq::group::moved_shift(shifts, eq::group::dihedral{})),
        {2, 1, 4, 4});
}

TEST_CASE("equivariance is the norm of the difference of the two ways round", "[regularizer][equivariance]") {
  const eq::group::quarter_turns turns;
  const eq::group::drawing_from<eq::group::quarter_turns, 3> one_turn{};
  const tensor x = eq::test::random_image<double>({2, 2, 4, 6}, 6);
  tensor e = eq::act(turns, {3}, encoder(x));
  add_scaled(e, -1, encoder(eq::act(turns, {3}, x)));
  const auto squares = to_host(squared_norm(e));
  const auto value = [&](reduction kind) {
    return to_host(equivariance{encoder, one_turn, {.weight = 0.5, .reduction = kind}}.value(x, step));
  };
  const auto n = static_cast<double>(e.shape().sample_size());
  constexpr double rounding = eq::test::tolerance<double>::rounding;
  for (std::size_t b = 0; b < 2; ++b) {
    CHECK(eq::test::close(value(reduction::norm)[b], 0.5 * std::sqrt(squares[b]), rounding));
    CHECK(eq::test::close(value(reduction::squared_norm)[b], 0.5 * squares[b], rounding));
    CHECK(eq::test::close(value(reduction::mean_square)[b], 0.5 * squares[b] / n, rounding));
  }
}

TEST_CASE("equivariance vanishes, with its gradient, for a convolution around the borders that knows no left or right",
          "[regularizer][equivariance]") {
  // Small integers add up without rounding, so that zero means zero.
  const small_network even{
      .outputs = 1, .stride = 1, .circular = true, .squash = false, .kernel = {1, 3, 1, -2, 5, -2, 4, 0, 4}};
  const small_network uneven{
      .outputs = 1, .stride = 1, .circular = true, .squash = false, .kernel = {1, 3, 1, -2, 5, -2, 4, 0, 3}};
  tensor x({2, 1, 4, 5});
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = static_cast<double>(i * i % 7) - 3;
  for (const reduction kind : {reduction::norm, reduction::squared_norm, reduction::mean_square}) {
    const equivariance penalty{even, eq::group::hflip{}, {.reduction = kind}};
    CHECK(eq::test::is_zero(penalty.value(x, step)));
    CHECK(eq::test::is_zero(eq::test::gradient_of(penalty, x, step)));
    CHECK_FALSE(eq::test::is_zero(equivariance{uneven, eq::group::hflip{}, {.reduction = kind}}.value(x, step)));
    const equivariance shifted{uneven, eq::group::cyclic_shift({4, 5}), {.reduction = kind}};
    CHECK(eq::test::is_zero(shifted.value(x, step)));
    CHECK(eq::test::is_zero(eq::test::gradient_of(shifted, x, step)));
  }
}

TEST_CASE("a stride of eight turns a shift by eight into a shift by one", "[regularizer][equivariance]") {
  const small_network coarse{.outputs = 2,
                             .stride = 8,
                             .circular = true,
                             .squash = false,
                             .kernel = {1, 3, 1, -2, 5, -2, 4, 0, 3, 2, 7, 1, 8, 2, 8, 1, 8, 2}};
  tensor x({1, 1, 16, 24});
  for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = static_cast<double>(i * i % 11) - 5;
  const equivariance whole{coarse, eq::group::cyclic_shift({16, 24}, 8), {.elements = eq::regularizer::whole_group}};
  CHECK(eq::test::is_zero(whole.value(x, step)));
  const equivariance broken{coarse, eq::group::cyclic_shift({16, 24}, 4)};
  CHECK_THROWS_WITH(broken.value(x, step), contains("divided by a divisor of 4; but 2 x 3 came"));
}

TEST_CASE("features that turn the other way need their own action", "[regularizer][equivariance][feature_action]") {
  // f(x) = x with rows and columns exchanged: f(S x) = S^-1 f(x) for a quarter turn S.
  const auto transpose = [] {
    struct transposed {
      tensor operator()(const tensor& x) const { return eq::act(foreign::transposition{}, element, x); }
      tensor adjoint(const tensor& y) const { return eq::act(foreign::transposition{}, element, y); }
      foreign::transposition::element element = foreign::transposition::element::transposed;
    };
    return transposed{};
  }();
  using eq::group::quarter_turns;
  const tensor x = eq::test::random_image<double>({2, 1, 3, 4}, 7);
  const eq::group::with_features turns(eq::group::rot90{}, [](quarter_turns::element a, eq::extent e) {
    return quarter_turns::action(quarter_turns::inverse(a), e);
  });
  CHECK(eq::test::is_zero(equivariance{transpose, turns}.value(x, step)));
  CHECK(eq::test::is_zero(eq::test::gradient_of(equivariance{transpose, turns}, x, step)));
  CHECK_FALSE(eq::test::is_zero(equivariance{transpose, eq::group::rot90{}}.value(x, step)));
  const eq::group::with_features fixed(eq::group::reflection{},
                                       [](auto, eq::extent e) { return eq::pixel_map::identity(e); });
  CHECK(
      eq::test::gradient_is_exact(equivariance{encoder, fixed}, eq::test::random_image<double>({2, 1, 4, 4}, 8), step));
}

TEST_CASE("with the identity alone, equivariance asks nothing", "[regularizer][equivariance]") {
  const tensor x = eq::test::random_image<double>({2, 2, 3, 4}, 9);
  const equivariance penalty{features, eq::group::trivial{}};
  CHECK(eq::test::is_zero(penalty.value(x, step)));
  CHECK(eq::test::is_zero(eq::test::gradient_of(penalty, x, step)));
}

TEST_CASE("equivariance over several elements is their mean, and so is its gradient", "[regularizer][equivariance]") {
  using eq::group::drawing_from;
  using eq::group::quarter_turns;
  const tensor x = eq::test::random_image<double>({2, 2, 4, 4}, 11);
  const auto value = [&](const auto& group, std::size_t elements) {
    return to_host(equivariance{features, group, {.elements = elements}}.value(x, step));
  };
  const auto one = value(drawing_from<quarter_turns, 1>{}, 1), two = value(drawing_from<quarter_turns, 2>{}, 1),
             three = value(drawing_from<quarter_turns, 3>{}, 1);
  const auto all = value(quarter_turns{}, eq::regularizer::whole_group);
  for (std::size_t b = 0; b < 2; ++b) {
    CHECK(eq::test::close(all[b], (one[b] + two[b] + three[b]) / 3, eq::test::tolerance<double>::rounding));
    CHECK(
        eq::test::close(value(drawing_from<quarter_turns, 1>{}, 4)[b], one[b], eq::test::tolerance<double>::rounding));
  }
  for (const std::size_t elements : {std::size_t{3}, eq::regularizer::whole_group}) {
    CHECK(eq::test::gradient_is_exact(equivariance{features, quarter_turns{}, {.elements = elements}}, x, step));
    CHECK(
        eq::test::gradient_is_exact(equivariance{features, foreign::transposition{}, {.elements = elements}}, x, step));
  }
}

TEST_CASE("the element follows from seed and step, and not from the batch", "[regularizer][equivariance]") {
  const tensor x = eq::test::random_image<double>({1, 1, 8, 8}, 12);
  const equivariance penalty{features, eq::group::cyclic_shift({8, 8})};
  const auto at = [&](const eq::reverse_step& s) { return penalty.value(x, s).data()[0]; };
  eq::reverse_step later = step, elsewhere = step, another = step;
  elsewhere.first_sample = 1000;
  later.index = 4;
  another.seed = 9;
  CHECK(at(step) == at(elsewhere));
  CHECK(at(step) != at(later));
  CHECK(at(step) != at(another));
}

TEST_CASE("equivariance of a batch is that of its samples, bit for bit", "[regularizer][equivariance]") {
  for (const reduction kind : {reduction::norm, reduction::squared_norm, reduction::mean_square}) {
    for (const std::size_t elements : {1U, 2U}) {
      const auto x = eq::test::random_image<float>({3, 2, 6, 4}, 12);
      const equivariance penalty{encoder, eq::group::dihedral{}, {.reduction = kind, .elements = elements}};
      CHECK(eq::test::batch_is_its_samples(penalty, x, step));
    }
  }
}

TEST_CASE("a sample with no residual leaves the others alone", "[regularizer][equivariance]") {
  tensor x = eq::test::random_image<double>({2, 2, 3, 4}, 13);
  for (double& v : x.sample(0)) v = 0;
  const equivariance penalty{features, eq::group::reflection{}};
  const tensor gradient = eq::test::gradient_of(penalty, x, step);
  CHECK(penalty.value(x, step).data()[0] == 0);
  for (const double v : gradient.sample(0)) CHECK(v == 0);
  CHECK(eq::test::relative_error(gradient.sample(1), eq::test::differences_of(penalty, x, step).sample(1)) <=
        eq::test::tolerance<double>::finite_difference);
}

TEST_CASE("every second step of equivariance is silent, and squares are squares", "[regularizer][equivariance]") {
  eq::test::call_count calls;
  const small_network linear{.outputs = 1, .squash = false, .calls = &calls};
  const tensor x = eq::test::random_image<double>({1, 1, 1, 8}, 14);
  const equivariance norm{linear, eq::group::hflip{}, {.weight = 1, .schedule = {.frequency = 0.5}}};
  const equivariance square{
      linear, eq::group::hflip{}, {.weight = 1, .reduction = reduction::squared_norm, .schedule = {.frequency = 0.5}}};
  const eq::reverse_step first{.index = 0, .total = 4}, second{.index = 1, .total = 4};
  CHECK_FALSE(norm.active(second));
  CHECK(eq::test::is_zero(norm.value(x, second)));
  CHECK(eq::test::is_zero(eq::test::gradient_of(norm, x, second)));
  CHECK(calls.forward + calls.linearize == 0);
  CHECK(norm.active(first));
  const double value = norm.value(x, first).data()[0];
  CHECK(value > 0);
  CHECK(calls.forward == 2);
  CHECK(eq::test::close(square.value(x, first).data()[0], value * value, eq::test::tolerance<double>::rounding));
  eq::test::gradient_of(norm, x, first);
  CHECK(calls.linearize == 2);
}

TEST_CASE("a weight of zero evaluates nothing", "[regularizer][equivariance]") {
  eq::test::call_count calls;
  const equivariance penalty{small_network{.calls = &calls}, eq::group::hflip{}, {.weight = 0}};
  const tensor x = eq::test::random_image<double>({1, 1, 3, 3}, 14);
  CHECK_FALSE(penalty.active(step));
  CHECK(eq::test::is_zero(penalty.value(x, step)));
  CHECK(eq::test::is_zero(eq::test::gradient_of(penalty, x, step)));
  CHECK(calls.forward + calls.linearize == 0);
}

TEST_CASE("equivariance holds its map by reference where it is asked to", "[regularizer][equivariance]") {
  const tensor x = eq::test::random_image<double>({1, 2, 3, 4}, 14);
  const equivariance held{features, eq::group::reflection{}};
  const equivariance referred{std::cref(features), eq::group::reflection{}};
  CHECK(&referred.map() == &features);
  CHECK(&held.map() != &features);
  CHECK(referred.value(x, step).data()[0] == held.value(x, step).data()[0]);
}

TEST_CASE("equivariance refuses settings out of range", "[regularizer][equivariance]") {
  const auto with = [](const eq::regularizer::penalty_settings& settings) {
    return equivariance{features, eq::group::reflection{}, settings};
  };
  CHECK_THROWS_WITH(with({.weight = std::numeric_limits<double>::infinity()}),
                    contains("the weight must be finite, but is inf"));
  CHECK_THROWS_WITH(with({.elements = 0}), contains("at least one element"));
  CHECK_THROWS_WITH(with({.schedule = {.noise_power = -1}}), contains("noise_power must be at least 0"));
}

}  // namespace equivariance_test
