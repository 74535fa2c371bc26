// SPDX-License-Identifier: BSD-3-Clause
#include <equireg/backend/cpu/elementwise.hpp>

#include <support/catch.hpp>
#include <support/threads.hpp>
#include <support/tolerance.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace elementwise_test {

namespace eq = equireg;
using eq::cpu::tensor;
using eq::test::close;
using eq::test::tolerance;

namespace {

// Larger than a block, and no multiple of it, of a plane or of a vector.
constexpr eq::shape uneven{5, 3, 37, 61};

template <class T>
tensor<T> normal(const eq::shape& s, std::uint32_t stream, std::uint64_t first_sample = 0) {
  tensor<T> x(s);
  fill_normal(x, eq::noise_address{21, stream, eq::purpose::user, first_sample});
  return x;
}

template <class T>
bool same(const tensor<T>& x, const tensor<T>& y) {
  return x.shape() == y.shape() && std::equal(x.values().begin(), x.values().end(), y.values().begin());
}

}  // namespace

TEMPLATE_TEST_CASE("transform maps every element of its arguments", "[backend][elementwise]", float, double) {
  using T = TestType;
  const tensor<T> x = normal<T>(uneven, 0), y = normal<T>(uneven, 1);
  const tensor<T> weight = normal<T>({5, 1, 1, 1}, 2), image = normal<T>({1, 1, 37, 61}, 3);
  const tensor<T> colours = normal<T>({1, 3, 37, 61}, 4), masks = normal<T>({5, 1, 37, 61}, 5);
  tensor<T> out(uneven);
  transform(
      out, [](T a, T b, T w, T i, T c, T m, T zero) { return std::max(a, b) + w * i - c * m + zero; }, x, y,
      eq::per_sample{weight}, eq::broadcast{image}, eq::broadcast{colours}, eq::broadcast{masks}, eq::absent{});
  std::size_t wrong = 0;
  for (std::size_t b = 0; b < 5; ++b) {
    for (std::size_t c = 0; c < 3; ++c) {
      for (std::size_t h = 0; h < 37; ++h) {
        for (std::size_t w = 0; w < 61; ++w) {
          const double expected = std::max(x(b, c, h, w), y(b, c, h, w)) +
                                  static_cast<double>(weight(b, 0, 0, 0)) * image(0, 0, h, w) -
                                  static_cast<double>(colours(0, c, h, w)) * masks(b, 0, h, w);
          wrong += close(out(b, c, h, w), expected, tolerance<T>::rounding, 1.0) ? 0 : 1;
        }
      }
    }
  }
  CHECK(wrong == 0);
}

TEST_CASE("fill writes one number everywhere", "[backend][elementwise]") {
  tensor<float> x = normal<float>(uneven, 0);
  fill(x, -2);
  CHECK(std::all_of(x.values().begin(), x.values().end(), [](float v) { return v == -2.0F; }));
}

TEST_CASE("a result may overwrite an argument", "[backend][elementwise]") {
  tensor<double> x = normal<double>(uneven, 0);
  const tensor<double> before = x;
  transform(
      x, [](double a, double b) { return a - 2 * b; }, x, x);
  for (std::size_t i = 0; i < x.size(); ++i) REQUIRE(x.data()[i] == -before.data()[i]);
}

TEST_CASE("permuted arguments are read through their map", "[backend][elementwise]") {
  const tensor<float> x = normal<float>(uneven, 0);
  const eq::extent e = uneven.plane();
  const auto turn = eq::pixel_map::quarter_turn(e);
  for (const eq::pixel_map& map :
       {eq::pixel_map::identity(e), eq::pixel_map::flip_columns(e), eq::pixel_map::flip_rows(e), turn,
        eq::pixel_map::shift(e, 5, -17), compose(eq::pixel_map::shift(e, -3, 8), turn),
        compose(turn, eq::pixel_map::quarter_turn(turn.output)),
        compose(compose(turn, eq::pixel_map::shift(turn.output, 11, 30)), eq::pixel_map::flip_columns(turn.output))}) {
    const tensor<float> out = gather(x, map);
    REQUIRE(out.shape() == uneven.with_plane(map.output));
    std::size_t wrong = 0;
    for (std::size_t p = 0; p < 15; ++p) {
      for (std::size_t i = 0; i < map.output.height; ++i) {
        for (std::size_t j = 0; j < map.output.width; ++j) {
          const eq::pixel from = map({i, j});
          wrong += out(p / 3, p % 3, i, j) == x(p / 3, p % 3, from.row, from.column) ? 0 : 1;
        }
      }
    }
    CHECK(wrong == 0);
    CHECK(same(gather(out, map.inverse()), x));
  }
}

