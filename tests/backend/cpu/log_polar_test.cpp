// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/backend/cpu/log_polar.hpp>

#include <complex>

namespace log_polar_test {

using namespace equireg;
using tensor_d = cpu::tensor<double>;

struct logarithm {
  tensor_d operator()(const tensor_d& v) const { return log_polar(v); }
  auto linearize(const tensor_d& v) const {
    return linearization{log_polar(v), [v](const tensor_d& w) { return log_polar_pullback(v, w); }};
  }
};

TEST_CASE("log_polar is the complex logarithm, and is differentiated", "[backend][log_polar]") {
  const tensor_d v = test::random_tensor<tensor_d>({2, 2, 3, 5}, 1), out = log_polar(v);
  for (std::size_t b = 0; b < 2; ++b) {
    for (std::size_t i = 0; i < 15; ++i) {
      const auto expected = std::log(std::complex<double>(v.sample(b)[i], v.sample(b)[15 + i]));
      CHECK(std::abs(std::complex<double>(out.sample(b)[i], out.sample(b)[15 + i]) - expected) < 1e-14);
    }
  }
  test::check_pullback(logarithm{}, v);
}

TEST_CASE("log_polar refuses what is not complex", "[backend][log_polar]") {
  REQUIRE_THROWS_WITH(log_polar(tensor_d({1, 3, 2, 2})), test::contains("(1, 3, 2, 2)"));
  REQUIRE_THROWS_WITH(log_polar_pullback(tensor_d({1, 2, 2, 2}), tensor_d({1, 2, 2, 1})),
                      test::contains("w has shape"));
}

}  // namespace log_polar_test
