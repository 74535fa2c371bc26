// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `radon` and `radon_adjoint`: sums of square images along parallel lines, and the transpose of exactly that.

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cpu/lanes.hpp>
#include <equireg/backend/cpu/parallel.hpp>
#include <equireg/backend/cpu/radon_geometry.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

namespace equireg::cpu {

namespace detail {

/// Transforms of `Planes` image planes in their four orientations at once: each pixel of the frame, and each detector,
/// holds 4 `Planes` numbers side by side, so that one weight serves all of them and no load is scattered.
template <class T, std::size_t Planes>
class radon_planes {
 public:
  static constexpr std::size_t lanes = 4 * Planes;

  radon_planes(std::size_t planes, std::size_t size, std::size_t detectors, std::span<const double> angles)
      : planes_(planes),
        blocks_((planes + Planes - 1) / Planes),
        size_(size),
        detectors_(detectors),
        angles_(angles.size()),
        stride_(radon_line<T>::frame(size)),
        orbits_(radon_orbits(angles)),
        images_({blocks_, stride_, stride_, lanes}),
        lines_({blocks_, orbits_.size(), detectors, lanes}) {}

  /// y = A x; x is planes x size x size, y is planes x angles x detectors.
  void forward(const T* x, T* y) {
    fold(x);
    constexpr std::size_t together = 16;  // neighbouring lines read the same pixels
    const std::size_t groups = (detectors_ + together - 1) / together;
    parallel_for(orbits_.size() * groups, together * size_ * 8, [&](std::size_t task) {
      radon_line<T> line(size_, detectors_);
      const radon_orbit& orbit = orbits_[task / groups];
      const double cosine = std::cos(orbit.theta), sine = std::sin(orbit.theta);
      const std::size_t first = task % groups * together, end = std::min(first + together, detectors_);
      for (std::size_t d = first; d < end; ++d) {
        line.sample(cosine, sine, d, 0, static_cast<double>(size_ + 1), 0);
        for (std::size_t block = 0; block < blocks_; ++block) {
          sum(line, images_.data() + block * frame_size(), line_at(block, task / groups, d));
        }
      }
      for (std::size_t p = 0; p < planes_; ++p) {
        for (const auto& m : orbit.members) {
          T* const to = y + (p * angles_ + m.angle) * detectors_;
          for (std::size_t d = first; d < end; ++d) {
            to[m.reversed ? detectors_ - 1 - d : d] =
                line_at(p / Planes, task / groups, d)[m.orientation * Planes + p % Planes];
          }
        }
      }
    });
  }

  /// x = A^T y. Bands of rows are summed by one task each, in one order: no thread waits for another.
  void adjoint(const T* y, T* x) {
    fill(lines_, 0);
    parallel_for(orbits_.size(), planes_ * detectors_ * 4, [&](std::size_t o) {
      for (std::size_t p = 0; p < planes_; ++p) {
        for (const auto& m : orbits_[o].members) {
          const T* const from = y + (p * angles_ + m.angle) * detectors_;
          for (std::size_t d = 0; d < detectors_; ++d) {
            line_at(p / Planes, o, d)[m.orientation * Planes + p % Planes] += from[m.reversed ? detectors_ - 1 - d : d];
          }
        }
      }
    });
    constexpr std::size_t rows = 32;
    const std::size_t bands = (size_ + rows - 1) / rows;
    parallel_for(blocks_ * bands, orbits_.size() * detectors_ * rows * 8, [&](std::size_t task) {
      const std::size_t first = 1 + task % bands * rows, count = std::min(rows, size_ + 1 - first);
      spread_band(task / bands, first, count);
    });
    unfold(x);
  }

 private:
  static constexpr std::size_t vector_bytes = std::min(cpu::lanes<T>::bytes, lanes * sizeof(T));
  static constexpr std::size_t vector_lanes = vector_bytes / sizeof(T), vectors = lanes / vector_lanes;
  typedef T lane_vector __attribute__((vector_size(vector_bytes), aligned(alignof(T)), may_alias));

  [[nodiscard]] std::size_t frame_size() const { return stride_ * stride_ * lanes; }
  [[nodiscard]] T* line_at(std::size_t block, std::size_t orbit, std::size_t d) {
    return lines_.data() + ((block * orbits_.size() + orbit) * detectors_ + d) * lanes;
  }
  [[nodiscard]] T& pixel(std::size_t block, std::size_t row, std::size_t column, std::size_t lane) {
    return images_.data()[block * frame_size() + ((row + 1) * stride_ + column + 1) * lanes + lane];
  }

