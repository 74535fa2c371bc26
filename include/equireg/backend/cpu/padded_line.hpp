// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `padded_line`: a line of pixels continued over its ends by a border's rule, and the transpose of that.

#include <equireg/core/banded_matrix.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace equireg::cpu {

/// P, which copies each of `pixels` pixels to all places of a longer line that stand for it. P^T adds them up there.
class padded_line {
 public:
  padded_line() = default;

  /// `count` places, the first of which is pixel `first`; that and others may lie outside 0 ... pixels - 1.
  padded_line(std::size_t count, std::ptrdiff_t first, std::size_t pixels, boundary rule)
      : pixels_(pixels), pixel_at_(count), places_of_(pixels) {
    const auto size = static_cast<std::ptrdiff_t>(count);
    begin_ = static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(-first, 0, size));
    end_ = static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(pixels) - first, 0, size));
    for (std::size_t p = 0; p < count; ++p) {
      pixel_at_[p] = fold(static_cast<std::ptrdiff_t>(p) + first, pixels, rule);
      places_of_[pixel_at_[p]].push_back(p);
    }
  }

  [[nodiscard]] std::size_t size() const { return pixel_at_.size(); }
  [[nodiscard]] std::size_t pixels() const { return pixels_; }

  /// The pixel that stands at a place, and all places where a pixel stands.
  [[nodiscard]] std::size_t pixel_at(std::size_t place) const { return pixel_at_[place]; }
  [[nodiscard]] const std::vector<std::size_t>& places_of(std::size_t pixel) const { return places_of_[pixel]; }

  /// write(place, pixel) for all places; those inside the line come in one run, in a loop of their own.
  template <class Write>
  void for_each(const Write& write) const {
    for (std::size_t p = 0; p < begin_; ++p) write(p, pixel_at_[p]);
    if (begin_ < end_) {
      const std::size_t first = pixel_at_[begin_], count = end_ - begin_, begin = begin_;
      for (std::size_t k = 0; k < count; ++k) write(begin + k, first + k);
    }
    for (std::size_t p = std::max(begin_, end_); p < size(); ++p) write(p, pixel_at_[p]);
  }

 private:
  std::size_t pixels_ = 0, begin_ = 0, end_ = 0;  // places begin_ ... end_ - 1 are pixels of the line itself
  std::vector<std::size_t> pixel_at_;
  std::vector<std::vector<std::size_t>> places_of_;
};

}  // namespace equireg::cpu
