// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// @brief A user's smallest program: one tensor, two verbs.

#include <equireg/backend/cpu/elementwise.hpp>

int main() {
  equireg::cpu::tensor<float> x({2, 1, 4, 4});
  transform(x, [] { return 2.0f; });
  const auto norms = to_host(squared_norm(x));
  return norms[0] == 64.0 && norms[1] == 64.0 ? 0 : 1;
}
