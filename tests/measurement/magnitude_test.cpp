// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/measurement/magnitude.hpp>

namespace magnitude_test {

using namespace equireg;
using measurement::recorded;
using tensor_d = cpu::tensor<double>;

struct detector {
  recorded what;
  tensor_d operator()(const tensor_d& z) const { return measurement::recorded_part(z, what); }
  auto linearize(const tensor_d& z) const {
    return linearization{(*this)(z),
                         [z, kind = what](const tensor_d& w) { return measurement::pull_back_part(z, w, kind); }};
  }
};

TEST_CASE("a detector records amplitude or intensity, and its pullback is the derivative", "[measurement][magnitude]") {
  const tensor_d z({1, 2, 1, 2}, {3, 0, 4, -2});
  CHECK(detector{recorded::amplitude}(z).data()[0] == 5);
  CHECK(detector{recorded::intensity}(z).data()[0] == 25);
  CHECK(detector{recorded::intensity}(z).data()[1] == 4);
  tensor_d wave = test::random_tensor<tensor_d>({2, 4, 5, 7}, 1);
  transform(
      wave, [](double v) { return v > 0 ? v + 1 : v - 1; }, wave);  // away from 0, where there is no derivative
  for (const auto what : {recorded::amplitude, recorded::intensity}) test::check_pullback(detector{what}, wave);
}

TEST_CASE("where the wave is 0 both pullbacks are 0", "[measurement][magnitude]") {
  const tensor_d z({1, 2, 1, 1}, 0.0), w({1, 1, 1, 1}, 3.0);
  for (const auto what : {recorded::amplitude, recorded::intensity}) {
    const tensor_d g = measurement::pull_back_part(z, w, what);
    CHECK(g.data()[0] == 0);
    CHECK(g.data()[1] == 0);
  }
}

}  // namespace magnitude_test
