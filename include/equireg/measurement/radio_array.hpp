// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Baselines of a radio array while the Earth turns, and the closed loops among them.

#include <equireg/core/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <utility>
#include <vector>

namespace equireg::measurement {

/// Where a telescope stands: geocentric, x towards the Greenwich meridian on the equator, y 90 degrees east of it, z
/// towards the north pole; in wavelengths.
struct station {
  double x = 0;
  double y = 0;
  double z = 0;
};

/// Two telescopes at one time: (u, v) in wavelengths, u to the east and v to the north of the source.
struct baseline {
  double u = 0;
  double v = 0;
  std::size_t first = 0;   ///< station
  std::size_t second = 0;  ///< station
  std::size_t scan = 0;    ///< time
};

/// When and where the array looks.
struct observation {
  double declination = 0;       ///< of the source, radians
  double first_hour_angle = 0;  ///< at Greenwich, radians
  double last_hour_angle = 0;   ///< at Greenwich, radians; the last scan's
  std::size_t scans = 1;
  double least_elevation = 0.1745;  ///< radians, of a sphere: a station that sees the source lower than this is out
};

/// The baselines of every pair of stations that see the source, scan by scan:
///
///     u = X sin H + Y cos H,   v = -X sin d cos H + Y sin d sin H + Z cos d
///
/// for (X, Y, Z) from the first to the second station, declination d and hour angle H (Thompson, Moran and Swenson
/// 2017, section 4.1).
inline std::vector<baseline> synthesize(const std::vector<station>& stations, const observation& o) {
  std::vector<baseline> baselines;
  for (std::size_t scan = 0; scan < o.scans; ++scan) {
    const double part = o.scans > 1 ? static_cast<double>(scan) / static_cast<double>(o.scans - 1) : 0;
    const double h = o.first_hour_angle + part * (o.last_hour_angle - o.first_hour_angle);
    const double sh = std::sin(h), ch = std::cos(h), sd = std::sin(o.declination), cd = std::cos(o.declination);
    const auto sees = [&](const station& s) {
      const double height = std::hypot(s.x, s.y, s.z);
      return cd * ch * s.x - cd * sh * s.y + sd * s.z >= std::sin(o.least_elevation) * height;
    };
    for (std::size_t i = 0; i < stations.size(); ++i) {
      for (std::size_t j = i + 1; j < stations.size(); ++j) {
        if (!sees(stations[i]) || !sees(stations[j])) continue;
        const double x = stations[j].x - stations[i].x, y = stations[j].y - stations[i].y,
                     z = stations[j].z - stations[i].z;
        baselines.push_back({x * sh + y * ch, -x * sd * ch + y * sd * sh + z * cd, i, j, scan});
      }
    }
  }
  return baselines;
}

/// A closure quantity as a sum over baselines: of phases, or of logarithms of amplitudes, times the weights +1 or -1.
using closure_terms = std::vector<std::pair<std::size_t, double>>;

namespace detail {

/// Those of `candidates` that no earlier ones make up, in order (Gaussian elimination over few columns).
inline std::vector<closure_terms> independent(const std::vector<closure_terms>& candidates,
                                              const std::vector<std::size_t>& columns) {
  std::vector<closure_terms> chosen;
  std::vector<std::vector<double>> reduced;
  std::vector<std::size_t> pivots;
  for (const auto& candidate : candidates) {
    std::vector<double> row(columns.size(), 0.0);
    for (const auto& [baseline, weight] : candidate) {
      row[static_cast<std::size_t>(std::find(columns.begin(), columns.end(), baseline) - columns.begin())] += weight;
    }
    for (std::size_t k = 0; k < reduced.size(); ++k) {
      const double factor = row[pivots[k]] / reduced[k][pivots[k]];
      for (std::size_t c = 0; c < row.size(); ++c) row[c] -= factor * reduced[k][c];
    }
    const auto largest =
        std::max_element(row.begin(), row.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
    if (largest == row.end() || std::abs(*largest) < 1e-9) continue;
    pivots.push_back(static_cast<std::size_t>(largest - row.begin()));
    reduced.push_back(std::move(row));
    chosen.push_back(candidate);
  }
  return chosen;
}

/// Calls f(stations, columns, index) for each scan; index(i, j) is a baseline's number and its direction, +1 or -1, or
/// the number of all baselines where there is none.
template <class F>
void for_scans(const std::vector<baseline>& baselines, const F& f) {
  std::vector<std::size_t> scans;
  for (const auto& b : baselines) scans.push_back(b.scan);
  std::sort(scans.begin(), scans.end());
  scans.erase(std::unique(scans.begin(), scans.end()), scans.end());
  for (const std::size_t scan : scans) {
    std::vector<std::size_t> stations, columns;
    for (std::size_t m = 0; m < baselines.size(); ++m) {
      if (baselines[m].scan != scan || baselines[m].first == baselines[m].second) continue;
      columns.push_back(m);
      stations.push_back(baselines[m].first);
      stations.push_back(baselines[m].second);
    }
    std::sort(stations.begin(), stations.end());
    stations.erase(std::unique(stations.begin(), stations.end()), stations.end());
    f(stations, columns, [&](std::size_t i, std::size_t j) -> std::pair<std::size_t, double> {
      for (const std::size_t m : columns) {
        if (baselines[m].first == i && baselines[m].second == j) return {m, 1.0};
        if (baselines[m].first == j && baselines[m].second == i) return {m, -1.0};
      }
      return {baselines.size(), 0.0};
    });
  }
}

}  // namespace detail

/// arg(V_ij V_jk V_ki) as sums of phases: of the triangles of each scan an independent set, (n - 1)(n - 2) / 2 where
/// all n stations are joined. What a station does to the phase of its signal cancels.
inline std::vector<closure_terms> closure_triangles(const std::vector<baseline>& baselines) {
  std::vector<closure_terms> all;
  detail::for_scans(baselines, [&](const auto& stations, const auto& columns, const auto& index) {
    std::vector<closure_terms> candidates;
    for (std::size_t a = 0; a < stations.size(); ++a) {
      for (std::size_t b = a + 1; b < stations.size(); ++b) {
        for (std::size_t c = b + 1; c < stations.size(); ++c) {
          const std::array sides = {index(stations[a], stations[b]), index(stations[b], stations[c]),
                                    index(stations[c], stations[a])};
          if (std::all_of(sides.begin(), sides.end(), [](const auto& side) { return side.second != 0; })) {
            candidates.push_back({sides.begin(), sides.end()});
          }
        }
      }
    }
    for (auto& terms : detail::independent(candidates, columns)) all.push_back(std::move(terms));
  });
  return all;
}

/// log |V_ij| + log |V_kl| - log |V_ik| - log |V_jl| as sums of log amplitudes: of each scan an independent set,
/// n (n - 3) / 2 where all n stations are joined. What a station does to the amplitude of its signal cancels.
inline std::vector<closure_terms> closure_quadrangles(const std::vector<baseline>& baselines) {
  std::vector<closure_terms> all;
  detail::for_scans(baselines, [&](const auto& s, const auto& columns, const auto& index) {
    std::vector<closure_terms> candidates;
    const auto add = [&](std::size_t i, std::size_t j, std::size_t k, std::size_t l) {
      const std::array sides = {index(i, j), index(k, l), index(i, k), index(j, l)};
      if (std::any_of(sides.begin(), sides.end(), [](const auto& side) { return side.second == 0; })) return;
      candidates.push_back(
          {{sides[0].first, 1.0}, {sides[1].first, 1.0}, {sides[2].first, -1.0}, {sides[3].first, -1.0}});
    };
    for (std::size_t a = 0; a < s.size(); ++a) {
      for (std::size_t b = a + 1; b < s.size(); ++b) {
        for (std::size_t c = b + 1; c < s.size(); ++c) {
          for (std::size_t d = c + 1; d < s.size(); ++d) {
            add(s[a], s[b], s[c], s[d]);
            add(s[a], s[b], s[d], s[c]);
            add(s[a], s[c], s[d], s[b]);
          }
        }
      }
    }
    for (auto& terms : detail::independent(candidates, columns)) all.push_back(std::move(terms));
  });
  return all;
}

}  // namespace equireg::measurement
