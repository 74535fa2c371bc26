// SPDX-License-Identifier: BSD-3-Clause
#include <support/golden.hpp>
#include <support/map_laws.hpp>

#include <equireg/measurement/gaussian_blur.hpp>

#include <thread>

namespace gaussian_blur_test {

using namespace equireg;
using equireg::measurement::gaussian_blur;
using tensor_d = cpu::tensor<double>;
using tensor_f = cpu::tensor<float>;

static_assert(check_linear_map<gaussian_blur, tensor_f>() && check_linear_map<gaussian_blur, tensor_d>());
static_assert(has_pseudo_inverse<gaussian_blur, tensor_d> && has_prox<gaussian_blur, tensor_d>);

constexpr boundary rules[] = {boundary::reflect, boundary::symmetric, boundary::circular};

TEST_CASE("blur has its exact adjoint for every border, odd sizes and images smaller than the kernel",
          "[measurement][gaussian_blur]") {
  for (const boundary rule : rules) {
    for (const double sigma : {0.4, 1.0, 3.0}) {
      const gaussian_blur a{.size = 61, .sigma = sigma, .boundary = rule};
      for (const shape s : {shape{1, 1, 1, 1}, shape{2, 3, 17, 33}, shape{1, 2, 40, 1}, shape{1, 1, 2, 70}}) {
        test::check_linear<tensor_d>(a, s);
      }
      test::check_linear<tensor_f>(a, {2, 3, 17, 33});
    }
  }
}

TEST_CASE("the proximal point of blur is exact", "[measurement][gaussian_blur]") {
  for (const boundary rule : rules) {
    const gaussian_blur a{.sigma = 2.0, .boundary = rule};
    for (const double rho : {1e-3, 0.1, 10.0}) {
      test::check_prox<tensor_d>(a, {2, 2, 21, 30}, rho, 1e-11);
      test::check_prox<tensor_f>(a, {2, 2, 21, 30}, rho, 1e-4);
    }
    test::check_prox<tensor_d>(a, {1, 1, 1, 1}, 0.1, 1e-13);
  }
}

TEST_CASE("the pseudo-inverse of blur is exact on the modes above its cut, and one of the others",
          "[measurement][gaussian_blur]") {
  const shape s{1, 2, 24, 19};
  for (const boundary rule : rules) {
    // A narrow kernel has no mode below the cut: A A^+ A = A in full.
    test::check_pseudo_inverse<tensor_d>(gaussian_blur{.sigma = 0.5, .boundary = rule, .cut = 1e-6}, s, 1e-10);
    const gaussian_blur wide{.sigma = 3.0, .boundary = rule};
    const tensor_d u = wide.pseudo_inverse(test::random_tensor<tensor_d>(s, 1));
    CHECK(test::relative_error(wide.pseudo_inverse(wide(u)).values(), u.values()) < 1e-10);
    // Noise grows by at most 1 / cut.
    CHECK(test::norm(u) <= test::norm(test::random_tensor<tensor_d>(s, 1)) / 0.03);
  }
}

TEST_CASE("the blur with sigma 3 has the published kernel of 25 x 25 numbers", "[measurement][gaussian_blur]") {
  const auto g = gaussian_blur{.size = 61, .sigma = 3.0}.taps();
  REQUIRE(g.size() == 25);
  const double half[] = {0.13298454, 0.12579798, 0.10648569, 0.0806592,  0.05467158, 0.03315999, 0.0179975,
                         0.00874088, 0.00379877, 0.00147732, 0.00051411, 0.00016009, 0.00004461};
  for (std::size_t n = 0; n < 13; ++n) {
    CHECK(std::abs(g[12 + n] - half[n]) < 5e-9);
    CHECK(g[12 + n] == g[12 - n]);
  }
  CHECK(test::close(g[12] * g[12], 0.01768488749, 1e-9));
  CHECK(gaussian_blur{.size = 5, .sigma = 3.0}.taps().size() == 5);
}

TEST_CASE("a ramp blurred with reflected borders bends at its ends and is itself between",
          "[measurement][gaussian_blur]") {
  tensor_d x({1, 1, 1, 32});
  for (std::size_t n = 0; n < 32; ++n) x.data()[n] = static_cast<double>(n);
  const tensor_d y = gaussian_blur{.size = 61, .sigma = 3.0}(x);
  const double expected[] = {2.3710558218, 2.5040403604, 2.8886208658, 3.4861727594};
  for (std::size_t n = 0; n < 4; ++n) CHECK(std::abs(y.data()[n] - expected[n]) < 5e-11);
  for (std::size_t n = 12; n < 20; ++n) CHECK(test::close(y.data()[n], static_cast<double>(n), 1e-14));
}

TEST_CASE("blur agrees with SciPy for all three borders", "[measurement][gaussian_blur]") {
  const tensor_d x = test::golden("blur_input");
  const std::pair<boundary, const char*> cases[] = {
      {boundary::reflect, "reflect"}, {boundary::symmetric, "symmetric"}, {boundary::circular, "circular"}};
  for (const auto& [rule, name] : cases) {
    INFO(name);
    const tensor_d y = gaussian_blur{.sigma = 2.0, .boundary = rule}(x);
    CHECK(test::relative_error(y.values(), test::golden(std::string("blur_sigma2_") + name).values()) < 1e-14);
  }
}

// What a camera's response does to light: x -> tanh(x).
struct response {
  tensor_d operator()(const tensor_d& x) const {
    tensor_d y(x.shape());
    transform(
        y, [](double v) { return std::tanh(v); }, x);
    return y;
  }
  auto linearize(const tensor_d& x) const {
    return linearization{(*this)(x), [x](const tensor_d& v) {
                           tensor_d out(x.shape());
                           transform(
                               out, [](double u, double w) { return w * (1 - std::tanh(u) * std::tanh(u)); }, x, v);
                           return out;
                         }};
  }
};

TEST_CASE("a nonlinear response to blurred light is differentiated through the blur's adjoint",
          "[measurement][gaussian_blur]") {
  const tensor_d x = test::random_tensor<tensor_d>({2, 1, 9, 14}, 1);
  for (const boundary rule : rules) {
    test::check_pullback(compose(response{}, gaussian_blur{.sigma = 1.5, .boundary = rule}), x);
  }
}

TEST_CASE("blur may be set up and used by several threads at once", "[measurement][gaussian_blur]") {
  const gaussian_blur a{.sigma = 1.7};
  const tensor_d x = test::random_tensor<tensor_d>({1, 1, 26, 23}, 1), y = test::random_tensor<tensor_d>(x.shape(), 2);
  std::vector<tensor_d> results(4);
  {
    std::vector<std::jthread> threads;
    for (auto& result : results) threads.emplace_back([&] { result = a.prox(x, y, 0.2); });
  }
  for (const auto& result : results) {
    CHECK(test::relative_error(result.values(), a.prox(x, y, 0.2).values()) < 1e-13);
  }
}

TEST_CASE("blur refuses kernels without a centre or a width", "[measurement][gaussian_blur]") {
  const tensor_d x({1, 1, 4, 4}, 1.0);
  REQUIRE_THROWS_WITH((gaussian_blur{.size = 60, .sigma = 3.0}(x)), test::contains("size is 60"));
  REQUIRE_THROWS_WITH((gaussian_blur{.size = 61, .sigma = 0.0}(x)), test::contains("sigma 0"));
}

}  // namespace gaussian_blur_test
