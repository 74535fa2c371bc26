// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief The laws that every group keeps: those of its elements, and those of its action on pixels.

#include <equireg/core/pixel_map.hpp>
#include <equireg/core/random.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/group/symmetry_group.hpp>

#include <cmath>
#include <cstddef>
#include <vector>

namespace equireg::test {

template <symmetry_group Group>
std::vector<typename Group::element> elements_of(const Group& group) {
  std::vector<typename Group::element> elements;
  for (std::size_t i = 0; i < group.order(); ++i) elements.push_back(group.at(i));
  return elements;
}

/// The place of an element in at(0), at(1), ...; order() if it is not among them.
template <symmetry_group Group>
std::size_t index_of(const Group& group, const typename Group::element& a) {
  std::size_t i = 0;
  while (i < group.order() && !(group.at(i) == a)) ++i;
  return i;
}

/// at(0) is the identity, and no element has two names.
template <symmetry_group Group>
bool names_every_element_once(const Group& group) {
  if (!(group.at(0) == group.identity())) return false;
  for (std::size_t i = 0; i < group.order(); ++i) {
    if (index_of(group, group.at(i)) != i) return false;
  }
  return true;
}

/// a b is in the group.
template <symmetry_group Group>
bool is_closed(const Group& group) {
  for (const auto& a : elements_of(group)) {
    for (const auto& b : elements_of(group)) {
      if (index_of(group, group.compose(a, b)) == group.order()) return false;
    }
  }
  return true;
}

/// e a = a = a e.
template <symmetry_group Group>
bool identity_is_neutral(const Group& group) {
  for (const auto& a : elements_of(group)) {
    if (!(group.compose(group.identity(), a) == a && group.compose(a, group.identity()) == a)) return false;
  }
  return true;
}

/// a a^-1 = e = a^-1 a.
template <symmetry_group Group>
bool inverses_undo(const Group& group) {
  for (const auto& a : elements_of(group)) {
    if (!(group.compose(a, group.inverse(a)) == group.identity())) return false;
    if (!(group.compose(group.inverse(a), a) == group.identity())) return false;
  }
  return true;
}

/// (a b) c = a (b c).
template <symmetry_group Group>
bool is_associative(const Group& group) {
  const auto elements = elements_of(group);
  for (const auto& a : elements) {
    for (const auto& b : elements) {
      for (const auto& c : elements) {
        if (!(group.compose(group.compose(a, b), c) == group.compose(a, group.compose(b, c)))) return false;
      }
    }
  }
  return true;
}

/// Each action reads images of extent e, and reads each of their pixels exactly once.
template <symmetry_group Group>
bool acts_by_permutations(const Group& group, extent e) {
  for (const auto& a : elements_of(group)) {
    const auto map = group.action(a, e);
    if (!(map.input == e) || map.output.height * map.output.width != e.height * e.width) return false;
    std::vector<int> read(e.height * e.width, 0);
    for (std::size_t row = 0; row < map.output.height; ++row) {
      for (std::size_t column = 0; column < map.output.width; ++column) {
        const pixel from = map(pixel{row, column});
        if (from.row >= e.height || from.column >= e.width) return false;
        if (++read[from.row * e.width + from.column] > 1) return false;
      }
    }
  }
  return true;
}

/// action(a b) is action(b), then action(a); the identity moves nothing; the inverse puts every pixel back.
template <symmetry_group Group>
bool acts_as_a_homomorphism(const Group& group, extent e) {
  for (const auto& b : elements_of(group)) {
    const auto first = group.action(b, e);
    const auto back = group.action(group.inverse(b), first.output);
    for (const auto& a : elements_of(group)) {
      const auto second = group.action(a, first.output);
      const auto both = group.action(group.compose(a, b), e);
      if (!(both.output == second.output) || !(back.output == e)) return false;
      for (std::size_t row = 0; row < both.output.height; ++row) {
        for (std::size_t column = 0; column < both.output.width; ++column) {
          const pixel to{row, column};
          if (!(both(to) == first(second(to)))) return false;
        }
      }
    }
    for (std::size_t row = 0; row < e.height; ++row) {
      for (std::size_t column = 0; column < e.width; ++column) {
        const pixel to{row, column};
        if (!(first(back(to)) == to) || !(group.action(group.identity(), e)(to) == to)) return false;
      }
    }
  }
  return true;
}

/// How often draw(...) gave each element, at `count` steps of one run.
template <symmetry_group Group, class Draw>
std::vector<std::size_t> draw_counts(const Group& group, std::size_t count, const Draw& draw) {
  std::vector<std::size_t> counts(group.order() + 1, 0);
  for (std::size_t step = 0; step < count; ++step) {
    ++counts[index_of(group, draw(noise_address{20, static_cast<std::uint32_t>(step), purpose::group_element, 0}))];
  }
  return counts;
}

/// Pearson's chi-square of `counts` against equal chances for the given cells stays within five standard deviations of
/// its mean, and no other cell was met.
inline bool is_uniform(const std::vector<std::size_t>& counts, const std::vector<std::size_t>& cells) {
  std::size_t total = 0, within = 0;
  for (const std::size_t c : counts) total += c;
  for (const std::size_t cell : cells) within += counts[cell];
  if (within != total) return false;
  const double expected = static_cast<double>(total) / static_cast<double>(cells.size());
  double chi_square = 0;
  for (const std::size_t cell : cells) {
    const double d = static_cast<double>(counts[cell]) - expected;
    chi_square += d * d / expected;
  }
  const auto freedom = static_cast<double>(cells.size()) - 1;
  return chi_square <= freedom + 5 * std::sqrt(2 * freedom);
}

}  // namespace equireg::test
