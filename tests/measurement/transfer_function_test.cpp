// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/measurement/kernels.hpp>
#include <equireg/measurement/strided_blur.hpp>
#include <equireg/measurement/transfer_function.hpp>

namespace transfer_function_test {

using namespace equireg;
using namespace equireg::measurement;
using tensor_d = cpu::tensor<double>;

const filter_kernel lopsided = gaussian_kernel({1.5, 0.6, 0.5});

TEST_CASE("the transfer function of a shift is a wave, and that of any kernel is its sum at wave 0",
          "[measurement][transfer_function]") {
  const extent e{5, 8};
  dense_matrix w(1, 1);
  w(0, 0) = 2;
  const auto shift = transfer_function(filter_kernel(w, -3, 0), e);  // y[i, j] = 2 x[i - 3, j]
  for (std::size_t i = 0; i < 5; ++i) {
    for (std::size_t j = 0; j < 8; ++j) {
      const auto wave = std::polar(2.0, -2 * std::acos(-1.0) * 3 * static_cast<double>(i) / 5);
      CHECK(std::abs(shift[i * 8 + j] - wave) < 1e-14);
    }
  }
  CHECK(std::abs(transfer_function(lopsided, e)[0] - 1.0) < 1e-14);
}

TEST_CASE("the folded power holds the eigenvalues of A A^T for a circular blur with a stride",
          "[measurement][transfer_function]") {
  const extent e{6, 9};
  const auto power = folded_power(transfer_function(lopsided, e), e, 3);
  REQUIRE(power.size() == 6);
  const strided_blur a{.kernel = lopsided, .stride = 3};
  for (std::size_t k = 0; k < 6; ++k) {
    tensor_d wave({1, 1, 2, 3});  // cosines are eigenvectors: the power is even
    for (std::size_t n = 0; n < 6; ++n) {
      const double turns = static_cast<double>(k / 3 * (n / 3)) / 2 + static_cast<double>(k % 3 * (n % 3)) / 3;
      wave.data()[n] = std::cos(2 * std::acos(-1.0) * turns);
    }
    const tensor_d image = a(a.adjoint(wave));
    for (std::size_t n = 0; n < 6; ++n) {
      CHECK(std::abs(image.data()[n] - power[k].real() * wave.data()[n]) < 1e-14);
    }
  }
  const auto spectrum = folded_spectrum<tensor_d>(lopsided, e, 3);
  CHECK(spectrum->values.shape() == shape{1, 2, 2, 3});
  CHECK(spectrum->largest == power[0].real());
  CHECK(spectrum == folded_spectrum<tensor_d>(lopsided, e, 3));
}

TEST_CASE("spectra of all sizes, strides and number types stay apart", "[measurement][transfer_function]") {
  const extent e{6, 6};
  CHECK(transfer_spectrum<tensor_d>(lopsided, e) != folded_spectrum<tensor_d>(lopsided, e, 1));
  CHECK(transfer_spectrum<tensor_d>(lopsided, e) != transfer_spectrum<tensor_d>(lopsided, {6, 5}));
  CHECK(transfer_spectrum<cpu::tensor<float>>(lopsided, e)->values.shape() == shape{1, 2, 6, 6});
}

}  // namespace transfer_function_test
