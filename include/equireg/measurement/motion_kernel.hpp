// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::motion_kernel`: the path of a camera that shakes during the exposure.

#include <equireg/core/dense_matrix.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/filter_kernel.hpp>
#include <equireg/core/random.hpp>

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <vector>

namespace equireg::measurement {

struct motion {
  std::size_t size = 61;   ///< odd: the kernel has at most size x size pixels; 61 for images of 256, 121 for 512
  double intensity = 0.5;  ///< 0 (straight) to 1 (many and sharp jerks)
};

namespace motion_parts {

/// The random numbers of one path, in order.
class draws {
 public:
  explicit draws(const noise_address& address) : address_(address) {}

  double uniform(double low, double high) { return low + (high - low) * equireg::uniform(address_, 0, next_++); }

  /// Beta(1, b): the least of b uniform numbers.
  double beta_1(double b) { return 1 - std::pow(1 - uniform(0, 1), 1 / b); }

  /// Beta(2, 20): the second least of 21 uniform numbers.
  double beta_2_20() {
    double least = 1, second = 1;
    for (int i = 0; i < 21; ++i) {
      const double u = uniform(0, 1);
      second = std::clamp(u, least, second);
      least = std::min(u, least);
    }
    return second;
  }

  /// Density rising from 0 to `mode`, falling from there to `high`.
  double triangular(double mode, double high) {
    const double u = uniform(0, 1);
    return u * high < mode ? std::sqrt(u * high * mode) : high - std::sqrt((1 - u) * high * (high - mode));
  }

