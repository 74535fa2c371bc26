// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Reads the numbers that tests/reference/make_golden.py wrote.

#include <equireg/io/npy.hpp>

#include <filesystem>
#include <string>

namespace equireg::test {

/// tests/reference/golden/<name>.npy.
inline cpu::tensor<double> golden(const std::string& name) {
  return io::read_npy<double>(
      (std::filesystem::path(__FILE__).parent_path().parent_path() / "reference" / "golden" / (name + ".npy"))
          .string());
}

}  // namespace equireg::test
