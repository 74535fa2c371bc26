// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Where the lines of a Radon transform run, and the pixels and weights of each.

#include <equireg/backend/cpu/memory_pool.hpp>
#include <equireg/core/config.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

namespace equireg::cpu::detail {

/// Angles that are one and the same up to flips and quarter turns of the image: theta in [0, pi / 4] stands for them.
struct radon_orbit {
  double theta;
  struct member {
    std::size_t angle;        ///< its place in the list
    std::size_t orientation;  ///< which of the four images f(a, b), f(b, -a), f(a, -b), f(-b, -a) is summed along theta
    bool reversed;            ///< whether detectors run the other way
  };
  std::vector<member> members;
};

/// The orbits of a list of angles. Those closer than 1e-12 are taken for equal: k pi / n rounds.
inline std::vector<radon_orbit> radon_orbits(std::span<const double> angles) {
  constexpr double pi = std::numbers::pi;
  std::vector<std::pair<double, radon_orbit::member>> reduced;
  for (std::size_t j = 0; j < angles.size(); ++j) {
    const double half_turns = std::floor(angles[j] / pi), theta = angles[j] - half_turns * pi;
    const bool odd = std::fmod(half_turns, 2.0) != 0;
    if (theta <= pi / 4) {
      reduced.push_back({theta, {j, 0, odd}});
    } else if (theta <= pi / 2) {
      reduced.push_back({pi / 2 - theta, {j, 3, odd}});
    } else if (theta <= 3 * pi / 4) {
      reduced.push_back({theta - pi / 2, {j, 1, odd}});
    } else {
      reduced.push_back({pi - theta, {j, 2, !odd}});
    }
    reduced.back().first = std::clamp(reduced.back().first, 0.0, pi / 4);
  }
  std::stable_sort(reduced.begin(), reduced.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<radon_orbit> orbits;
  for (const auto& [theta, member] : reduced) {
    if (orbits.empty() || theta - orbits.back().theta > 1e-12) orbits.push_back({theta, {}});
    orbits.back().members.push_back(member);
  }
  return orbits;
}

/// The sampling points of one line and their bilinear weights. Forward and adjoint both take them from here.
///
/// Pixels stand at 1 ... size of a frame `size + 3` wide, whose border is zero and takes what falls outside.
template <class T>
class radon_line {
 public:
  radon_line(std::size_t size, std::size_t detectors)
      : size_(size), detectors_(detectors), most_((size + 3) * 3 / 2 + 4), index_(most_), weights_(4 * most_) {}

  [[nodiscard]] static std::size_t frame(std::size_t size) { return size + 3; }

  /// The points of detector d's line at angle theta in [0, pi / 4] whose row in the frame is in [first_row, last_row).
  /// Indices count from row `base` of the frame.
  void sample(double cosine, double sine, std::size_t d, double first_row, double last_row, std::ptrdiff_t base) {
    const double centre = 0.5 * static_cast<double>(size_ + 1), edge = static_cast<double>(size_ + 1);
    const double s = static_cast<double>(d) - 0.5 * static_cast<double>(detectors_ - 1);
    const double offset = detectors_ % 2 == 0 ? 0.5 : 0.0;  // points lie where detectors would, seen from the side
    const double u = s * cosine + centre + offset * sine, v = -s * sine + centre + offset * cosine;
    double first = std::ceil((first_row - v) / cosine), last = std::ceil((last_row - v) / cosine);
    if (sine > 0) {
      first = std::max(first, std::ceil(-u / sine));
      last = std::min(last, std::ceil((edge - u) / sine));
    } else if (u <= 0 || u >= edge) {
      last = first;
    }
    count_ = last > first ? std::min(most_, static_cast<std::size_t>(last - first)) : 0;
    const auto stride = static_cast<std::int32_t>(frame(size_)), top = static_cast<std::int32_t>(base);
    std::int32_t* const index = index_.data();
    T *const w0 = weights_.data(), *const w1 = w0 + most_, *const w2 = w1 + most_, *const w3 = w2 + most_;
    const auto count = static_cast<std::int32_t>(count_);
    EQUIREG_SIMD
    for (std::int32_t i = 0; i < count; ++i) {
      const double k = first + static_cast<double>(i), column = u + k * sine, row = v + k * cosine;
      const auto j = static_cast<std::int32_t>(column), r = static_cast<std::int32_t>(row);
      const double right = column - static_cast<double>(j), below = row - static_cast<double>(r);
      index[i] = (r - top) * stride + j;
      w0[i] = static_cast<T>((1 - below) * (1 - right));
      w1[i] = static_cast<T>((1 - below) * right);
      w2[i] = static_cast<T>(below * (1 - right));
      w3[i] = static_cast<T>(below * right);
    }
  }

  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::ptrdiff_t index(std::size_t i) const { return index_[i]; }
  [[nodiscard]] T weight(std::size_t tap, std::size_t i) const { return weights_[tap * most_ + i]; }

 private:
  std::size_t size_, detectors_, most_, count_ = 0;
  std::vector<std::int32_t, pool_allocator<std::int32_t>> index_;
  std::vector<T, pool_allocator<T>> weights_;
};

}  // namespace equireg::cpu::detail
