// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/complex_pairs.hpp>
#include <equireg/backend/cpu/fourier.hpp>
#include <equireg/measurement/coded_diffraction.hpp>

#include <cmath>
#include <complex>
#include <numbers>

namespace coded_diffraction_test {

using namespace equireg;
using measurement::coded_diffraction;
using measurement::diffraction_code;
using measurement::diffraction_masks;
using measurement::image_kind;
using measurement::recorded;
using tensor_d = cpu::tensor<double>;
using tensor_f = cpu::tensor<float>;

static_assert(check_differentiable_map<coded_diffraction<tensor_f>, tensor_f>());

const noise_address masks{5, 0, purpose::mask, 0};

TEST_CASE("masks have the numbers of their code", "[measurement][coded_diffraction]") {
  const tensor_d unit = diffraction_masks<tensor_d>({1, 1, 64, 64}, 3, diffraction_code::unit_modulus, masks);
  const tensor_d eight = diffraction_masks<tensor_d>({1, 1, 64, 64}, 3, diffraction_code::octanary, masks);
  REQUIRE(unit.shape() == shape{1, 6, 64, 64});
  const tensor_d unit_size = transform_pairs(unit, [](double re, double im) { return re * re + im * im; });
  for (const double v : unit_size.values()) CHECK(std::abs(v - 1) < 1e-14);
  std::size_t large = 0, faces[4] = {};
  double energy = 0;
  for (std::size_t l = 0; l < 3; ++l) {
    for (std::size_t i = 0; i < 64; ++i) {
      for (std::size_t j = 0; j < 64; ++j) {
        const std::complex<double> d(eight(0, 2 * l, i, j), eight(0, 2 * l + 1, i, j));
        const double size = std::abs(d);
        const bool is_large = size > 1;
        CHECK(std::abs(size - (is_large ? std::numbers::sqrt3 : std::numbers::sqrt2 / 2)) < 1e-14);
        const double turns = 4 + std::arg(d) / (std::numbers::pi / 2);
        CHECK(std::abs(turns - std::round(turns)) < 1e-14 * 8);
        ++faces[static_cast<std::size_t>(std::lround(turns)) % 4];
        large += is_large;
        energy += size * size;
      }
    }
  }
  constexpr double count = 3 * 64 * 64;
  CHECK(test::within_standard_errors(static_cast<double>(large) / count, 0.2, std::sqrt(0.16 / count)));
  for (const std::size_t f : faces) {
    CHECK(test::within_standard_errors(static_cast<double>(f) / count, 0.25, std::sqrt(0.1875 / count)));
  }
  CHECK(test::within_standard_errors(energy / count, 1, 2.5 * 0.4 / std::sqrt(count)));
}

TEST_CASE("coded diffraction is the magnitude of the transform behind each mask", "[measurement][coded_diffraction]") {
  const shape s{1, 2, 4, 5};
  const tensor_d d = diffraction_masks<tensor_d>(s, 2, diffraction_code::octanary, masks);
  const tensor_d x = test::random_tensor<tensor_d>(s, 1);
  const tensor_d y = coded_diffraction<tensor_d>{d}(x);
  const tensor_d complex_y = coded_diffraction<tensor_d>{d, image_kind::complex_pairs}(x);
  REQUIRE(y.shape() == shape{1, 4, 4, 5});
  REQUIRE(complex_y.shape() == shape{1, 2, 4, 5});
  for (std::size_t l = 0; l < 2; ++l) {
    for (std::size_t k = 0; k < 20; k += 3) {
      const double down = static_cast<double>(k / 5) - 2, across = static_cast<double>(k % 5) - 2;
      std::complex<double> of_real = 0, of_complex = 0;
      for (std::size_t n = 0; n < 20; ++n) {
        const double turns =
            down * (static_cast<double>(n / 5) - 2) / 4 + across * (static_cast<double>(n % 5) - 2) / 5;
        const auto wave = std::polar(1 / std::sqrt(20.0), -2 * std::numbers::pi * turns);
        const std::complex<double> m(d(0, 2 * l, n / 5, n % 5), d(0, 2 * l + 1, n / 5, n % 5));
        of_real += wave * m * x(0, 1, n / 5, n % 5);
        of_complex += wave * m * std::complex<double>(x(0, 0, n / 5, n % 5), x(0, 1, n / 5, n % 5));
      }
      CHECK(test::close(y(0, 2 + l, k / 5, k % 5), std::abs(of_real), 1e-13));
      CHECK(test::close(complex_y(0, l, k / 5, k % 5), std::abs(of_complex), 1e-13));
    }
  }
}

TEST_CASE("the pullback of coded diffraction is the derivative, away from zeros", "[measurement][coded_diffraction]") {
  for (const shape s : {shape{2, 2, 5, 7}, shape{1, 4, 8, 6}, shape{1, 2, 1, 1}}) {
    // A bright pixel on a weaker background, behind masks that keep its modulus: no magnitude is near 0.
    tensor_d x = test::random_tensor<tensor_d>(s, 1);
    transform(
        x, [](double v) { return 0.02 * v; }, x);
    for (std::size_t c = 0; c < s.batch * s.channels; ++c) x.data()[c * s.height * s.width] = 2;
    const tensor_d d = diffraction_masks<tensor_d>(s, 3, diffraction_code::unit_modulus, masks);
    for (const auto kind : {image_kind::real, image_kind::complex_pairs}) {
      for (const auto what : {recorded::amplitude, recorded::intensity}) {
        test::check_pullback(coded_diffraction<tensor_d>{d, kind, what}, x);
      }
    }
  }
}

TEST_CASE("the sign is lost, but a half turn is not", "[measurement][coded_diffraction]") {
  const shape s{1, 1, 8, 8};
  const coded_diffraction<tensor_d> a{diffraction_masks<tensor_d>(s, 2, diffraction_code::octanary, masks)};
  const tensor_d x = test::random_tensor<tensor_d>(s, 1);
  tensor_d turned(s);
  for (std::size_t i = 0; i < 64; ++i) turned.data()[i] = x.data()[63 - i];
  CHECK(test::relative_error(a(test::combination(-1, x, 0, x)).values(), a(x).values()) < 1e-15);
  CHECK(test::relative_error(a(turned).values(), a(x).values()) > 0.1);
}

TEST_CASE("coded diffraction refuses masks and images that do not fit", "[measurement][coded_diffraction]") {
  REQUIRE_THROWS_WITH(coded_diffraction<tensor_d>{tensor_d({1, 3, 4, 4}, 1.0)}, test::contains("(1, 3, 4, 4)"));
  REQUIRE_THROWS_WITH(diffraction_masks<tensor_d>({1, 1, 4, 4}, 0, diffraction_code::octanary, masks),
                      test::contains("a mask or more"));
  const coded_diffraction<tensor_d> a{tensor_d({1, 2, 4, 4}, 1.0)};
  REQUIRE_THROWS_WITH(a(tensor_d({1, 1, 4, 5}, 1.0)), test::contains("maps"));
}

}  // namespace coded_diffraction_test
