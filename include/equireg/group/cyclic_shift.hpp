// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `group::cyclic_shift`: translations around the borders.

#include <equireg/core/error.hpp>
#include <equireg/group/draw.hpp>
#include <equireg/group/symmetry_group.hpp>

#include <cstddef>

namespace equireg::group {

/// Translations of images of extent `period`, around the borders, by multiples of `stride` pixels in each direction.
///
/// It acts on feature maps too. Where a map has reduced `period` by k in both directions, a shift by 8 pixels moves
/// its features by 8 / k: choose a stride that the map's own stride divides, so that this is whole. Images of any
/// other extent have no such action and are refused when they come.
class cyclic_shift {
 public:
  struct element {
    std::size_t down = 0;   ///< pixels, 0 ... period.height - 1, a multiple of the stride
    std::size_t right = 0;  ///< pixels, 0 ... period.width - 1, a multiple of the stride
    constexpr bool operator==(const element&) const = default;
  };

  /// Throws unless `stride` divides both extents.
  constexpr explicit cyclic_shift(extent period, std::size_t stride = 1) : period_(period), stride_(stride) {
    if (stride == 0 || period.height == 0 || period.width == 0 || period.height % stride != 0 ||
        period.width % stride != 0) {
      fail("equireg::group::cyclic_shift", "the stride must divide the period, but the period is ", period,
           " and the stride ", stride);
    }
  }

  [[nodiscard]] constexpr extent period() const { return period_; }
  [[nodiscard]] constexpr std::size_t stride() const { return stride_; }

  static constexpr element identity() { return {}; }
  [[nodiscard]] constexpr element inverse(element a) const {
    return {(period_.height - a.down) % period_.height, (period_.width - a.right) % period_.width};
  }
  [[nodiscard]] constexpr element compose(element a, element b) const {
    return {(a.down + b.down) % period_.height, (a.right + b.right) % period_.width};
  }
  [[nodiscard]] constexpr std::size_t order() const { return period_.height / stride_ * (period_.width / stride_); }
  [[nodiscard]] constexpr element at(std::size_t i) const {
    const std::size_t columns = period_.width / stride_;
    return {i / columns * stride_, i % columns * stride_};
  }
  [[nodiscard]] element draw(const noise_address& address) const { return draw_non_identity(*this, address); }
  [[nodiscard]] element draw_any(const noise_address& address) const { return group::draw_any(*this, address); }

  /// Throws unless e is the period, or the period divided by a number that divides the stride.
  [[nodiscard]] constexpr pixel_map action(element a, extent e) const {
    const std::size_t scale = e.height == 0 ? 0 : period_.height / e.height;
    if (scale == 0 || e.height * scale != period_.height || e.width * scale != period_.width || stride_ % scale != 0) {
      fail("equireg::group::cyclic_shift::action", "shifts of period ", period_, " by multiples of ", stride_,
           " pixels act on that extent, or on that extent divided by a divisor of ", stride_, "; but ", e, " came");
    }
    return pixel_map::shift(e, static_cast<std::ptrdiff_t>(a.down / scale),
                            static_cast<std::ptrdiff_t>(a.right / scale));
  }

 private:
  extent period_;
  std::size_t stride_;
};

static_assert(check_symmetry_group<cyclic_shift>());

}  // namespace equireg::group
