// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `likelihood::task`: the measurements for which papers publish settings.

namespace equireg::likelihood {

/// Measurements of 256 x 256 photographs in [-1, 1]. `published(task)` of a likelihood's settings gives what its authors
/// used, or throws where they give nothing.
enum class task {
  box_inpainting,      ///< a 128 x 128 hole
  random_inpainting,   ///< 70% of the pixels removed
  super_resolution,    ///< x4, bicubic
  gaussian_blur,       ///< 61 x 61, sigma 3
  motion_blur,         ///< 61 x 61, intensity 0.5
  phase_retrieval,     ///< oversampled twice
  nonlinear_blur,      ///< a network's
  high_dynamic_range,  ///< clip(2 x)
};

/// The task's name, for messages.
constexpr const char* name_of(task t) {
  switch (t) {
    case task::box_inpainting: return "box inpainting";
    case task::random_inpainting: return "random inpainting";
    case task::super_resolution: return "super-resolution";
    case task::gaussian_blur: return "Gaussian blur";
    case task::motion_blur: return "motion blur";
    case task::phase_retrieval: return "phase retrieval";
    case task::nonlinear_blur: return "nonlinear blur";
    case task::high_dynamic_range: return "high dynamic range";
  }
  return "unknown";
}

}  // namespace equireg::likelihood