  // Pixels that are copied together: a square of them, since two of the four orientations read columns as rows.
  static constexpr std::size_t tile = 16;
  [[nodiscard]] std::size_t tiles() const { return (size_ + tile - 1) / tile; }

  /// f(i, j) for the pixels of rows band * tile ... and all columns, square by square.
  template <class F>
  void for_tiles(std::size_t band, const F& f) const {
    const std::size_t last_row = std::min((band + 1) * tile, size_);
    for (std::size_t column = 0; column < size_; column += tile) {
      const std::size_t last_column = std::min(column + tile, size_);
      for (std::size_t i = band * tile; i < last_row; ++i) {
        for (std::size_t j = column; j < last_column; ++j) f(i, j);
      }
    }
  }

  // The frames of all blocks: every plane in its four orientations, and a border of zeros.
  void fold(const T* x) {
    fill(images_, 0);
    parallel_for(blocks_ * tiles(), tile * size_ * lanes, [&](std::size_t task) {
      const std::size_t block = task / tiles(), n = size_, planes = std::min(Planes, planes_ - block * Planes);
      for (std::size_t p = 0; p < planes; ++p) {
        const T* const from = x + (block * Planes + p) * n * n;
        for_tiles(task % tiles(), [&](std::size_t i, std::size_t j) {
          T* const to = &pixel(block, i, j, p);
          to[0] = from[i * n + j];
          to[Planes] = from[(n - 1 - j) * n + i];
          to[2 * Planes] = from[(n - 1 - i) * n + j];
          to[3 * Planes] = from[(n - 1 - j) * n + n - 1 - i];
        });
      }
    });
  }

  // The transpose of `fold`.
  void unfold(T* x) {
    parallel_for(blocks_ * tiles(), tile * size_ * lanes, [&](std::size_t task) {
      const std::size_t block = task / tiles(), n = size_, planes = std::min(Planes, planes_ - block * Planes);
      T* const to = x + block * Planes * n * n;
      for_tiles(task % tiles(), [&](std::size_t i, std::size_t j) {
        const T *const a = &pixel(block, i, j, 0), *const b = &pixel(block, j, n - 1 - i, Planes),
                       *const c = &pixel(block, n - 1 - i, j, 2 * Planes),
                       *const d = &pixel(block, n - 1 - j, n - 1 - i, 3 * Planes);
        for (std::size_t p = 0; p < planes; ++p) to[(p * n + i) * n + j] = (a[p] + b[p]) + (c[p] + d[p]);
      });
    });
  }

  void sum(const radon_line<T>& line, const T* image, T* to) const {
    lane_vector total[vectors] = {};
    for (std::size_t i = 0; i < line.count(); ++i) {
      const T w0 = line.weight(0, i), w1 = line.weight(1, i), w2 = line.weight(2, i), w3 = line.weight(3, i);
      const auto* const above =
          reinterpret_cast<const lane_vector*>(image + line.index(i) * static_cast<std::ptrdiff_t>(lanes));
      const auto* const below = above + stride_ * vectors;
      for (std::size_t v = 0; v < vectors; ++v) {
        total[v] += (w0 * above[v] + w1 * above[vectors + v]) + (w2 * below[v] + w3 * below[vectors + v]);
      }
    }
    for (std::size_t v = 0; v < vectors; ++v) reinterpret_cast<lane_vector*>(to)[v] = total[v];
  }

  // Rows first ... first + count - 1 of the frame, from all lines.
  void spread_band(std::size_t block, std::size_t first, std::size_t count) {
    // A point between two bands belongs to both, and each keeps its own rows; two more rows for points that rounding
    // moves across the edge.
    std::vector<T, pool_allocator<T>> band((count + 4) * stride_ * lanes, T(0));
    radon_line<T> line(size_, detectors_);
    const auto base = static_cast<std::ptrdiff_t>(first) - 2;
    for (std::size_t o = 0; o < orbits_.size(); ++o) {
      const double cosine = std::cos(orbits_[o].theta), sine = std::sin(orbits_[o].theta);
      for (std::size_t d = 0; d < detectors_; ++d) {
        line.sample(cosine, sine, d, static_cast<double>(first - 1), static_cast<double>(first + count), base);
        if (line.count() > 0) spread(line, line_at(block, o, d), band.data());
      }
    }
    std::copy_n(band.data() + 2 * stride_ * lanes, count * stride_ * lanes,
                images_.data() + block * frame_size() + first * stride_ * lanes);
  }

