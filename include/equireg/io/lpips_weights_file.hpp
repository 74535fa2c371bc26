// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief The layer weights of LPIPS as a safetensors file.

#include <equireg/core/error.hpp>
#include <equireg/io/safetensors.hpp>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace equireg::io {

/// The weights of each layer for `metric::lpips`: the tensors lin0.weight, lin1.weight, ... as long as there are some,
/// each of shape [C] or, as a convolution of 1 x 1 pixels has it, [1, C, 1, 1]; F16, BF16, F32 or F64. Other tensors
/// are left alone. Throws where there is no lin0.weight, and for other shapes and negative weights.
inline std::vector<std::vector<double>> load_lpips_weights(const std::filesystem::path& path) {
  const safetensors_file file(path);
  std::vector<std::vector<double>> weights;
  for (std::string name = "lin0.weight"; weights.empty() || file.contains(name);
       name = "lin" + std::to_string(weights.size()) + ".weight") {
    const std::vector<std::uint64_t>& s = file.entry(name).shape;
    const bool is_vector = s.size() == 1 || (s.size() == 4 && s[0] == 1 && s[2] == 1 && s[3] == 1);
    require(is_vector && file.entry(name).count() > 0, file.where(), "tensor ", printable(name),
            " should have shape [C] or [1, C, 1, 1], it has ", s.size(), " extents and ", file.entry(name).count(),
            " elements");
    std::vector<double> values = file.read<double>(name);
    for (const double w : values) {
      require(w >= 0 && std::isfinite(w), file.where(), "tensor ", printable(name), " should hold weights >= 0, found ",
              w);
    }
    weights.push_back(std::move(values));
  }
  return weights;
}

}  // namespace equireg::io
