// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// @brief The equivariance-consistency penalty in both placements: gradient, zeros, controls and batches.

#include <support/catch.hpp>
#include <support/foreign_group.hpp>
#include <support/penalty_laws.hpp>
#include <support/test_maps.hpp>

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/group/cyclic_shift.hpp>
#include <equireg/group/dihedral.hpp>
#include <equireg/group/published.hpp>
#include <equireg/group/trivial.hpp>
#include <equireg/regularizer/equivariance_consistency.hpp>

#include <cmath>
#include <functional>

namespace equivariance_consistency_test {

namespace eq = equireg;
using eq::regularizer::equivariance_consistency;
using eq::regularizer::reduction;
using eq::test::contains;
using eq::test::small_network;
using tensor = eq::cpu::tensor<double>;

namespace {

const eq::reverse_step step{.from = eq::variance_exploding(0.7), .to = eq::clean, .index = 3, .total = 10, .seed = 8};
const small_network autoencoder{.outputs = 2};
const auto decoder = eq::compose(small_network{.outputs = 1}, eq::test::enlargement{2});
const small_network encoder{.outputs = 2, .stride = 2};

static_assert(
    eq::check_penalty<equivariance_consistency<eq::group::reflection, small_network>, eq::cpu::tensor<float>>());
static_assert(eq::check_penalty<equivariance_consistency<eq::group::rot90, small_network, small_network>, tensor>());

}  // namespace

TEST_CASE("equivariance consistency has an exact gradient for every group and reduction",
          "[regularizer][equivariance_consistency]") {
  const auto check = [](const auto& group, const eq::shape& s) {
    const tensor x = eq::test::random_image<double>(s, 4);
    for (const reduction kind : {reduction::norm, reduction::squared_norm, reduction::mean_square}) {
      const eq::regularizer::penalty_settings settings{.weight = 0.3, .reduction = kind};
      CAPTURE(static_cast<int>(kind), group.order(), s.height, s.width);
      CHECK(eq::test::gradient_is_exact(equivariance_consistency{autoencoder, group, settings}, x, step));
      CHECK(eq::test::gradient_is_exact(equivariance_consistency{eq::compose(encoder, decoder), group, settings}, x,
                                        step));
      CHECK(eq::test::gradient_is_exact(equivariance_consistency{decoder, encoder, group, settings}, x, step));
    }
  };
  check(eq::group::reflection{}, {2, 2, 3, 4});
  check(eq::group::reflection{eq::group::axis::vertical}, {2, 2, 3, 4});
  check(eq::group::quarter_turns{}, {1, 2, 3, 5});
  check(eq::group::dihedral{}, {2, 2, 3, 3});
  check(eq::group::trivial{}, {2, 2, 3, 3});
  check(foreign::transposition{}, {2, 2, 3, 2});
}

TEST_CASE("equivariance consistency on shifts moves latents by a share of the pixels",
          "[regularizer][equivariance_consistency]") {
  const eq::group::cyclic_shift shifts({6, 8}, 2);  // pixels; the latents are 3 x 4
  const tensor z = eq::test::random_image<double>({2, 2, 3, 4}, 5);
  CHECK(eq::test::gradient_is_exact(equivariance_consistency{decoder, encoder, shifts}, z, step));
  CHECK(eq::test::gradient_is_exact(equivariance_consistency{eq::compose(encoder, decoder), shifts}, z, step));
}

TEST_CASE("equivariance consistency is the norm of x less what comes back from the other pose",
          "[regularizer][equivariance_consistency]") {
  const eq::group::quarter_turns turns;
  const eq::group::drawing_from<eq::group::quarter_turns, 1> one_turn{};
  const tensor x = eq::test::random_image<double>({2, 2, 3, 4}, 6);
  const auto value = to_host(equivariance_consistency{autoencoder, one_turn, {.weight = 0.5}}.value(x, step));
  const tensor back = eq::act(turns, {3}, autoencoder(eq::act(turns, {1}, x)));
  for (std::size_t b = 0; b < 2; ++b) {
    double squares = 0;
    for (std::size_t i = 0; i < x.shape().sample_size(); ++i) {
      squares += std::pow(x.sample(b)[i] - back.sample(b)[i], 2);
    }
    CHECK(eq::test::close(value[b], 0.5 * std::sqrt(squares), eq::test::tolerance<double>::rounding));
  }
}

TEST_CASE("the two placements agree where the encoder is equivariant, and only there",
          "[regularizer][equivariance_consistency]") {
  const eq::group::reflection flip;
  const tensor z = eq::test::random_image<double>({2, 1, 4, 4}, 7);
  const small_network any{.outputs = 1};
  const small_network even{.outputs = 1, .squash = true, .kernel = {0.1, 0.3, 0.1, 0.2, 0.5, 0.2, -0.4, 0.7, -0.4}};
  const auto values = [&](const auto& decode, const auto& encode, bool on_pixels) {
    const equivariance_consistency pixels{decode, encode, flip};
    const equivariance_consistency latents{eq::compose(encode, decode), flip};
    return to_host(on_pixels ? pixels.value(z, step) : latents.value(z, step));
  };
  for (std::size_t b = 0; b < 2; ++b) {
    CHECK(eq::test::close(values(any, even, true)[b], values(any, even, false)[b],
                          eq::test::tolerance<double>::rounding));
    CHECK_FALSE(eq::test::close(values(even, any, true)[b], values(even, any, false)[b], 1e-3));
  }
}

TEST_CASE("equivariance consistency vanishes, with its gradient, where f gives every pose back",
          "[regularizer][equivariance_consistency]") {
  const tensor x = eq::test::random_image<double>({2, 2, 3, 4}, 9);
  for (const reduction kind : {reduction::norm, reduction::squared_norm, reduction::mean_square}) {
    const equivariance_consistency penalty{eq::identity_map{}, eq::group::dihedral{}, {.reduction = kind}};
    CHECK(eq::test::is_zero(penalty.value(x, step)));
    CHECK(eq::test::is_zero(eq::test::gradient_of(penalty, x, step)));
  }
}

TEST_CASE("with the identity alone, equivariance consistency is plain consistency",
          "[regularizer][equivariance_consistency]") {
  const tensor x = eq::test::random_image<double>({1, 2, 3, 4}, 10);
  const equivariance_consistency penalty{
      autoencoder, eq::group::trivial{}, {.weight = 1, .reduction = reduction::squared_norm}};
  tensor difference = autoencoder(x);
  add_scaled(difference, -1, x);
  CHECK(eq::test::close(penalty.value(x, step).data()[0], squared_norm(difference).data()[0],
                        eq::test::tolerance<double>::rounding));
}

TEST_CASE("several elements average over draws, and the whole group over all but the identity",
          "[regularizer][equivariance_consistency]") {
  using eq::group::drawing_from;
  using eq::group::quarter_turns;
  const tensor x = eq::test::random_image<double>({2, 2, 4, 4}, 11);
  const auto value = [&](const auto& group, std::size_t elements) {
    return to_host(equivariance_consistency{autoencoder, group, {.elements = elements}}.value(x, step));
  };
  const auto one = value(drawing_from<quarter_turns, 1>{}, 1), two = value(drawing_from<quarter_turns, 2>{}, 1),
             three = value(drawing_from<quarter_turns, 3>{}, 1);
  const auto all = value(quarter_turns{}, eq::regularizer::whole_group);
  const auto many = value(quarter_turns{}, 600);
  for (std::size_t b = 0; b < 2; ++b) {
    CHECK(eq::test::close(all[b], (one[b] + two[b] + three[b]) / 3, eq::test::tolerance<double>::rounding));
    const double spread =
        std::sqrt((std::pow(one[b] - all[b], 2) + std::pow(two[b] - all[b], 2) + std::pow(three[b] - all[b], 2)) / 3);
    CHECK(eq::test::within_standard_errors(many[b], all[b], spread / std::sqrt(600.0)));
    CHECK(
        eq::test::close(value(drawing_from<quarter_turns, 1>{}, 5)[b], one[b], eq::test::tolerance<double>::rounding));
  }
  CHECK(eq::test::gradient_is_exact(
      equivariance_consistency{autoencoder, quarter_turns{}, {.elements = eq::regularizer::whole_group}}, x, step));
  CHECK(eq::test::gradient_is_exact(equivariance_consistency{decoder, encoder, quarter_turns{}, {.elements = 3}}, x,
                                    step));
}

TEST_CASE("a batch gives what its samples give one by one, bit for bit", "[regularizer][equivariance_consistency]") {
  for (const reduction kind : {reduction::norm, reduction::squared_norm, reduction::mean_square}) {
    const auto x = eq::test::random_image<float>({3, 2, 5, 4}, 12);
    const eq::regularizer::penalty_settings settings{.reduction = kind, .elements = 2};
    CHECK(eq::test::batch_is_its_samples(equivariance_consistency{autoencoder, eq::group::dihedral{}, settings}, x,
                                         step));
    CHECK(eq::test::batch_is_its_samples(equivariance_consistency{decoder, encoder, eq::group::dihedral{}, settings}, x,
                                         step));
  }
}

TEST_CASE("an inactive equivariance consistency never calls its map", "[regularizer][equivariance_consistency]") {
  eq::test::call_count calls;
  const small_network counted{.outputs = 2, .calls = &calls};
  const equivariance_consistency penalty{counted, eq::group::reflection{}, {.schedule = {.frequency = 0.5}}};
  const tensor x = eq::test::random_image<double>({1, 2, 3, 4}, 13);
  const eq::reverse_step off{.index = 1, .total = 10};
  CHECK_FALSE(penalty.active(off));
  CHECK(eq::test::is_zero(penalty.value(x, off)));
  CHECK(eq::test::is_zero(eq::test::gradient_of(penalty, x, off)));
  CHECK(calls.forward + calls.linearize == 0);
  const eq::reverse_step on{.index = 2, .total = 10};
  CHECK(penalty.active(on));
  CHECK(penalty.value(x, on).data()[0] > 0);
  CHECK(calls.forward == 1);
  eq::test::gradient_of(penalty, x, on);
  CHECK(calls.linearize == 1);
}

TEST_CASE("a map may be held by reference", "[regularizer][equivariance_consistency]") {
  const tensor x = eq::test::random_image<double>({1, 2, 3, 4}, 14);
  const equivariance_consistency held{autoencoder, eq::group::reflection{}};
  const equivariance_consistency referred{std::cref(autoencoder), eq::group::reflection{}};
  CHECK(referred.value(x, step).data()[0] == held.value(x, step).data()[0]);
  CHECK(eq::test::gradient_is_exact(referred, x, step));
}

TEST_CASE("equivariance consistency refuses settings out of range", "[regularizer][equivariance_consistency]") {
  const auto with = [](const eq::regularizer::penalty_settings& settings) {
    return equivariance_consistency{autoencoder, eq::group::reflection{}, settings};
  };
  CHECK_THROWS_WITH(with({.weight = std::nan("")}), contains("the weight must be finite"));
  CHECK_THROWS_WITH(with({.elements = 0}), contains("at least one element"));
  CHECK_THROWS_WITH(with({.schedule = {.cutoff = 1.5}}), contains("cutoff must be in [0, 1], but is 1.5"));
}

}  // namespace equivariance_consistency_test