  void spread(const radon_line<T>& line, const T* from, T* band) const {
    lane_vector value[vectors];
    for (std::size_t v = 0; v < vectors; ++v) value[v] = reinterpret_cast<const lane_vector*>(from)[v];
    for (std::size_t i = 0; i < line.count(); ++i) {
      const T w0 = line.weight(0, i), w1 = line.weight(1, i), w2 = line.weight(2, i), w3 = line.weight(3, i);
      auto* const above = reinterpret_cast<lane_vector*>(band + line.index(i) * static_cast<std::ptrdiff_t>(lanes));
      auto* const below = above + stride_ * vectors;
      for (std::size_t v = 0; v < vectors; ++v) {
        above[v] += w0 * value[v];
        above[vectors + v] += w1 * value[v];
        below[v] += w2 * value[v];
        below[vectors + v] += w3 * value[v];
      }
    }
  }

  std::size_t planes_, blocks_, size_, detectors_, angles_, stride_;
  std::vector<radon_orbit> orbits_;
  tensor<T> images_, lines_;
};

/// Calls f(transforms, first plane) for groups of planes: as many side by side as fill a vector, and no more in memory
/// at a time than a few images' frames.
template <class T, class F>
void for_radon_planes(std::size_t planes, std::size_t size, std::size_t detectors, std::span<const double> angles,
                      const F& f) {
  constexpr std::size_t most = 32;
  for (std::size_t first = 0; first < planes; first += most) {
    const std::size_t count = std::min(most, planes - first);
    if (count == 1) {
      f(radon_planes<T, 1>(count, size, detectors, angles), first);
    } else if (count == 2) {
      f(radon_planes<T, 2>(count, size, detectors, angles), first);
    } else {
      f(radon_planes<T, 4>(count, size, detectors, angles), first);
    }
  }
}

}  // namespace detail

/// p(theta, s) = sum_t x(s cos theta + t sin theta, -s sin theta + t cos theta) for every plane: (B, C, W, W) becomes
/// (B, C, angles, detectors).
///
/// x(a, b) is read bilinearly, a along rows and b along columns, both from the image's centre in pixels; it is 0
/// outside. Detectors lie at s = d - (detectors - 1) / 2, and points at steps of one pixel in t, symmetric about 0.
/// `angles` in radians, any. An angle and its images under flips and quarter turns share their weights, so that those
/// symmetries hold to the last bits, and cost a quarter each. Throws where x is not square.
template <class T>
tensor<T> radon(const tensor<T>& x, std::span<const double> angles, std::size_t detectors) {
  const equireg::shape s = x.shape();
  require(s.height == s.width, "equireg::radon", "expected square images, but x has shape ", s);
  tensor<T> y(s.with_plane({angles.size(), detectors}));
  if (y.size() == 0) return y;
  detail::for_radon_planes<T>(s.batch * s.channels, s.width, detectors, angles, [&](auto&& planes, std::size_t first) {
    planes.forward(x.data() + first * s.width * s.width, y.data() + first * angles.size() * detectors);
  });
  return y;
}

/// The transpose of `radon`, by the same weights: (B, C, angles, detectors) becomes (B, C, size, size).
/// The result does not depend on the number of threads. Throws where y has not one row for each angle.
template <class T>
tensor<T> radon_adjoint(const tensor<T>& y, std::span<const double> angles, std::size_t size) {
  const equireg::shape s = y.shape();
  require(s.height == angles.size(), "equireg::radon_adjoint", "there are ", angles.size(), " angles, but y has shape ",
          s);
  tensor<T> x(s.with_plane({size, size}));
  if (x.size() == 0) return x;
  detail::for_radon_planes<T>(s.batch * s.channels, size, s.width, angles, [&](auto&& planes, std::size_t first) {
    planes.adjoint(y.data() + first * s.height * s.width, x.data() + first * size * size);
  });
  return x;
}

}  // namespace equireg::cpu
