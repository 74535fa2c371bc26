// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Masks for `fourier_sampling` and `mri`: which lines of k-space are measured.

#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/random.hpp>
#include <equireg/core/shape.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace equireg::measurement {

/// What runs across the sampled direction: `columns` keeps or drops whole columns of k-space, `rows` whole rows.
enum class line_direction { columns, rows };

/// How many lines a mask keeps. The centre is the autocalibration signal (ACS).
struct sampling_settings {
  double acceleration = 4;     ///< R >= 1: floor(lines / R) lines in all
  double centre_fraction = 0;  ///< of all lines; 0: 0.08 for R <= 6, 0.04 above (InverseBench)
  line_direction direction = line_direction::columns;
};

namespace detail {

/// Lines before the centre begins, and those in it: indices [(lines - acs) / 2, (lines + acs) / 2).
struct line_budget {
  std::size_t lines, acs, first, total;

  line_budget(const shape& image, const sampling_settings& s, std::string_view where)
      : lines(s.direction == line_direction::columns ? image.width : image.height) {
    require(s.acceleration >= 1 && std::isfinite(s.acceleration), where,
            "expected a finite acceleration of at least 1, but got ", s.acceleration);
    require(s.centre_fraction >= 0 && s.centre_fraction <= 1, where, "expected a centre fraction in [0, 1], but got ",
            s.centre_fraction);
    const double fraction = s.centre_fraction > 0 ? s.centre_fraction : s.acceleration <= 6 ? 0.08 : 0.04;
    acs = static_cast<std::size_t>(fraction * static_cast<double>(lines));
    first = (lines - acs) / 2;
    total = std::max(acs, static_cast<std::size_t>(static_cast<double>(lines) / s.acceleration));
  }

  [[nodiscard]] bool in_centre(std::size_t line) const { return line >= first && line < first + acs; }
};

/// The mask (1, 1, H, W) of the lines that are kept.
template <class X>
X mask_of_lines(const shape& image, line_direction direction, const std::vector<bool>& kept) {
  using value_type = typename X::value_type;
  std::vector<value_type> values(image.height * image.width);
  for (std::size_t i = 0; i < image.height; ++i) {
    for (std::size_t j = 0; j < image.width; ++j) {
      values[i * image.width + j] = kept[direction == line_direction::columns ? j : i] ? value_type(1) : value_type(0);
    }
  }
  return X({1, 1, image.height, image.width}, std::span<const value_type>(values));
}

}  // namespace detail

/// The centre, and lines drawn uniformly without replacement from the others, floor(lines / R) in all (InverseBench;
/// 320 lines: 25 + 55 at R = 4, 12 + 28 at R = 8). Where the centre alone has as many, no other is kept.
/// Throws unless acceleration >= 1 and the fraction is in [0, 1].
template <class X = cpu::tensor<float>>
X random_lines_mask(const shape& image, const sampling_settings& settings, const noise_address& address) {
  const detail::line_budget budget(image, settings, "equireg::measurement::random_lines_mask");
  std::vector<bool> kept(budget.lines);
  std::vector<std::size_t> outer;
  for (std::size_t i = 0; i < budget.lines; ++i) {
    kept[i] = budget.in_centre(i);
    if (!kept[i]) outer.push_back(i);
  }
  const std::size_t drawn = budget.total - budget.acs;
  draw_to_front(outer, drawn, address);
  for (std::size_t i = 0; i < drawn; ++i) kept[outer[i]] = true;
  return detail::mask_of_lines<X>(image, settings.direction, kept);
}

/// The centre, and every R-th of the lines outside it, counted from the first line: more lines than floor(lines / R).
/// R is rounded down. Throws as `random_lines_mask` does.
template <class X = cpu::tensor<float>>
X equispaced_lines_mask(const shape& image, const sampling_settings& settings) {
  const detail::line_budget budget(image, settings, "equireg::measurement::equispaced_lines_mask");
  const auto every = static_cast<std::size_t>(std::min(settings.acceleration, 1.0 + static_cast<double>(budget.lines)));
  std::vector<bool> kept(budget.lines);
  for (std::size_t i = 0, outer = 0; i < budget.lines; ++i) {
    kept[i] = budget.in_centre(i) || outer++ % every == 0;
  }
  return detail::mask_of_lines<X>(image, settings.direction, kept);
}

/// The centre, and lines drawn without replacement with weights (1 - r)^power, r in [0, 1] the distance from the middle
/// line over half their number; floor(lines / R) in all. deepinv's polynomial masks have power 8, and a number of lines
/// that varies. Throws as `random_lines_mask` does.
template <class X = cpu::tensor<float>>
X variable_density_mask(const shape& image, const sampling_settings& settings, double power,
                        const noise_address& address) {
  const detail::line_budget budget(image, settings, "equireg::measurement::variable_density_mask");
  std::vector<bool> kept(budget.lines);
  // The largest keys log(u) / w of independent uniform numbers u are such a draw (Efraimidis and Spirakis 2006).
  std::vector<std::pair<double, std::size_t>> keys;
  const double middle = static_cast<double>(budget.lines / 2);
  for (std::size_t i = 0; i < budget.lines; ++i) {
    kept[i] = budget.in_centre(i);
    const double r = std::abs(static_cast<double>(i) - middle) / (middle + 1);
    const double weight = std::pow(1 - r, power);
    const double u = 1 - uniform(address, 0, static_cast<std::uint32_t>(i));
    if (!kept[i]) keys.emplace_back(std::log(u) / weight, i);
  }
  std::sort(keys.begin(), keys.end(), [](const auto& a, const auto& b) { return a > b; });
  for (std::size_t i = 0; i < budget.total - budget.acs; ++i) kept[keys[i].second] = true;
  return detail::mask_of_lines<X>(image, settings.direction, kept);
}

}  // namespace equireg::measurement
