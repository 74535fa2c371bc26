// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `group::moved_shift`: what a rotation or reflection makes of a shift, for semidirect products of the two.

#include <equireg/core/error.hpp>
#include <equireg/group/cyclic_shift.hpp>
#include <equireg/group/symmetry_group.hpp>

#include <cstddef>
#include <utility>

namespace equireg::group {

/// conjugate(h, v) = M^T v, where h reads pixel `to` at M to + offset: x[h^-1(h(to) - v)] = x[to - M^T v].
///
///     const cyclic_shift shifts({32, 32}, 8);
///     const dihedral turns;
///     const semidirect_product all(shifts, turns, moved_shift(shifts, turns));  // order 16 * 8
///
/// Throws, at its use, where h exchanges rows and columns of a period that is not square.
template <symmetry_group H>
class moved_shift {
 public:
  constexpr moved_shift(cyclic_shift shifts, H h) : shifts_(std::move(shifts)), h_(std::move(h)) {}

  constexpr cyclic_shift::element operator()(const typename H::element& h, cyclic_shift::element v) const {
    const extent period = shifts_.period();
    const pixel_map map = h_.action(h, period);
    if (map.transposes() && period.height != period.width) {
      fail("equireg::group::moved_shift", "a quarter turn moves shifts of a square period only, but the period is ",
           period);
    }
    const auto down = static_cast<std::ptrdiff_t>(v.down), right = static_cast<std::ptrdiff_t>(v.right);
    const std::ptrdiff_t moved_down = map.row_from_row * down + map.column_from_row * right;
    const std::ptrdiff_t moved_right = map.row_from_column * down + map.column_from_column * right;
    return {static_cast<std::size_t>(pixel_map::wrap(moved_down, period.height)),
            static_cast<std::size_t>(pixel_map::wrap(moved_right, period.width))};
  }

 private:
  cyclic_shift shifts_;
  H h_;
};

}  // namespace equireg::group
