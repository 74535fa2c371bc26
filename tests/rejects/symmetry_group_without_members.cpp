// SPDX-License-Identifier: BSD-3-Clause
/// @file
/// @brief A type that only names its elements is no group, and all that it lacks is said at once.
// expect: a symmetry group needs: element identity\(\) const
// expect: a symmetry group needs: element inverse\(const element& a\) const
// expect: a symmetry group needs: element compose\(const element& a, const element& b\) const, where b acts first
// expect: a symmetry group needs: std::size_t order\(\) const and element at\(std::size_t i\) const
// expect: a symmetry group needs: element draw\(const equireg::noise_address& address\) const
// expect: a symmetry group needs: pixel_map action\(const element& a, equireg::extent e\) const

#include <equireg/group/symmetry_group.hpp>

struct names_only {
  using element = int;
};

static_assert(equireg::check_symmetry_group<names_only>());
