// SPDX-License-Identifier: BSD-3-Clause
#include <support/golden.hpp>
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/complex_pairs.hpp>
#include <equireg/backend/cpu/half_spectrum.hpp>
#include <equireg/core/pixel_map.hpp>
#include <equireg/measurement/phase_retrieval.hpp>

#include <cmath>
#include <string>

namespace phase_retrieval_test {

using namespace equireg;
using measurement::phase_retrieval;
using measurement::recorded;
using tensor_d = cpu::tensor<double>;
using tensor_f = cpu::tensor<float>;

static_assert(check_differentiable_map<phase_retrieval, tensor_f>());

/// Zeros but for `x` with corner (top, left).
tensor_d placed(const tensor_d& x, extent e, std::size_t top, std::size_t left) {
  tensor_d out(x.shape().with_plane(e), 0.0);
  for (std::size_t b = 0; b < x.shape().batch; ++b) {
    for (std::size_t c = 0; c < x.shape().channels; ++c) {
      for (std::size_t i = 0; i < x.shape().height; ++i) {
        for (std::size_t j = 0; j < x.shape().width; ++j) out(b, c, top + i, left + j) = x(b, c, i, j);
      }
    }
  }
  return out;
}

/// out(i, j) = x(f(i, j)).
template <class F>
tensor_d moved(const tensor_d& x, const F& f) {
  tensor_d out(x.shape());
  for (std::size_t b = 0; b < x.shape().batch; ++b) {
    for (std::size_t c = 0; c < x.shape().channels; ++c) {
      for (std::size_t i = 0; i < x.shape().height; ++i) {
        for (std::size_t j = 0; j < x.shape().width; ++j) {
          const auto [p, q] = f(i, j);
          out(b, c, i, j) = x(b, c, p, q);
        }
      }
    }
  }
  return out;
}

double largest_difference(const tensor_d& a, const tensor_d& b) {
  double worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a.data()[i] - b.data()[i]));
  return worst;
}

TEST_CASE("padding is int(oversample / 8 N) on each side", "[measurement][phase_retrieval]") {
  CHECK(phase_retrieval{}.padded({256, 256}) == extent{384, 384});
  CHECK(phase_retrieval{}.padded({64, 4}) == extent{96, 6});
  CHECK(phase_retrieval{.oversample = 2}.padded({7, 1}) == extent{9, 1});
  CHECK(phase_retrieval{.oversample = 0}.padded({7, 5}) == extent{7, 5});
  CHECK(phase_retrieval{.oversample = 4}.padded({16, 12}) == extent{32, 24});
  REQUIRE_THROWS_WITH(phase_retrieval{.oversample = -1}.padded({4, 4}), test::contains("-1"));
}

TEST_CASE("phase retrieval is numpy's magnitude of the padded image", "[measurement][phase_retrieval]") {
  const tensor_d x = test::golden("fourier_phase_image").reshaped({1, 2, 12, 16});
  for (const int oversample : {0, 1, 2}) {
    INFO("oversample " << oversample);
    const auto expected = test::golden("fourier_phase_oversample_" + std::to_string(oversample));
    const tensor_d y = phase_retrieval{.oversample = static_cast<double>(oversample)}(x);
    REQUIRE(y.shape().plane() == expected.shape().plane());
    CHECK(largest_difference(y, expected.reshaped(y.shape())) < 1e-14);
  }
  const phase_retrieval deepinv{.unit_range = false, .what = recorded::intensity};
  CHECK(test::relative_error(deepinv(x).values(), test::golden("fourier_phase_intensity").values()) < 1e-14);
}

TEST_CASE("the amplitude at frequency 0 is the sum of u over the padded length", "[measurement][phase_retrieval]") {
  const tensor_d y = phase_retrieval{}(tensor_d({1, 1, 64, 64}, 1.0));  // u = 1
  CHECK(test::close(y(0, 0, 48, 48), 64.0 * 64.0 / 96.0, 1e-14));
}

