// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/measurement/identity.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/measurement/residual.hpp>

#include <type_traits>
#include <vector>

namespace identity_test {

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
  const auto check = [&](const auto& a) {
    const auto [r, squared_norm] = measurement::residual(a, y, x);
    CHECK(std::vector<double>(r.values().begin(), r.values().end()) == std::vector<double>{0.5, -2, 0, -3});
    CHECK(to_host(squared_norm) == std::vector<double>{4.25, 9});
    REQUIRE_THROWS_WITH(measurement::residual(a, tensor_d({2, 1, 1, 3}, 0.0), x), test::contains("(2, 1, 1, 3)"));
  };
  check(identity_map{});           // which has no residual of its own
  check(measurement::identity{});  // which has one
}

TEST_CASE("an operator that keeps residuals returns them from its adjoint", "[measurement][residual]") {
  const tensor_d x({1, 1, 1, 4}, {1.0, 2.0, -3.0, 4.0}), y({1, 1, 1, 4}, {1.5, 0.0, 3.0, 1.0});
  const auto check = [&](const auto& a) {
    static_assert(measurement::keeps_residuals<std::remove_cvref_t<decltype(a)>>);
    const tensor_d r = a.residual(y, x).value, again = a.adjoint(r);
    CHECK(std::vector<double>(again.values().begin(), again.values().end()) ==
          std::vector<double>(r.values().begin(), r.values().end()));
  };
  check(measurement::identity{});
  check(measurement::inpainting{tensor_d({1, 1, 1, 4}, {1.0, 0.0, 0.0, 1.0})});
}

}  // namespace identity_test
