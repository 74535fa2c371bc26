// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// @brief A user's smallest program.

#include <equireg/core/shape.hpp>

int main() { return equireg::shape{2, 3, 4, 5}.size() == 120 ? 0 : 1; }
