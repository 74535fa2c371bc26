// SPDX-License-Identifier: BSD-3-Clause
#include <support/spectral_laws.hpp>

#include <equireg/measurement/blur.hpp>
#include <equireg/measurement/colourisation.hpp>
#include <equireg/measurement/compressed_sensing.hpp>
#include <equireg/measurement/fourier_sampling.hpp>
#include <equireg/measurement/gaussian_blur.hpp>
#include <equireg/measurement/identity.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/measurement/kernels.hpp>
#include <equireg/measurement/masks.hpp>
#include <equireg/measurement/super_resolution.hpp>

#include <cmath>
#include <complex>
#include <vector>

namespace singular_modes_test {

using namespace equireg;
using measurement::blur;
using measurement::colourisation;
using measurement::compressed_sensing;
using measurement::fourier_sampling;
using measurement::gaussian_blur;
using measurement::hadamard_order;
using measurement::image_kind;
using measurement::inpainting;
using measurement::mode_values;
using measurement::super_resolution;
using tensor_d = cpu::tensor<double>;
using tensor_f = cpu::tensor<float>;

constexpr noise_address address{5, 0, purpose::mask, 0};

template <class X>
constexpr double rounding = test::tolerance<typename X::value_type>::rounding;

/// A kernel that is not separable and points somewhere.
filter_kernel crooked() {
  dense_matrix w(3, 4);
  for (std::size_t i = 0; i < w.values.size(); ++i) w.values[i] = std::sin(1.0 + static_cast<double>(i * i));
  return filter_kernel(w);
}

template <class X>
void check_operators() {
  const double small = rounding<X>;
  for (const shape s : {shape{1, 1, 1, 1}, shape{2, 3, 5, 6}}) {
    test::check_spectral_form<X>(measurement::identity{}, s, small);
    const auto mask = measurement::random_mask<X>({1, 1, s.height, s.width}, 0.4, address);
    if (s.height > 1) test::check_spectral_form<X>(inpainting<X>(mask), s, small);
  }
  test::check_spectral_form<X>(inpainting<X>(measurement::random_mask<X>({1, 3, 5, 6}, 0.4, address)), {2, 3, 5, 6},
                               small);
  test::check_spectral_form<X>(colourisation{}, {2, 3, 5, 7}, small);
  test::check_spectral_form<X>(colourisation::mean(4), {1, 4, 5, 7}, small);
  test::check_spectral_form<X>(colourisation{.weights = {-1, 0, 0}}, {1, 3, 2, 2}, small);
  test::check_spectral_form<X>(colourisation{.weights = {1}}, {1, 1, 2, 2}, small);
  for (const bool antialias : {true, false}) {
    test::check_spectral_form<X>(super_resolution{.factor = 2, .antialias = antialias}, {2, 2, 8, 12}, small * 4);
  }
  test::check_spectral_form<X>(super_resolution{.filter = measurement::downsampling::average}, {1, 2, 8, 4}, small * 4);
  for (const auto rule : {boundary::reflect, boundary::symmetric, boundary::circular}) {
    test::check_spectral_form<X>(gaussian_blur{.sigma = 0.7, .boundary = rule}, {2, 3, 7, 10}, small * 4, 0.03);
    test::check_spectral_form<X>(gaussian_blur{.sigma = 2, .boundary = rule}, {1, 1, 17, 10}, small * 4, 0.03);
    test::check_spectral_form<X>(blur{.kernel = measurement::gaussian_kernel(1.0, 5), .boundary = rule}, {2, 1, 9, 8},
                                 small * 4, 0.03);
  }
  for (const shape s : {shape{2, 2, 9, 8}, shape{1, 1, 8, 7}, shape{1, 1, 1, 6}}) {
    test::check_spectral_form<X>(blur{.kernel = crooked(), .boundary = boundary::circular, .cut = 1e-3}, s, small * 4,
                                 1e-3);
  }
  for (const auto order : {hadamard_order::random, hadamard_order::sequency}) {
    for (const bool signs : {true, false}) {
      test::check_spectral_form<X>(compressed_sensing({4, 8}, {.order = order, .signs = signs, .address = address}),
                                   {2, 3, 4, 8}, small);
    }
  }
  for (const extent e : {extent{6, 8}, extent{5, 7}, extent{7, 4}, extent{1, 5}}) {
    const auto mask = measurement::random_mask<X>({1, 1, e.height, e.width}, 0.5, address);
    test::check_spectral_form<X>(fourier_sampling<X>(mask), {2, 4, e.height, e.width}, small);
    test::check_spectral_form<X>(fourier_sampling<X>(mask, image_kind::real), {2, 3, e.height, e.width}, small);
  }
}

TEST_CASE("spectral forms obey their laws in double", "[measurement][spectral_form]") { check_operators<tensor_d>(); }

TEST_CASE("spectral forms obey their laws in float", "[measurement][spectral_form]") { check_operators<tensor_f>(); }

TEST_CASE("singular values that count as zero in the pseudo-inverse count as zero in the spectral form",
          "[measurement][spectral_form]") {
  const shape s{2, 2, 17, 12};
  const tensor_d y = test::random_tensor<tensor_d>(s, 4);
  const auto agree = [&](const auto& a) {
    const auto form = a.spectral_form(s);
    CHECK(test::relative_error(form.from_modes(form.measured(y)).values(), a.pseudo_inverse(y).values()) < 1e-9);
    const tensor_d values = form.singular_values();
    CHECK(*std::min_element(values.data(), values.data() + values.size()) == 0);
  };
  for (const auto rule : {boundary::reflect, boundary::circular}) {
    agree(gaussian_blur{.sigma = 3.0, .boundary = rule});
    agree(blur{.kernel = measurement::gaussian_kernel(2.0, 9), .boundary = rule});
  }
}

TEST_CASE("the singular values of a circular blur are the moduli of its transfer function",
          "[measurement][spectral_form]") {
  const blur a{.kernel = crooked(), .boundary = boundary::circular, .cut = 0};
  const tensor_d k = a.spectrum<tensor_d>({5, 6}), s = a.spectral_form({1, 1, 5, 6}).singular_values();
  for (std::size_t i = 0; i < 30; ++i) {
    CHECK(test::close(s.data()[i], std::abs(std::complex<double>(k.data()[i], k.data()[30 + i])), 1e-13));
  }
}

TEST_CASE("a kernel without a spectral form says which borders have one", "[measurement][spectral_form]") {
  CHECK_THROWS_WITH((blur{.kernel = crooked()}.spectral_form({1, 1, 5, 6})), test::contains("circular borders only"));
  CHECK_THROWS_WITH((colourisation{.weights = {0, 0}}.spectral_form({1, 2, 2, 2})), test::contains("not all zero"));
}

TEST_CASE("values of one channel serve all, and other numbers of values are refused", "[measurement][spectral_form]") {
  const tensor_f s = mode_values({7, 2, 1, 3}, {1, 2, 3});
  CHECK(s.shape() == shape{1, 2, 1, 3});
  CHECK(std::vector<float>(s.values().begin(), s.values().end()) == std::vector<float>{1, 2, 3, 1, 2, 3});
  CHECK_THROWS_WITH((mode_values({1, 2, 1, 3}, {1, 2})), test::contains("but 2 came"));
}

}  // namespace singular_modes_test
