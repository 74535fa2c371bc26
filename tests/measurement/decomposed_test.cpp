// SPDX-License-Identifier: BSD-3-Clause
#include <support/random_operator.hpp>
#include <support/spectral_laws.hpp>

#include <equireg/measurement/decomposed.hpp>
#include <equireg/measurement/gaussian_blur.hpp>
#include <equireg/measurement/masked.hpp>
#include <equireg/measurement/masks.hpp>
#include <equireg/measurement/measure.hpp>
#include <equireg/measurement/residual.hpp>

namespace decomposed_test {

using namespace equireg;
using measurement::decomposed;
using measurement::gaussian_blur;
using tensor_d = cpu::tensor<double>;
using tensor_f = cpu::tensor<float>;

const shape sample{1, 1, 3, 4};

TEST_CASE("any small linear operator has the laws of a spectral form, a pseudo-inverse and a proximal point once it is "
          "decomposed",
          "[measurement][decomposed]") {
  for (const std::size_t m : {5, 12, 20}) {  // wide, square, tall
    const decomposed a{test::random_operator<double>(sample, m, 8), sample};
    static_assert(has_spectral_form<decltype(a), tensor_d> && has_pseudo_inverse<decltype(a), tensor_d>);
    test::check_spectral_form<tensor_d>(a, {2, 1, 3, 4}, 1e-11);
    test::check_pseudo_inverse<tensor_d>(a, {2, 1, 3, 4}, 1e-9);
    test::check_prox<tensor_d>(a, {2, 1, 3, 4}, 0.3, 1e-11);
    test::check_linear<tensor_d>(a, {2, 1, 3, 4});
  }
  // One that takes floats only is decomposed in their precision.
  const decomposed single{test::random_operator<float>(sample, 5, 8), sample};
  test::check_spectral_form<tensor_f>(single, {2, 1, 3, 4}, 1e-5);
  test::check_prox<tensor_f>(single, {2, 1, 3, 4}, 0.3, 1e-4);
}

TEST_CASE("a decomposed operator offers what the operator offers, in float and in double",
          "[measurement][decomposed]") {
  const auto mask = measurement::random_mask<tensor_d>(sample, 0.4, {5, 0, purpose::mask, 0});
  const auto blurred = measurement::masked(gaussian_blur{.size = 3, .sigma = 0.6}, mask);
  const decomposed a{blurred, sample};
  static_assert(measurement::has_observed<decltype(a), tensor_d>);
  static_assert(measurement::has_residual<decltype(a), tensor_d>);
  test::check_spectral_form<tensor_d>(a, sample, 1e-11);
  const auto x = test::random_tensor<tensor_d>({2, 1, 3, 4}, 1);
  CHECK(test::relative_error(a(x).values(), blurred(x).values()) == 0);
  const decomposed generic{gaussian_blur{.size = 3, .sigma = 0.6}, sample};
  test::check_spectral_form<tensor_f>(generic, {2, 1, 3, 4}, 1e-5);
  test::check_spectral_form<tensor_d>(generic, {2, 1, 3, 4}, 1e-11);
}

TEST_CASE("singular values up to the cut count as zero, and samples of another shape are refused",
          "[measurement][decomposed]") {
  const decomposed all{gaussian_blur{.sigma = 1, .cut = 0.9}, sample, 0};
  const decomposed few{gaussian_blur{.sigma = 1}, sample, 0.5};
  const tensor_d s = all.spectral_form(sample).singular_values(), t = few.spectral_form(sample).singular_values();
  bool cut = false;
  for (std::size_t i = 0; i < s.size(); ++i) {
    CHECK(t.data()[i] == (s.data()[i] <= 0.5 * s.data()[s.size() - 1] ? 0.0 : s.data()[i]));
    cut = cut || (t.data()[i] == 0 && s.data()[i] > 0);
  }
  CHECK(cut);
  CHECK_THROWS_WITH(all.spectral_form({1, 1, 4, 3}), test::contains("(1, 1, 4, 3)"));
}

}  // namespace decomposed_test
