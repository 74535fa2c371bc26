// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::separated_kernel`: convolution with a kernel that is a column times a row, as `separable_map`.

#include <equireg/core/banded_matrix.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/filter_kernel.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/measurement/separable_map.hpp>

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace equireg::measurement {

/// (kernel * x)[s i, s j] on planes of extent e for a stride s that divides it, made once for a kernel. Throws in the
/// name of `where` if the kernel is not a column times a row.
inline std::shared_ptr<const separable_map> separated_kernel(const filter_kernel& kernel, extent e, std::size_t stride,
                                                             boundary rule, std::string_view where) {
  require(kernel.separated().has_value(), where, "a kernel of ", kernel.size(),
          " that is not a column times a row has a pseudo_inverse for circular borders only");
  const auto line = [&](const std::vector<double>& weights, std::ptrdiff_t centre, std::size_t pixels) {
    const std::vector<double> taps(weights.rbegin(), weights.rend());
    const std::ptrdiff_t first = centre + 1 - static_cast<std::ptrdiff_t>(taps.size());
    return filter_matrix(pixels / stride, pixels, stride, first, taps, rule);
  };
  return kernel.prepared<separable_map>({e.height, e.width, static_cast<std::size_t>(rule), stride}, [&] {
    const auto& [column, row] = *kernel.separated();
    return separable_map(line(column, kernel.centre_row(), e.height), line(row, kernel.centre_column(), e.width));
  });
}

}  // namespace equireg::measurement
