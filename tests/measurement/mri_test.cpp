// SPDX-License-Identifier: BSD-3-Clause
#include <support/golden.hpp>
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/complex_pairs.hpp>
#include <equireg/backend/cpu/fourier.hpp>
#include <equireg/measurement/coil_maps.hpp>
#include <equireg/measurement/mri.hpp>
#include <equireg/measurement/sampling_masks.hpp>

#include <cmath>

namespace mri_test {

using namespace equireg;
using measurement::mri;
using measurement::synthetic_coil_maps;
using tensor_d = cpu::tensor<double>;
using tensor_f = cpu::tensor<float>;

static_assert(check_linear_map<mri<tensor_f>, tensor_f>());
static_assert(has_pseudo_inverse<mri<tensor_d>, tensor_d> && has_prox<mri<tensor_d>, tensor_d>);

const noise_address masks{5, 0, purpose::mask, 0};

template <class X>
mri<X> scanner(const shape& s, std::size_t coils, double acceleration) {
  return mri<X>{measurement::random_lines_mask<X>(s, {.acceleration = acceleration}, masks),
                synthetic_coil_maps<X>(s, coils)};
}

TEST_CASE("mri has its adjoint, pseudo-inverse and proximal point", "[measurement][mri]") {
  for (const auto& [s, coils] :
       {std::pair{shape{2, 2, 5, 7}, std::size_t{3}}, {{1, 4, 8, 6}, 2}, {{1, 2, 1, 1}, 1}, {{3, 2, 16, 33}, 4}}) {
    const auto a = scanner<tensor_d>(s, coils, 2);
    test::check_linear<tensor_d>(a, s);
    // The iterations stop at 1e-10 of |A^T y|; the smallest eigenvalues of A^T A magnify that in the solution.
    test::check_prox<tensor_d>(a, s, 0.05, 2e-10);
    test::check_prox<tensor_d>(a, s, 3.0, 2e-10);
    test::check_linear<tensor_f>(scanner<tensor_f>(s, coils, 2), s);
    test::check_prox<tensor_f>(scanner<tensor_f>(s, coils, 2), s, 0.5, 1e-5);
  }
  const auto a = scanner<tensor_d>({1, 2, 8, 6}, 6, 1.5);
  const tensor_d y = a(test::random_tensor<tensor_d>({1, 2, 8, 6}, 1));
  CHECK(test::relative_error(a(a.pseudo_inverse(y)).values(), y.values()) < 1e-7);
}

TEST_CASE("mri is numpy's, and its pseudo-inverse the least-squares solution of least norm", "[measurement][mri]") {
  const mri a{test::golden("fourier_mri_mask").reshaped({1, 1, 6, 10}),
              test::golden("fourier_mri_maps").reshaped({1, 6, 6, 10})};
  CHECK(a.coils() == 3);
  CHECK(a.observed_count(1) == 2 * 3 * 6 * 7);
  const tensor_d x = test::golden("fourier_mri_image").reshaped({1, 2, 6, 10});
  CHECK(test::relative_error(a(x).values(), test::golden("fourier_mri_data").values()) < 1e-14);
  const tensor_d y = test::golden("fourier_mri_noisy").reshaped({1, 6, 6, 10});
  // 1e-10 of the residual, times a condition number below 1000.
  CHECK(test::relative_error(a.pseudo_inverse(y).values(), test::golden("fourier_mri_pseudo_inverse").values()) < 1e-7);
}

TEST_CASE("fully sampled data give the image back, and its magnitude without maps", "[measurement][mri]") {
  const shape s{2, 2, 12, 9};
  const mri a{tensor_d({1, 1, 12, 9}, 1.0), synthetic_coil_maps<tensor_d>(s, 4)};
  const tensor_d x = test::random_tensor<tensor_d>(s, 1), y = a(x);
  CHECK(test::relative_error(a.minimum_variance(y).values(), x.values()) < 1e-13);  // sum_j |S_j|^2 = 1
  CHECK(test::relative_error(a.pseudo_inverse(y).values(), x.values()) < 1e-9);
  const tensor_d size = a.root_sum_of_squares_image(y);
  REQUIRE(size.shape() == shape{2, 1, 12, 9});
  CHECK(test::relative_error(size.values(), root_sum_of_squares(x, 2).values()) < 1e-13);
}

TEST_CASE("the minimum-variance image divides by the root of the maps' energy", "[measurement][mri]") {
  tensor_d maps({1, 4, 1, 3}, {3, 2, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0});  // |S|^2 = 9 + 16, 4, 0
  const mri a{tensor_d({1, 1, 1, 3}, 1.0), maps};
  const tensor_d x({1, 2, 1, 3}, {1, 1, 1, 0, 0, 0});
  const tensor_d estimate = a.minimum_variance(a(x));
  CHECK(test::close(estimate.data()[0], 5, 1e-14));
  CHECK(test::close(estimate.data()[1], 2, 1e-14));
  CHECK(estimate.data()[2] == 0);
}

TEST_CASE("mri refuses maps and images that do not fit", "[measurement][mri]") {
  REQUIRE_THROWS_WITH((mri{tensor_d({1, 1, 4, 4}, 1.0), tensor_d({1, 3, 4, 4}, 1.0)}), test::contains("(1, 3, 4, 4)"));
  REQUIRE_THROWS_WITH((mri{tensor_d({1, 1, 4, 4}, 1.0), tensor_d({1, 2, 4, 5}, 1.0)}), test::contains("(1, 2, 4, 5)"));
  const mri a{tensor_d({1, 1, 4, 4}, 1.0), tensor_d({1, 2, 4, 4}, 1.0)};
  REQUIRE_THROWS_WITH(a(tensor_d({1, 1, 4, 4}, 1.0)), test::contains("(1, 1, 4, 4)"));
}

}  // namespace mri_test
