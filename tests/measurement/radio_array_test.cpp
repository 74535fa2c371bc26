// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>
#include <support/tolerance.hpp>

#include <equireg/measurement/radio_array.hpp>

#include <numbers>
#include <set>

namespace radio_array_test {

using namespace equireg::measurement;
using equireg::test::close;
using std::numbers::pi;

TEST_CASE("a source at the pole turns an east-west baseline on a circle, and one at the equator on a line",
          "[measurement][radio_array]") {
  const std::vector<station> pair = {{0, 0, 1000}, {0, 100, 1000}};  // near the north pole
  const observation o{.declination = pi / 2, .first_hour_angle = 0, .last_hour_angle = pi, .scans = 5};
  const auto turning = synthesize(pair, o);
  REQUIRE(turning.size() == 5);
  for (std::size_t k = 0; k < 5; ++k) {
    const double h = pi * static_cast<double>(k) / 4;
    CHECK(std::abs(turning[k].u - 100 * std::cos(h)) < 1e-10);
    CHECK(std::abs(turning[k].v - 100 * std::sin(h)) < 1e-10);
    CHECK(turning[k].scan == k);
  }
  const std::vector<station> equator = {{1000, 0, 0}, {1000, 100, 0}};
  const auto flat =
      synthesize(equator, {.declination = 0, .first_hour_angle = -0.5, .last_hour_angle = 0.5, .scans = 3});
  REQUIRE(flat.size() == 3);
  for (const auto& b : flat) CHECK(std::abs(b.v) < 1e-10);
  CHECK(close(flat[1].u, 100, 1e-14));
}

TEST_CASE("the length across the line of sight is the baseline's projection", "[measurement][radio_array]") {
  const std::vector<station> pair = {{600, 0, 800}, {610, 40, 780}};
  const double d = 0.4, h = 0.3;
  const auto b = synthesize(pair, {.declination = d, .first_hour_angle = h, .scans = 1, .least_elevation = -2});
  REQUIRE(b.size() == 1);
  const double source[] = {std::cos(d) * std::cos(h), -std::cos(d) * std::sin(h), std::sin(d)};
  const double along = 10 * source[0] + 40 * source[1] - 20 * source[2];
  CHECK(close(b[0].u * b[0].u + b[0].v * b[0].v + along * along, 100 + 1600 + 400, 1e-13));
}

TEST_CASE("stations that see the source too low take no part", "[measurement][radio_array]") {
  const std::vector<station> three = {{1000, 0, 0}, {990, 100, 0}, {-1000, 0, 0}};
  const auto b = synthesize(three, {.declination = 0, .scans = 1});
  REQUIRE(b.size() == 1);
  CHECK(b[0].first == 0);
  CHECK(b[0].second == 1);
}

TEST_CASE("there are as many independent closures as the counts of Thompson, Moran and Swenson",
          "[measurement][radio_array]") {
  for (const std::size_t n : {2, 3, 4, 5, 7}) {
    std::vector<station> stations;
    for (std::size_t k = 0; k < n; ++k) {
      const double t = static_cast<double>(k);
      stations.push_back({1000 + 10 * std::sin(t), 30 * std::cos(3 * t), 5 * t});
    }
    const auto b = synthesize(stations, {.first_hour_angle = -0.2, .last_hour_angle = 0.2, .scans = 2});
    REQUIRE(b.size() == n * (n - 1));
    const auto phases = closure_triangles(b);
    const auto amplitudes = closure_quadrangles(b);
    CHECK(phases.size() == 2 * ((n - 1) * (n - 2) / 2));
    CHECK(amplitudes.size() == (n > 3 ? 2 * (n * (n - 3) / 2) : 0));
    const auto of_one_scan = [&](const closure_terms& terms) {
      std::set<std::size_t> scans;
      for (const auto& term : terms) scans.insert(b[term.first].scan);
      return scans.size() == 1;
    };
    for (const auto& terms : phases) CHECK((terms.size() == 3 && of_one_scan(terms)));
    for (const auto& terms : amplitudes) CHECK((terms.size() == 4 && of_one_scan(terms)));
  }
}

TEST_CASE("closures use only the baselines that are there, in either direction", "[measurement][radio_array]") {
  const std::vector<baseline> b = {{0, 0, 1, 0, 0}, {0, 0, 1, 2, 0}, {0, 0, 2, 0, 0}, {0, 0, 2, 3, 0}};
  const auto phases = closure_triangles(b);
  REQUIRE(phases.size() == 1);  // V_01 V_12 V_20, of which V_10 is observed as its conjugate
  CHECK(phases[0] == closure_terms{{0, -1.0}, {1, 1.0}, {2, 1.0}});
  CHECK(closure_quadrangles(b).empty());
  CHECK(closure_triangles({}).empty());
}

}  // namespace radio_array_test