TEST_CASE("the pullback of phase retrieval is the derivative, away from zeros", "[measurement][phase_retrieval]") {
  for (const shape s : {shape{1, 1, 4, 4}, shape{2, 3, 5, 7}, shape{1, 2, 1, 1}, shape{1, 1, 16, 12}}) {
    for (const bool unit_range : {true, false}) {
      for (const auto what : {recorded::amplitude, recorded::intensity}) {
        const phase_retrieval a{.unit_range = unit_range, .what = what};
        // A bright pixel on a weaker background: its magnitude is the same at every frequency, so that none is near 0.
        tensor_d x = test::random_tensor<tensor_d>(s, 1);
        transform(
            x, [](double v) { return 0.02 * v - (1.0); }, x);
        if (!unit_range)
          transform(
              x, [](double v) { return (v + 1) / 2; }, x);
        for (std::size_t c = 0; c < s.batch * s.channels; ++c) x.data()[c * s.height * s.width] = 3;
        test::check_pullback(a, x);
      }
    }
  }
}

TEST_CASE("where the magnitude is 0 the subgradient is 0", "[measurement][phase_retrieval]") {
  const phase_retrieval a{.unit_range = false};
  const tensor_d x({1, 1, 4, 4}, 0.0);
  const auto [value, pullback] = a.linearize(x);
  const tensor_d g = pullback(tensor_d(value.shape(), 1.0));
  for (const double v : g.values()) CHECK(v == 0);
}

TEST_CASE("an image turned by 180 degrees, or moved inside its window, has the same data",
          "[measurement][phase_retrieval]") {
  const phase_retrieval a{};
  for (const extent e : {extent{16, 16}, extent{12, 20}, extent{9, 7}}) {
    tensor_d x = test::random_tensor<tensor_d>({2, 2, e.height, e.width}, 1);
    const tensor_d turned = moved(x, [&](std::size_t i, std::size_t j) {
      return std::pair{e.height - 1 - i, e.width - 1 - j};
    });
    CHECK(largest_difference(a(turned), a(x)) < 1e-14 * test::norm(x));
    // u with a margin of zeros, at three places.
    const tensor_d core = test::random_tensor<tensor_d>({1, 1, e.height - 4, e.width - 3}, 2);
    const phase_retrieval plain{.unit_range = false};
    const tensor_d reference = plain(placed(core, e, 0, 0));
    CHECK(largest_difference(plain(placed(core, e, 4, 3)), reference) < 1e-14 * test::norm(core));
    CHECK(largest_difference(plain(placed(core, e, 1, 2)), reference) < 1e-14 * test::norm(core));
    CHECK(largest_difference(plain(test::combination(-1, x, 0, x)), plain(x)) == 0);
  }
}

TEST_CASE("flips and quarter turns of the image act on the data as on an image about frequency 0",
          "[measurement][phase_retrieval]") {
  const phase_retrieval a{};
  const std::size_t n = 8, m = 12;
  const tensor_d x = test::random_tensor<tensor_d>({1, 2, n, n}, 1), y = a(x);
  const auto back = [&](std::size_t k) { return (m - k) % m; };  // the frequency -k
  const tensor_d flipped = moved(x, [&](std::size_t i, std::size_t j) { return std::pair{i, n - 1 - j}; });
  CHECK(largest_difference(a(flipped), moved(y, [&](std::size_t i, std::size_t j) {
                             return std::pair{i, back(j)};
                           })) < 1e-14 * test::norm(x));
  const tensor_d turned = moved(x, [&](std::size_t i, std::size_t j) { return std::pair{j, n - 1 - i}; });
  CHECK(largest_difference(a(turned), moved(y, [&](std::size_t i, std::size_t j) {
                             return std::pair{j, back(i)};
                           })) < 1e-14 * test::norm(x));
  // A real image: A(k) = A(-k).
  CHECK(largest_difference(y, moved(y, [&](std::size_t i, std::size_t j) {
                             return std::pair{back(i), back(j)};
                           })) < 1e-14 * test::norm(x));
}

TEST_CASE("phase retrieval in float is that in double to rounding", "[measurement][phase_retrieval]") {
  const tensor_d x = test::random_tensor<tensor_d>({1, 3, 20, 28}, 1);
  const tensor_f x_float = test::random_tensor<tensor_f>({1, 3, 20, 28}, 1);
  CHECK(test::relative_error(phase_retrieval{}(x_float).values(), phase_retrieval{}(x).values()) < 1e-6);
}

}  // namespace phase_retrieval_test
