// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// @brief A group whose elements have no == has no elements.
// expect: a symmetry group needs: a nested type element, a value with ==

#include <equireg/group/reflection.hpp>

struct unequal {
  struct element {};
  element identity() const;
  element inverse(const element&) const;
  element compose(const element&, const element&) const;
  std::size_t order() const;
  element at(std::size_t) const;
  element draw(const equireg::noise_address&) const;
  equireg::pixel_map action(const element&, equireg::extent) const;
};

static_assert(equireg::check_symmetry_group<unequal>());
