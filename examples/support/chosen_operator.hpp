// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief A measurement of photographs that is chosen by name when the program runs.

#include "support/any_operator.hpp"

#include <equireg/core/error.hpp>
#include <equireg/core/shape.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace support {

/// An operator by its name on the command line: what it does, and the step size of DPS that suits it, for 100 steps, in
/// units of the square root of the number of pixels and channels.
struct chosen_operator {
  using X = any_operator::X;

  const char* name;
  const char* title;
  double step_size;
  std::function<any_operator(const eq::shape& image, std::uint64_t seed)> make;
  bool for_colour_only = false;

  /// All of them.
  static const std::vector<chosen_operator>& all();

  /// The operator of this name. Throws, with a list, where there is none.
  static const chosen_operator& by_name(const std::string& name) {
    for (const auto& e : all()) {
      if (e.name == name) return e;
    }
    eq::fail("restore", "expected a task of ", names(), ", but got '", name, "'");
  }

  static std::string names() {
    std::string text;
    for (const auto& e : all()) text += (text.empty() ? "" : ", ") + std::string(e.name);
    return text;
  }

  /// Of the operators that take images of this shape.
  static std::vector<std::string> names_for(const eq::shape& image) {
    std::vector<std::string> result;
    for (const auto& e : all()) {
      if (!e.for_colour_only || image.channels == 3) result.push_back(e.name);
    }
    return result;
  }
};

}  // namespace support
