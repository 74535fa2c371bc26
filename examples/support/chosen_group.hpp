// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief A symmetry group that is chosen by name when the program runs.

#include <equireg/core/error.hpp>
#include <equireg/group/cyclic_shift.hpp>
#include <equireg/group/dihedral.hpp>
#include <equireg/group/drawing_from.hpp>
#include <equireg/group/published.hpp>
#include <equireg/group/reflection.hpp>
#include <equireg/group/symmetry_group.hpp>
#include <equireg/group/trivial.hpp>

#include <cstddef>
#include <string>
#include <variant>

namespace support {

namespace eq = equireg;

/// One of the library's groups behind one type, so that a program need not compile each solver for each group. An
/// element is the index of the chosen group's element; the group behind does all the work.
class chosen_group {
 public:
  using element = std::size_t;

  static constexpr const char* names = "identity, hflip, vflip, rot180, rot90, dihedral, shift";

  /// `shift` draws a step of one pixel, right, left, down or up, of images of 28 x 28, and any shift of others. Throws
  /// for another name.
  static chosen_group by_name(const std::string& name, eq::extent image = {28, 28}) {
    if (name == "identity") return chosen_group(eq::group::trivial{});
    if (name == "hflip") return chosen_group(eq::group::hflip{});
    if (name == "vflip") return chosen_group(eq::group::reflection{eq::group::axis::vertical});
    if (name == "rot180") return chosen_group(eq::group::rot180{});
    if (name == "rot90") return chosen_group(eq::group::rot90{});
    if (name == "dihedral") return chosen_group(eq::group::dihedral{});
    if (name == "shift" && image == eq::extent{28, 28}) return chosen_group(one_pixel{eq::group::cyclic_shift(image)});
    if (name == "shift") return chosen_group(eq::group::cyclic_shift(image));
    eq::fail("restore", "expected a group of ", names, ", but got '", name, "'");
  }

  element identity() const { return 0; }
  std::size_t order() const {
    return std::visit([](const auto& g) { return static_cast<std::size_t>(g.order()); }, group_);
  }
  element at(std::size_t i) const { return i; }
  element inverse(element a) const {
    return std::visit([&](const auto& g) { return index_of(g, g.inverse(g.at(a))); }, group_);
  }
  element compose(element a, element b) const {
    return std::visit([&](const auto& g) { return index_of(g, g.compose(g.at(a), g.at(b))); }, group_);
  }
  element draw(const eq::noise_address& address) const {
    return std::visit([&](const auto& g) { return index_of(g, g.draw(address)); }, group_);
  }
  eq::pixel_map action(element a, eq::extent e) const {
    return std::visit([&](const auto& g) { return eq::pixel_map(g.action(g.at(a), e)); }, group_);
  }

 private:
  using one_pixel = eq::group::drawing_from<eq::group::cyclic_shift, 1, 27, 28, 27 * 28>;
  using any_group = std::variant<eq::group::trivial, eq::group::reflection, eq::group::rot180, eq::group::rot90,
                                 eq::group::dihedral, eq::group::cyclic_shift, one_pixel>;

  explicit chosen_group(any_group group) : group_(group) {}

  template <class Group>
  static element index_of(const Group& g, const typename Group::element& a) {
    for (std::size_t i = 0; i < g.order(); ++i) {
      if (g.at(i) == a) return i;
    }
    return 0;
  }

  any_group group_;
};

static_assert(eq::check_symmetry_group<chosen_group>());

}  // namespace support
