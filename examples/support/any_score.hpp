// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Score models, penalties, schedules and observers behind one type each, so that a program compiles every solver
///        once.

#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/map.hpp>
#include <equireg/core/noise_level.hpp>
#include <equireg/regularizer/penalty.hpp>
#include <equireg/schedule/noise_schedule.hpp>
#include <equireg/score/score_model.hpp>
#include <equireg/stepper/reverse_step.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace support {

namespace eq = equireg;

/// A differentiable score model, and how often it was asked. Copies share the model and the counts. The work of a call
/// is that of the model: what is erased costs one allocation.
class any_score {
 public:
  using tensor_type = eq::cpu::tensor<float>;
  using pullback_type = std::function<tensor_type(const tensor_type&)>;

  /// Calls, each with a whole batch.
  struct counts_type {
    std::size_t evaluations = 0, pullbacks = 0;
  };

  template <eq::differentiable_score_model Score>
  explicit any_score(Score score) : counts_(std::make_shared<counts_type>()) {
    const auto kept = std::make_shared<const Score>(std::move(score));
    sample_shape_ = kept->sample_shape();
    denoise_ = [kept](const tensor_type& x, const eq::noise_level& level) { return kept->denoise(x, level); };
    linearize_ = [kept](const tensor_type& x, const eq::noise_level& level) {
      auto [value, pullback] = kept->linearize(x, level);
      return eq::linearization<tensor_type, pullback_type>{
          std::move(value), [kept, pull = std::move(pullback)](const tensor_type& v) { return pull(v); }};
    };
  }

  [[nodiscard]] eq::shape sample_shape() const { return sample_shape_; }

  [[nodiscard]] tensor_type denoise(const tensor_type& x, const eq::noise_level& level) const {
    ++counts_->evaluations;
    return denoise_(x, level);
  }

  [[nodiscard]] eq::linearization<tensor_type, pullback_type> linearize(const tensor_type& x,
                                                                        const eq::noise_level& level) const {
    ++counts_->evaluations;
    auto inner = linearize_(x, level);
    return {std::move(inner.value), [counts = counts_, pull = std::move(inner.pullback)](const tensor_type& v) {
              ++counts->pullbacks;
              return pull(v);
            }};
  }

  [[nodiscard]] counts_type counts() const { return *counts_; }
  void forget_counts() const { *counts_ = {}; }

 private:
  eq::shape sample_shape_;
  std::function<tensor_type(const tensor_type&, const eq::noise_level&)> denoise_;
  std::function<eq::linearization<tensor_type, pullback_type>(const tensor_type&, const eq::noise_level&)> linearize_;
  std::shared_ptr<counts_type> counts_;
};

static_assert(eq::check_differentiable_score_model<any_score>());

/// A penalty.
class any_penalty {
 public:
  using tensor_type = any_score::tensor_type;

  template <eq::penalty<tensor_type> Penalty>
  explicit any_penalty(Penalty penalty) {
    const auto kept = std::make_shared<const Penalty>(std::move(penalty));
    value_ = [kept](const tensor_type& x0, const eq::reverse_step& step) { return kept->value(x0, step); };
    accumulate_ = [kept](tensor_type& q, const tensor_type& x0, const eq::reverse_step& step,
                         const tensor_type& factor) { kept->accumulate(q, x0, step, factor); };
    active_ = [kept](const eq::reverse_step& step) { return kept->active(step); };
  }

  [[nodiscard]] tensor_type value(const tensor_type& x0, const eq::reverse_step& step) const {
    return value_(x0, step);
  }
  void accumulate(tensor_type& q, const tensor_type& x0, const eq::reverse_step& step,
                  const tensor_type& factor) const {
    accumulate_(q, x0, step, factor);
  }
  [[nodiscard]] bool active(const eq::reverse_step& step) const { return active_(step); }

 private:
  std::function<tensor_type(const tensor_type&, const eq::reverse_step&)> value_;
  std::function<void(tensor_type&, const tensor_type&, const eq::reverse_step&, const tensor_type&)> accumulate_;
  std::function<bool(const eq::reverse_step&)> active_;
};

/// The levels of a schedule.
struct any_schedule {
  std::vector<eq::noise_level> grid;

  any_schedule(const eq::noise_schedule auto& schedule) : grid(schedule.levels()) {}  // NOLINT: meant to convert
  [[nodiscard]] const std::vector<eq::noise_level>& levels() const { return grid; }
};

/// What watches the steps of a run; empty where nobody does.
struct any_observer {
  std::function<void(const eq::reverse_step&, const any_score::tensor_type&)> watch;

  void on_step(const eq::reverse_step& step, const any_score::tensor_type& x) const {
    if (watch) watch(step, x);
  }
};

}  // namespace support
