// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `regularizer::penalty_settings`: what all penalties over a group let their user choose.

#include <equireg/core/error.hpp>
#include <equireg/group/symmetry_group.hpp>
#include <equireg/regularizer/reduction.hpp>
#include <equireg/regularizer/weight_schedule.hpp>
#include <equireg/stepper/reverse_step.hpp>

#include <cmath>
#include <cstddef>
#include <limits>
#include <string_view>

namespace equireg::regularizer {

/// For `penalty_settings::elements`: average over all elements but the identity, whatever the group draws.
inline constexpr std::size_t whole_group = std::numeric_limits<std::size_t>::max();

/// Settings of a penalty: `{.weight = 0.01, .reduction = reduction::squared_norm, .schedule = {.frequency = 0.1}}`.
struct penalty_settings {
  /// Factor on the penalty. Its unit follows from the reduction: weights of different reductions do not compare.
  double weight = 0.01;
  regularizer::reduction reduction = regularizer::reduction::norm;
  weight_schedule schedule = {};
  /// Elements over which one evaluation averages: that many draws of the group, or `whole_group`.
  std::size_t elements = 1;

  /// weight times the schedule's factor.
  [[nodiscard]] double weight_at(const reverse_step& step) const { return weight * schedule.factor(step); }

  /// Throws unless every number is in its range.
  void check(std::string_view where) const {
    require(std::isfinite(weight), where, "the weight must be finite, but is ", weight);
    require(elements > 0, where, "a penalty averages over at least one element, but elements = 0");
    schedule.check(where);
  }
};

/// The elements of one evaluation: all samples of all batches use the same, drawn from the run's seed and the step.
template <symmetry_group Group>
class element_choice {
 public:
  element_choice(const Group& group, std::size_t elements, const reverse_step& step)
      : group_(group), all_(elements == whole_group), address_(step.shared(purpose::group_element)) {
    const auto order = static_cast<std::size_t>(group.order());
    count_ = !all_ ? elements : order > 1 ? order - 1 : 1;
  }

  [[nodiscard]] std::size_t count() const { return count_; }

  [[nodiscard]] typename Group::element operator[](std::size_t i) const {
    if (all_) return group_.order() > 1 ? group_.at(i + 1) : group_.identity();
    noise_address address = address_;
    address.first_sample = i;
    return group_.draw(address);
  }

 private:
  const Group& group_;
  bool all_;
  noise_address address_;
  std::size_t count_;
};

}  // namespace equireg::regularizer