TEST_CASE("gather follows any function of pixels", "[backend][elementwise]") {
  struct swap_halves {  // no symmetry of the grid: the left half mirrored into both
    eq::extent input{2, 4}, output{2, 4};
    eq::pixel operator()(eq::pixel to) const { return {to.row, to.column < 2 ? to.column : 3 - to.column}; }
  };
  const tensor<float> x({1, 1, 2, 4}, {0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(same(gather(x, swap_halves{}), tensor<float>({1, 1, 2, 4}, {0, 1, 1, 0, 4, 5, 5, 4})));
  REQUIRE_THROWS_WITH(gather(tensor<float>({1, 1, 3, 4}, 0.0F), swap_halves{}), eq::test::contains("reads 2 x 4"));
}

TEMPLATE_TEST_CASE("reductions agree with sums in long double", "[backend][elementwise]", float, double) {
  using T = TestType;
  for (const eq::shape& s : {uneven, eq::shape{3, 1, 1, 1}, eq::shape{2, 1, 3, 5}, eq::shape{1, 2, 32, 32}}) {
    const tensor<T> x = normal<T>(s, 0), y = normal<T>(s, 1);
    tensor<T> z(s);
    const auto f = [](T a, T b) { return a + b; };
    const auto norms = to_host(squared_norm(x)), products = to_host(dot(x, y));
    const auto sums = to_host(transform_reduce(
        z, f, [](T v) { return v * v; }, x, y));
    const auto cross = to_host(reduce([](T a, T b, T c) { return a * b * c; }, x, y, y));
    for (std::size_t b = 0; b < s.batch; ++b) {
      long double norm = 0, product = 0, sum = 0, third = 0;
      for (std::size_t i = 0; i < s.sample_size(); ++i) {
        const long double u = x.sample(b)[i], v = y.sample(b)[i], w = z.sample(b)[i];
        norm += u * u;
        product += u * v;
        sum += w * w;
        third += u * v * v;
      }
      const auto scale = static_cast<double>(norm);
      CHECK(close(norms[b], static_cast<double>(norm), tolerance<T>::rounding));
      CHECK(close(products[b], static_cast<double>(product), tolerance<T>::rounding, scale));
      CHECK(close(sums[b], static_cast<double>(sum), tolerance<T>::rounding));
      CHECK(close(cross[b], static_cast<double>(third), tolerance<T>::rounding, scale));
    }
    CHECK(z.data()[0] == f(x.data()[0], y.data()[0]));
  }
}

TEST_CASE("results have the same bits for every batch split and thread count", "[backend][elementwise]") {
  const auto compute = [](std::size_t first, std::size_t count) {
    const eq::shape s = uneven.with_batch(count);
    tensor<float> x = normal<float>(s, 0, first), out(s);
    const tensor<float> sums = transform_reduce(
        out, [](float a, float z) { return 0.9F * a + 0.3F * z; }, [](float v) { return std::abs(v); }, x,
        eq::normal_noise{{4, 2, eq::purpose::step, first}});
    return std::pair{std::move(out),
                     to_host(reduce([](float a, float b) { return a * b; }, out, x))[0] + to_host(sums)[count - 1]};
  };
  const auto [whole, whole_sum] = compute(0, 5);
  for (std::size_t b = 0; b < 5; ++b) {
    const auto [alone, sum] = compute(b, 1);
    CHECK(std::equal(alone.values().begin(), alone.values().end(), whole.sample(b).begin()));
    const eq::test::thread_scope one(1);
    const auto [serial, serial_sum] = compute(b, 1);
    CHECK(same(serial, alone));
    CHECK(serial_sum == sum);
  }
  for (const int threads : {1, 2, 3}) {
    const eq::test::thread_scope scope(threads);
    const auto [again, sum] = compute(0, 5);
    CHECK(same(again, whole));
    CHECK(sum == whole_sum);
  }
}

TEST_CASE("shapes that do not fit are refused with both of them", "[backend][elementwise]") {
  tensor<float> out({2, 3, 4, 5});
  const auto copy = [](float v) { return v; };
  REQUIRE_THROWS_WITH(transform(out, copy, tensor<float>({2, 3, 5, 4})),
                      "equireg::transform: an argument has shape (2, 3, 5, 4), expected (2, 3, 4, 5)");
  const tensor<float> three({3, 1, 1, 1}), channels({1, 2, 4, 5}), plane({2, 3, 4, 6});
  REQUIRE_THROWS_WITH(transform(out, copy, eq::per_sample{three}),
                      "equireg::transform: a per-sample argument has shape (3, 1, 1, 1), expected (2, 1, 1, 1)");
  REQUIRE_THROWS_WITH(transform(out, copy, eq::broadcast{channels}),
                      "equireg::transform: an argument of shape (1, 2, 4, 5) cannot be broadcast to (2, 3, 4, 5)");
  REQUIRE_THROWS_WITH(transform(out, copy, eq::permuted{plane, eq::pixel_map::identity({4, 5})}),
                      eq::test::contains("the pixel map reads 4 x 5 but the argument has shape (2, 3, 4, 6)"));
  REQUIRE_THROWS_WITH(transform(out, copy, eq::permuted{out, eq::pixel_map::quarter_turn({4, 5})}),
                      eq::test::contains("a permuted argument has shape (2, 3, 5, 4)"));
  REQUIRE_THROWS_WITH(dot(out, plane), eq::test::contains("equireg::reduce: an argument has shape (2, 3, 4, 6)"));
  REQUIRE_THROWS_WITH(transform_reduce(out, copy, copy, plane), eq::test::contains("equireg::transform_reduce"));
}

TEST_CASE("empty batches are no work", "[backend][elementwise]") {
  tensor<float> out({0, 3, 4, 5});
  transform(
      out, [](float v) { return v; }, tensor<float>({0, 3, 4, 5}));
  CHECK(squared_norm(out).shape() == eq::shape{0, 1, 1, 1});
}

TEST_CASE("add_scaled adds a multiple", "[backend][elementwise]") {
  tensor<double> y({1, 1, 1, 2}, {1.0, 2.0});
  add_scaled(y, -3, tensor<double>({1, 1, 1, 2}, {0.5, 1.0}));
  CHECK(same(y, tensor<double>({1, 1, 1, 2}, {-0.5, -1.0})));
}

}  // namespace elementwise_test