 private:
  noise_address address_;
  std::uint32_t next_ = 0;
};

using point = std::complex<double>;

/// The corners of the path on a canvas with the diagonal d, their mean at the origin.
inline std::vector<point> path(double d, double intensity, draws& random) {
  constexpr double spare = 0.1;
  const double wanted = 0.75 * d * (random.uniform(0, 1) + random.uniform(0, intensity * intensity));
  const double length = std::max(wanted, 1.0);  // shorter steps than a pixel would hardly ever be drawn
  std::vector<double> steps;
  for (double sum = 0; sum < length;) {
    const double step = random.beta_1(30) * (1 - intensity + spare) * d;
    if (step >= length) continue;
    steps.push_back(step);
    sum += step;
  }
  const double widest = random.uniform(0, intensity * std::numbers::pi);
  const double jerk = random.beta_2_20();
  double angle = random.uniform(-widest, widest);
  std::vector<point> corners;
  point at = 0, mean = 0;
  for (const double step : steps) {
    if (!corners.empty()) {
      const double size = random.triangular(intensity * widest, widest + spare);
      const bool turns = random.uniform(0, 1) < jerk;
      angle = (angle < 0) != turns ? -size : size;
    }
    corners.push_back(at += std::polar(step, angle));
    mean += at / static_cast<double>(steps.size());
  }
  const point turn = std::polar(1.0, random.uniform(0, std::numbers::pi));
  for (point& p : corners) p = (p - mean) * turn;
  return corners;
}

/// max(canvas, how much of each pixel a line of `width` from p to q covers). Points are (row, column), pixel (i, j) has
/// its centre at (i + 1/2, j + 1/2); what leaves the canvas is lost.
inline void draw(dense_matrix& canvas, point p, point q, double width) {
  const double reach = width / 2 + 0.5;
  const auto least = [&](double a, double b) {
    return static_cast<std::size_t>(std::max(std::min(a, b) - reach, 0.0));
  };
  const auto end = [&](double a, double b, std::size_t size) {
    return static_cast<std::size_t>(std::clamp(std::max(a, b) + reach + 1, 0.0, static_cast<double>(size)));
  };
  const point along = q - p;
  const double square = std::norm(along);
  for (std::size_t i = least(p.real(), q.real()); i < end(p.real(), q.real(), canvas.rows); ++i) {
    for (std::size_t j = least(p.imag(), q.imag()); j < end(p.imag(), q.imag(), canvas.columns); ++j) {
      const point centre = point(static_cast<double>(i) + 0.5, static_cast<double>(j) + 0.5) - p;
      const double t = square > 0 ? std::clamp(std::real(centre * std::conj(along)) / square, 0.0, 1.0) : 0.0;
      canvas(i, j) = std::max(canvas(i, j), std::clamp(reach - std::abs(centre - t * along), 0.0, 1.0));
    }
  }
}

/// Smoothed along rows and then turned, so that twice is both directions. Nothing comes from outside.
inline dense_matrix smoothed_and_turned(const dense_matrix& m, double sigma) {
  const auto radius = static_cast<std::ptrdiff_t>(4 * sigma + 0.5);
  dense_matrix out(m.columns, m.rows);
  for (std::size_t i = 0; i < m.rows; ++i) {
    for (std::size_t j = 0; j < m.columns; ++j) {
      if (m(i, j) == 0) continue;
      for (std::ptrdiff_t k = -radius; k <= radius; ++k) {
        const std::ptrdiff_t to = static_cast<std::ptrdiff_t>(j) + k;
        if (to < 0 || to >= static_cast<std::ptrdiff_t>(m.columns)) continue;
        const double t = sigma > 0 ? static_cast<double>(k) / sigma : 0;
        out(static_cast<std::size_t>(to), i) += m(i, j) * std::exp(-0.5 * t * t);
      }
    }
  }
  return out;
}

}  // namespace motion_parts

/// A random motion blur of the kind that DPS, DAPS and SITCOM restore from ("61 x 61, intensity 0.5"); the numbers are
/// those of the stream at `address`.
///
/// The generator is that of DAPS (LeviBorodenko/motionblur), in distribution. On a canvas of twice the size with the
/// diagonal d: a length L = 0.75 d (U(0, 1) + U(0, I^2)), steps of Beta(1, 30) (1.1 - I) d until they reach L, headings
/// up to U(0, I pi) whose sign flips with the probability Beta(2, 20), a turn by U(0, pi). The path is drawn d / 150
/// pixels wide (at least 1), smoothed by a Gaussian of d / 100 pixels (both rounded down) and averaged over 2 x 2.
/// Weights below 1/510 of the largest become 0, as they do in a picture of 8 bits: few weights make `blur` fast. The
/// published code rasters lines and averages by other filters: take a published kernel as data.
///
/// Sum 1, cropped to its support, centred on the mean of the corners up to half a pixel. Throws where size is even or
/// the intensity not in [0, 1].
inline filter_kernel motion_kernel(const motion& m, const noise_address& address) {
  using namespace motion_parts;
  require(m.size % 2 == 1 && m.intensity >= 0 && m.intensity <= 1, "equireg::measurement::motion_kernel",
          "expected an odd size and an intensity in [0, 1], but they are ", m.size, " and ", m.intensity);
  const auto half = static_cast<double>(m.size);
  const double d = 2 * std::numbers::sqrt2 * half;
  draws random(address);
  const std::vector<point> corners = path(d, m.intensity, random);
  dense_matrix canvas(2 * m.size, 2 * m.size);
  const point middle(half, half);
  for (std::size_t k = 0; k < corners.size(); ++k) {
    draw(canvas, corners[k == 0 ? 0 : k - 1] + middle, corners[k] + middle, std::max(1.0, std::floor(d / 150)));
  }
  const double sigma = std::floor(d / 100);
  canvas = smoothed_and_turned(smoothed_and_turned(canvas, sigma), sigma);
  dense_matrix w(m.size, m.size);
  for (std::size_t i = 0; i < canvas.rows; ++i) {
    for (std::size_t j = 0; j < canvas.columns; ++j) w(i / 2, j / 2) += canvas(i, j);
  }
  const double least = *std::max_element(w.values.begin(), w.values.end()) / 510;
  for (double& v : w.values) v = v < least ? 0 : v;
  return filter_kernel(w).normalized().cropped();
}

}  // namespace equireg::measurement
