// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/measurement/identity.hpp>
#include <equireg/measurement/residual.hpp>

namespace {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

static_assert(check_linear_map<measurement::identity, tensor_d>());
static_assert(has_pseudo_inverse<measurement::identity, tensor_d> && has_prox<measurement::identity, tensor_d>);

TEST_CASE("the identity obeys the laws of a linear map with a proximal point", "[measurement][identity]") {
  const measurement::identity a;
  for (const shape s : {shape{1, 1, 1, 1}, shape{2, 3, 4, 5}}) {
    test::check_linear<tensor_d>(a, s);
    test::check_pseudo_inverse<tensor_d>(a, s, 0);
    test::check_prox<tensor_d>(a, s, 0.3, 1e-14);
  }
}

TEST_CASE("the generic residual is y - A(x) and its norm per sample", "[measurement][residual]") {
  const tensor_d x({2, 1, 1, 2}, {1.0, 2.0, 3.0, 4.0}), y({2, 1, 1, 2}, {1.5, 0.0, 3.0, 1.0});
  const auto [r, squared_norm] = measurement::residual(measurement::identity{}, y, x);
  CHECK(std::vector<double>(r.values().begin(), r.values().end()) == std::vector<double>{0.5, -2, 0, -3});
  CHECK(to_host(squared_norm) == std::vector<double>{4.25, 9});
  REQUIRE_THROWS_WITH(measurement::residual(measurement::identity{}, tensor_d({2, 1, 1, 3}, 0.0), x),
                      test::contains("(2, 1, 1, 3)"));
}

}  // namespace
