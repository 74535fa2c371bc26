// SPDX-License-Identifier: BSD-3-Clause
#include <support/golden.hpp>
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/fourier.hpp>
#include <equireg/measurement/fourier_sampling.hpp>
#include <equireg/measurement/masks.hpp>
#include <equireg/measurement/measure.hpp>
#include <equireg/measurement/sampling_masks.hpp>

#include <cmath>
#include <limits>
#include <string>

namespace fourier_sampling_test {

using namespace equireg;
using measurement::fourier_sampling;
using measurement::image_kind;
using tensor_d = cpu::tensor<double>;
using tensor_f = cpu::tensor<float>;

static_assert(check_linear_map<fourier_sampling<tensor_f>, tensor_f>());
static_assert(has_pseudo_inverse<fourier_sampling<tensor_d>, tensor_d> &&
              has_prox<fourier_sampling<tensor_d>, tensor_d>);
static_assert(measurement::has_observed<fourier_sampling<tensor_d>, tensor_d>);

const noise_address masks{5, 0, purpose::mask, 0};

template <class X>
void check_laws(double rounding) {
  for (const shape s :
       {shape{2, 4, 5, 7}, shape{1, 2, 8, 6}, shape{3, 2, 1, 9}, shape{1, 2, 1, 1}, shape{1, 6, 32, 48}}) {
    for (const auto kind : {image_kind::complex_pairs, image_kind::real}) {
      const fourier_sampling<X> a{measurement::random_mask<X>(s, 0.4, masks), kind};  // not symmetric about 0
      test::check_linear<X>(a, s);
      test::check_pseudo_inverse<X>(a, s, rounding);
      for (const double rho : {1e-2, 1.0, 50.0}) test::check_prox<X>(a, s, rho, rounding);
    }
  }
}

TEST_CASE("fourier sampling has its adjoint, pseudo-inverse and proximal point, for complex and real images",
          "[measurement][fourier_sampling]") {
  check_laws<tensor_d>(1e-13);
  check_laws<tensor_f>(1e-5);
}

TEST_CASE("fourier sampling is numpy's centred transform, whatever is odd", "[measurement][fourier_sampling]") {
  for (const std::string size : {"7x10", "9x9", "8x12", "1x5"}) {
    INFO(size);
    const auto stored = test::golden("fourier_image_" + size);
    const extent e{stored.shape().height, stored.shape().width};
    const auto x = stored.reshaped({1, 4, e.height, e.width});
    const fourier_sampling all{tensor_d({1, 1, e.height, e.width}, 1.0)};
    CHECK(test::relative_error(all(x).values(), test::golden("fourier_centred_" + size).values()) < 1e-14);
    CHECK(test::relative_error(all.adjoint(all(x)).values(), x.values()) < 1e-14);
    const fourier_sampling real{tensor_d({1, 1, e.height, e.width}, 1.0), image_kind::real};
    tensor_d re({1, 2, e.height, e.width});
    for (std::size_t i = 0; i < e.height; ++i) {
      for (std::size_t j = 0; j < e.width; ++j) {
        re(0, 0, i, j) = x(0, 0, i, j);
        re(0, 1, i, j) = x(0, 2, i, j);
      }
    }
    CHECK(test::relative_error(real(re).values(), test::golden("fourier_centred_real_" + size).values()) < 1e-14);
  }
}

TEST_CASE("frequency 0 stands at (floor(H / 2), floor(W / 2))", "[measurement][fourier_sampling]") {
  for (const extent e : {extent{4, 6}, extent{5, 7}, extent{6, 5}}) {
    tensor_d mask({1, 1, e.height, e.width}, 0.0);
    mask(0, 0, e.height / 2, e.width / 2) = 1;
    const fourier_sampling a{mask, image_kind::real};
    const tensor_d y = a(tensor_d({1, 1, e.height, e.width}, 2.0));
    CHECK(
        test::close(y(0, 0, e.height / 2, e.width / 2), 2 * std::sqrt(static_cast<double>(e.height * e.width)), 1e-14));
    CHECK(a.observed_count(3) == 6);
  }
}

TEST_CASE("a flip of the image reverses the frequencies of its axis, and keeps a symmetric mask",
          "[measurement][fourier_sampling]") {
  const shape s{1, 2, 5, 7};  // about the centre of an odd extent a flip turns no phases
  const auto flipped = [](const tensor_d& x) {
    tensor_d out(x.shape());
    for (std::size_t c = 0; c < 2; ++c) {
      for (std::size_t i = 0; i < 5; ++i) {
        for (std::size_t j = 0; j < 7; ++j) out(0, c, i, j) = x(0, c, i, 6 - j);
      }
    }
    return out;
  };
  tensor_d mask({1, 1, 5, 7}, 0.0);
  for (std::size_t i = 0; i < 5; ++i) mask(0, 0, i, 1) = mask(0, 0, i, 3) = mask(0, 0, i, 5) = 1;
  const fourier_sampling a{mask};
  const tensor_d x = test::random_tensor<tensor_d>(s, 1);
  CHECK(test::relative_error(a(flipped(x)).values(), flipped(a(x)).values()) < 1e-14);
}

TEST_CASE("what stood at unobserved frequencies is not read, NaN included", "[measurement][fourier_sampling]") {
  for (const auto kind : {image_kind::complex_pairs, image_kind::real}) {
    const shape s{1, 2, 4, 6};
    const fourier_sampling a{measurement::random_mask<tensor_f>(s, 0.5, masks), kind};
    const tensor_f x = test::random_tensor<tensor_f>(s, 1);
    const tensor_f y = a(x);
    tensor_f spoilt = y;
    for (std::size_t c = 0; c < y.shape().channels; ++c) {
      for (std::size_t i = 0; i < 4; ++i) {
        for (std::size_t j = 0; j < 6; ++j) {
          if (a.mask()(0, 0, i, j) == 0) spoilt(0, c, i, j) = std::numeric_limits<float>::quiet_NaN();
        }
      }
    }
    CHECK(test::relative_error(a.observed(spoilt).values(), y.values()) == 0);
    CHECK(test::relative_error(a.adjoint(spoilt).values(), a.adjoint(y).values()) == 0);
    CHECK(test::relative_error(a.pseudo_inverse(spoilt).values(), a.pseudo_inverse(y).values()) == 0);
    CHECK(test::relative_error(a.prox(x, spoilt, 0.5).values(), a.prox(x, y, 0.5).values()) == 0);
  }
}

TEST_CASE("fourier sampling refuses masks and images that do not fit", "[measurement][fourier_sampling]") {
  REQUIRE_THROWS_WITH(fourier_sampling{tensor_f({1, 1, 2, 2}, 0.5F)}, test::contains("4 values are neither"));
  REQUIRE_THROWS_WITH(fourier_sampling{tensor_f({1, 2, 2, 2}, 1.0F)}, test::contains("(1, 2, 2, 2)"));
  const fourier_sampling a{tensor_f({1, 1, 4, 4}, 1.0F)};
  REQUIRE_THROWS_WITH(a(tensor_f({1, 2, 4, 5}, 1.0F)), test::contains("x has shape (1, 2, 4, 5)"));
  REQUIRE_THROWS_WITH(a(tensor_f({1, 3, 4, 4}, 1.0F)), test::contains("pairs of channels"));
  const fourier_sampling real{tensor_f({1, 1, 4, 4}, 1.0F), image_kind::real};
  REQUIRE_THROWS_WITH(real.adjoint(tensor_f({1, 3, 4, 4}, 1.0F)), test::contains("y has shape (1, 3, 4, 4)"));
}

}  // namespace fourier_sampling_test
