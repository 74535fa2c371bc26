// SPDX-License-Identifier: BSD-3-Clause
#include <support/map_laws.hpp>

#include <equireg/measurement/closure_quantities.hpp>
#include <equireg/measurement/interferometry.hpp>

#include <complex>
#include <numbers>

namespace closure_quantities_test {

using namespace equireg;
using measurement::baseline;
using measurement::closure_list;
using measurement::closure_quantities;
using measurement::interferometer;
using tensor_d = cpu::tensor<double>;
using tensor_f = cpu::tensor<float>;

static_assert(check_differentiable_map<closure_quantities<tensor_f>, tensor_f>());

// Five telescopes, three times, and the baseline (0, 0) at the end.
std::vector<baseline> array() {
  std::vector<measurement::station> stations;
  for (std::size_t k = 0; k < 5; ++k) {
    const double t = static_cast<double>(k);
    stations.push_back({1 + 0.1 * std::sin(2 * t), 0.3 * std::cos(3 * t), 0.2 * std::sin(t * t)});
  }
  auto list = measurement::synthesize(
      stations, {.declination = 0.2, .first_hour_angle = -0.3, .last_hour_angle = 0.3, .scans = 3});
  list.push_back({0, 0, 0, 0, 0});
  return list;
}

const std::vector<baseline> baselines = array();
const closure_list closures{measurement::closure_triangles(baselines), measurement::closure_quadrangles(baselines), {}};
const std::size_t count = baselines.size();

template <class X>
double largest_difference(const X& a, const X& b) {
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    most = std::max(most, std::abs(static_cast<double>(a.data()[i] - b.data()[i])));
  return most;
}

TEST_CASE("closure quantities are what the products of visibilities say", "[measurement][closure_quantities]") {
  const tensor_d v = test::random_tensor<tensor_d>({2, 2, 1, count}, 1);
  closure_list list = closures;
  list.amplitudes = {2, count - 1};
  const closure_quantities<tensor_d> q(count, list);
  const tensor_d y = q(v);
  REQUIRE(list.phases.size() == 3 * 6);
  REQUIRE(list.log_amplitudes.size() == 3 * 5);
  REQUIRE(y.shape() == shape{2, 1, 1, 18 + 15 + 2});
  for (std::size_t b = 0; b < 2; ++b) {
    const auto at = [&](std::size_t m) { return std::complex<double>(v(b, 0, 0, m), v(b, 1, 0, m)); };
    std::size_t k = 0;
    for (const auto& terms : list.phases) {
      std::complex<double> product = 1;
      for (const auto& [m, weight] : terms) product *= weight > 0 ? at(m) : std::conj(at(m));
      CHECK(std::abs(y(b, 0, 0, k++) - std::arg(product)) < 1e-13);
    }
    for (const auto& terms : list.log_amplitudes) {
      double sum = 0;
      for (const auto& [m, weight] : terms) sum += weight * std::log(std::abs(at(m)));
      CHECK(std::abs(y(b, 0, 0, k++) - sum) < 1e-13);
    }
    CHECK(test::close(y(b, 0, 0, k++), std::abs(at(2)), 1e-14));
    CHECK(test::close(y(b, 0, 0, k++), std::abs(at(count - 1)), 1e-14));
  }
  for (std::size_t k = 0; k < y.shape().width; ++k) CHECK(q.angular().data()[k] == (k < 18 ? 1 : 0));
}

TEST_CASE("no telescope's gain or phase changes a closure quantity", "[measurement][closure_quantities]") {
  const tensor_d v = test::random_tensor<tensor_d>({1, 2, 1, count}, 1);
  const closure_quantities<tensor_d> q(count, closures);
  const std::complex<double> gains[] = {{0.3, 1.2}, {-2, 0.1}, {0.7, -0.7}, {1.5, 0.4}, {-0.2, -0.9}};
  tensor_d disturbed(v.shape());
  for (std::size_t m = 0; m < count; ++m) {
    const auto w = gains[baselines[m].first] * std::conj(gains[baselines[m].second]) *
                   std::complex<double>(v(0, 0, 0, m), v(0, 1, 0, m));
    disturbed(0, 0, 0, m) = w.real();
    disturbed(0, 1, 0, m) = w.imag();
  }
  CHECK(test::relative_error(disturbed.values(), v.values()) > 0.5);
  CHECK(largest_difference(q(disturbed), q(v)) < 1e-13);
}

TEST_CASE("closure quantities of an image do not know where it stands nor how bright it is, and the flux does",
          "[measurement][closure_quantities]") {
  const interferometer<tensor_d> a(baselines, {16, 16}, 0.8);
  tensor_d x({1, 1, 16, 16}, 0.0), moved({1, 1, 16, 16}, 0.0);
  for (std::size_t i = 0; i < 6; ++i) {
    for (std::size_t j = 0; j < 5; ++j) {
      x(0, 0, 4 + i, 5 + j) = 0.1 + static_cast<double>((3 * i + 5 * j * j) % 7);
      moved(0, 0, 7 + i, 3 + j) = 2.5 * x(0, 0, 4 + i, 5 + j);
    }
  }
  const auto f = compose(closure_quantities<tensor_d>(count, closures), a);
  CHECK(largest_difference(f(x), f(moved)) < 1e-10);
  moved(0, 0, 10, 5) += 3;
  CHECK(largest_difference(f(x), f(moved)) > 1e-3);
  const auto flux = compose(closure_quantities<tensor_d>(count, {.amplitudes = {count - 1}}), a);
  double sum = 0;
  for (const double each : x.values()) sum += each;
  CHECK(test::close(flux(x).data()[0], sum, 1e-13));
}

TEST_CASE("closure quantities are differentiated", "[measurement][closure_quantities]") {
  closure_list list = closures;
  list.amplitudes = {0, 3, count - 1};
  const closure_quantities<tensor_d> q(count, list);
  test::check_pullback(q, test::random_tensor<tensor_d>({2, 2, 1, count}, 1));
  const interferometer<tensor_d> a(baselines, {8, 8}, 0.8);
  tensor_d x = test::random_tensor<tensor_d>({2, 1, 8, 8}, 5);
  for (double& each : x.values()) each = each * each;
  test::check_pullback(compose(q, a), x);
}

TEST_CASE("a visibility of 0 pulls nothing back", "[measurement][closure_quantities]") {
  const closure_quantities<tensor_d> q(2, {.log_amplitudes = {{{0, 1.0}, {1, -1.0}}}});
  const tensor_d v({1, 2, 1, 2}, {0.0, 3.0, 0.0, 4.0});
  const tensor_d back = q.linearize(v).pullback(tensor_d({1, 1, 1, 1}, 1.0));
  CHECK(back.data()[0] == 0);
  CHECK(back.data()[2] == 0);
  CHECK(test::close(back.data()[1], -3.0 / 25, 1e-15));
  CHECK(test::close(back.data()[3], -4.0 / 25, 1e-15));
}

TEST_CASE("thermal noise is propagated to first order", "[measurement][closure_quantities]") {
  // Visibilities of modulus 1 to 3 with noise of 1e-3 in each part: higher orders are 1e-3 of the first. 4000 draws
  // give a standard deviation to 1.1%; five standard errors are 6%.
  closure_list list = closures;
  list.amplitudes = {1};
  const closure_quantities<tensor_d> q(count, list);
  tensor_d v({1, 2, 1, count});
  for (std::size_t m = 0; m < count; ++m) {
    const auto z = std::polar(1 + 2 * static_cast<double>(m % 5) / 4, 0.1 * static_cast<double>(m % 7));
    v(0, 0, 0, m) = z.real();
    v(0, 1, 0, m) = z.imag();
  }
  const std::size_t draws = 4000;
  tensor_d noisy({draws, 2, 1, count}), sigma({1, 1, 1, count});
  for (std::size_t m = 0; m < count; ++m) sigma.data()[m] = 1e-3 * (1 + static_cast<double>(m % 3));
  fill_normal(noisy, {3, 0, purpose::user, 0});
  transform(
      noisy, [](double eps, double z, double s) { return z + s * eps; }, noisy, broadcast{v}, broadcast{sigma});
  const tensor_d y = q(noisy), mean = q(v), expected = q.thermal_noise(v, sigma);
  REQUIRE(expected.shape() == mean.shape());
  for (std::size_t k = 0; k < q.size(); ++k) {
    double square = 0;
    for (std::size_t b = 0; b < draws; ++b) square += std::pow(y(b, 0, 0, k) - mean.data()[k], 2);
    CHECK(test::close(std::sqrt(square / static_cast<double>(draws)), expected.data()[k], 0.06));
  }
  // Three sides of modulus |V| and one sigma: sigma sqrt(sum 1 / |V|^2).
  double sum = 0;
  for (const auto& [m, weight] : list.phases[0]) {
    sum += sigma.data()[m] * sigma.data()[m] / (v(0, 0, 0, m) * v(0, 0, 0, m) + v(0, 1, 0, m) * v(0, 1, 0, m));
  }
  CHECK(test::close(expected.data()[0], std::sqrt(sum), 1e-13));
}

TEST_CASE("closure quantities refuse visibilities of another number", "[measurement][closure_quantities]") {
  const closure_quantities<tensor_d> q(4, {.amplitudes = {0}});
  REQUIRE_THROWS_WITH(q(tensor_d({1, 2, 1, 5})), test::contains("expected (1, 2, 1, 4)"));
  REQUIRE_THROWS_WITH(closure_quantities<tensor_d>(4, {}), test::contains("the lists are empty"));
  REQUIRE_THROWS_WITH(closure_quantities<tensor_d>(4, {.amplitudes = {4}}), test::contains("reads number 4"));
  REQUIRE_THROWS_WITH(q.thermal_noise(tensor_d({1, 2, 1, 4}, 1.0), tensor_d({1, 1, 1, 3}, 1.0)),
                      test::contains("(1, 1, 1, 3)"));
}

}  // namespace closure_quantities_test
