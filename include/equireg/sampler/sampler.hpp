// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `sampler`: the loop. Score model, likelihood, penalty, schedule and stepper are its parameters.

#include <equireg/core/arguments.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/noise_level.hpp>
#include <equireg/core/random.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/likelihood/likelihood_approximation.hpp>
#include <equireg/regularizer/none.hpp>
#include <equireg/regularizer/penalty.hpp>
#include <equireg/sampler/divergence.hpp>
#include <equireg/sampler/observer.hpp>
#include <equireg/schedule/noise_schedule.hpp>
#include <equireg/score/score_model.hpp>
#include <equireg/stepper/by_likelihood.hpp>
#include <equireg/stepper/reverse_stepper.hpp>

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace equireg {

/// Settings of a run that are no policy.
struct sampler_options {
  /// The same bits for a sample in any batch and on any number of threads, given the same model and likelihood: LAPACK,
  /// which makes some models ready, and products with y, which some likelihoods make when they are constructed, have
  /// other bits with other threads and batches. Without it results agree to rounding.
  bool reproducible = false;
  /// Index of the batch's first sample: its noise is that of sample 0, 1, ... counted from here.
  std::uint64_t first_sample = 0;
};

/// Draws samples of x0 given a measurement by running a diffusion backwards.
///
///     x_T ~ N(0, b_T^2 I)
///     for each step, from level t to the next cleaner level s:
///       x0_hat         = E[x0 | x_t]                       score model
///       x0_hat', shift = made better by y and R(x0_hat)    likelihood approximation, penalty
///       x_s            = step(x_t, x0_hat') + shift        stepper
///
/// A likelihood may also choose x_T, correct x_s, or make the steps itself, and then the stepper is left out
/// (`likelihood_approximation.hpp`).
///
/// A score model given as an lvalue is referred to and must outlive the sampler; a temporary is moved in. The other
/// policies are copied. Throws `divergence` where a state is not finite.
template <class ScoreModel, class Likelihood, class Penalty, class Schedule, class Stepper>
class sampler {
 public:
  using score_model_type = std::remove_cvref_t<ScoreModel>;
  using tensor_type = typename score_model_type::tensor_type;

  static_assert(check_score_model<score_model_type>());
  static_assert([] {
    if constexpr (is_no_penalty<Penalty>) {
      return true;
    } else {
      return check_penalty<Penalty, tensor_type>();
    }
  }());
  static_assert(check_likelihood_approximation<Likelihood, score_model_type, Penalty>());
  static_assert(check_noise_schedule<Schedule>());
  static constexpr bool likelihood_steps = makes_steps<Likelihood, tensor_type>;
  static constexpr bool has_stepper = !std::is_same_v<Stepper, stepper::by_likelihood>;
  static_assert(!likelihood_steps || !has_stepper,
                "this likelihood makes the steps itself: leave the stepper out of equireg::sampler");
  static_assert(likelihood_steps || has_stepper, "this likelihood makes no steps: give equireg::sampler a stepper");
  static_assert([] {
    if constexpr (has_stepper) {
      return check_reverse_stepper<Stepper, tensor_type>();
    } else {
      return true;
    }
  }());

  /// Throws where the measurement does not fit the prior, or the schedule has no step, does not fall or does not end
  /// clean.
  sampler(ScoreModel&& score, Likelihood likelihood, Penalty penalty, Schedule schedule, Stepper stepper,
          sampler_options options = {})
      : score_(std::forward<ScoreModel>(score)),
        likelihood_(std::move(likelihood)),
        penalty_(std::move(penalty)),
        stepper_(std::move(stepper)),
        levels_(schedule.levels()),
        options_(options) {
    require(levels_.size() >= 2, "equireg::sampler", "expected a schedule with at least one step, but it has ",
            levels_.size(), " levels");
    for (std::size_t k = 1; k < levels_.size(); ++k) {
      const noise_level &before = levels_[k - 1], &level = levels_[k];
      require(level.noise * before.signal < before.noise * level.signal, "equireg::sampler",
              "expected a schedule whose noise falls with every step, but sigma does not fall from level ", k - 1,
              ", a = ", before.signal, ", b = ", before.noise, ", to level ", k, ", a = ", level.signal,
              ", b = ", level.noise);
    }
    require(levels_.back().noise == 0 && levels_.back().signal == 1, "equireg::sampler",
            "expected a schedule that ends clean, with a = 1 and b = 0, but the last level has a = ",
            levels_.back().signal, ", b = ", levels_.back().noise);
    if constexpr (checks_shapes<Likelihood>) likelihood_.check(score_.sample_shape());
  }
  sampler(ScoreModel&& score, Likelihood likelihood, Schedule schedule, Stepper stepper, sampler_options options = {})
      : sampler(std::forward<ScoreModel>(score), std::move(likelihood), Penalty{}, std::move(schedule),
                std::move(stepper), options) {}
  sampler(ScoreModel&& score, Likelihood likelihood, Penalty penalty, Schedule schedule, sampler_options options = {})
    requires(!has_stepper)
      : sampler(std::forward<ScoreModel>(score), std::move(likelihood), std::move(penalty), std::move(schedule),
                Stepper{}, options) {}
  sampler(ScoreModel&& score, Likelihood likelihood, Schedule schedule, sampler_options options = {})
    requires(!has_stepper)
      : sampler(std::forward<ScoreModel>(score), std::move(likelihood), Penalty{}, std::move(schedule), Stepper{},
                options) {}

  /// One sample for each measurement, (B, C, H, W).
  template <class... Observers>
  tensor_type sample(seed key, Observers&&... observers) const {
    [[maybe_unused]] const auto scope = enter_reproducible(typename tensor_type::backend{}, options_.reproducible);
    tensor_type x(score_.sample_shape().with_batch(likelihood_.batch()));
    const auto [z] = entries<1>;
    transform(x, levels_.front().noise * z,
              normal_noise{{key.value, 0, purpose::initial_state, options_.first_sample}});
    if constexpr (makes_initial_states<Likelihood, tensor_type>) likelihood_.begin(x, levels_.front());
    return sample_from(std::move(x), 0, key, observers...);
  }

  /// Goes on from the state before step `first_step`, as `on_step` of an observer has seen it after the step before.
  /// A stepper without memory then gives the bits of an uninterrupted run.
  template <class... Observers>
  tensor_type sample_from(tensor_type x, std::size_t first_step, seed key, Observers&&... observers) const {
    static_assert((run_observer<std::remove_reference_t<Observers>, tensor_type> && ...),
                  "an observer needs: void on_step(const equireg::reverse_step& step, const X& x), or void "
                  "on_estimate(const equireg::reverse_step& step, const X& x0)");
    require_shape(x.shape(), score_.sample_shape().with_batch(likelihood_.batch()), "equireg::sampler", "the state");
    require(first_step < levels_.size(), "equireg::sampler", "expected a first step of 0 to ", levels_.size() - 1,
            ", but it is ", first_step);
    [[maybe_unused]] const auto scope = enter_reproducible(typename tensor_type::backend{}, options_.reproducible);
    const auto& makes_step = stepper_or_likelihood();
    auto memory = makes_step.template start<tensor_type>();
    for (std::size_t k = first_step; k + 1 < levels_.size(); ++k) {
      const reverse_step step{levels_[k], levels_[k + 1], k, levels_.size() - 1, key.value, options_.first_sample};
      std::optional<estimate_type> last;  // kept for the one who looks for a NaN
      const auto estimate = [&](const tensor_type& x_t, const noise_level& level) -> const estimate_type& {
        last.reset();
        last.emplace(likelihood_.estimate(score_, penalty_, x_t, level, step));
        (notify_estimate(observers, step, last->x0), ...);
        return *last;
      };
      tensor_type magnitude = makes_step.advance(memory, x, estimate, step);
      if constexpr (corrects_states<Likelihood, tensor_type>) {
        likelihood_.correct(x, step);
        if constexpr (has_stepper) memory = makes_step.template start<tensor_type>();  // it remembers another state
        magnitude = reduce(abs(entry<0>{}), x);
      }
      require_finite(magnitude, x, last, step);
      (notify_step(observers, step, x), ...);
    }
    return x;
  }

  /// The grid of noise levels, the last of them clean.
  [[nodiscard]] const std::vector<noise_level>& levels() const { return levels_; }

 private:
  using estimate_type = std::remove_cvref_t<decltype(std::declval<const Likelihood&>().estimate(
      std::declval<const score_model_type&>(), std::declval<const Penalty&>(), std::declval<const tensor_type&>(),
      std::declval<const noise_level&>(), std::declval<const reverse_step&>()))>;

  const auto& stepper_or_likelihood() const {
    if constexpr (has_stepper) {
      return stepper_;
    } else {
      return likelihood_;
    }
  }

  template <class Observer>
  static void notify_step(Observer& o, const reverse_step& step, const tensor_type& x) {
    if constexpr (watches_steps<Observer, tensor_type>) o.on_step(step, x);
  }
  template <class Observer>
  static void notify_estimate(Observer& o, const reverse_step& step, const tensor_type& x0) {
    if constexpr (watches_estimates<Observer, tensor_type>) o.on_estimate(step, x0);
  }

  void require_finite(const tensor_type& magnitude, const tensor_type& x, const std::optional<estimate_type>& last,
                      const reverse_step& step) const {
    const auto sums = to_host(magnitude);
    for (std::size_t b = 0; b < sums.size(); ++b) {
      if (!std::isfinite(sums[b])) throw divergence<tensor_type>(step.index, step.total, b, culprit(b, last, step), x);
    }
  }

  static bool is_finite(const tensor_type& x, std::size_t b) {
    return std::isfinite(to_host(reduce(abs(entry<0>{}), x))[b]);
  }

  bool penalty_is_not_finite(const tensor_type& x0, const reverse_step& step, std::size_t b) const {
    if constexpr (is_no_penalty<Penalty>) {
      return false;
    } else {
      if (!penalty_.active(step)) return false;
      tensor_type cotangent(x0.shape()), scale({x0.shape().batch, 1, 1, 1});
      fill(cotangent, 0);
      fill(scale, 1);
      penalty_.accumulate(cotangent, x0, step, scale);
      return !is_finite(cotangent, b);
    }
  }

  // The state before the step was finite: the first policy whose result is not is to blame.
  std::string culprit(std::size_t b, const std::optional<estimate_type>& last, const reverse_step& step) const {
    const auto named = [](std::string role, auto* policy) {
      using policy_type = std::remove_pointer_t<decltype(policy)>;
      if constexpr (requires { policy_type::name; }) role += std::string(" ") + policy_type::name;
      return role;
    };
    if (last && !is_finite(last->x0, b)) {
      if constexpr (requires { requires Likelihood::changes_x0; }) {
        return named("the likelihood", static_cast<Likelihood*>(nullptr));
      } else {
        return named("the score model", static_cast<score_model_type*>(nullptr));
      }
    }
    if constexpr (!std::is_same_v<decltype(estimate_type::shift), absent>) {
      if (last && !is_finite(last->shift, b)) {
        if (penalty_is_not_finite(last->x0, step, b)) return named("the penalty", static_cast<Penalty*>(nullptr));
        return named("the guidance of the likelihood", static_cast<Likelihood*>(nullptr));
      }
    }
    if constexpr (!has_stepper || corrects_states<Likelihood, tensor_type>) {
      return named("the step of the likelihood", static_cast<Likelihood*>(nullptr));
    } else {
      return named("the stepper", static_cast<Stepper*>(nullptr));
    }
  }

  ScoreModel score_;
  Likelihood likelihood_;
  Penalty penalty_;
  Stepper stepper_;
  std::vector<noise_level> levels_;
  sampler_options options_;
};

template <class ScoreModel, class Likelihood, class Penalty, class Schedule, class Stepper>
sampler(ScoreModel&&, Likelihood, Penalty, Schedule, Stepper, sampler_options = {})
    -> sampler<ScoreModel, Likelihood, Penalty, Schedule, Stepper>;
template <class ScoreModel, class Likelihood, noise_schedule Schedule, class Stepper>
sampler(ScoreModel&&, Likelihood, Schedule, Stepper, sampler_options = {})
    -> sampler<ScoreModel, Likelihood, regularizer::none, Schedule, Stepper>;
template <class ScoreModel, class Likelihood, class Penalty, noise_schedule Schedule>
sampler(ScoreModel&&, Likelihood, Penalty, Schedule)
    -> sampler<ScoreModel, Likelihood, Penalty, Schedule, stepper::by_likelihood>;
template <class ScoreModel, class Likelihood, class Penalty, noise_schedule Schedule>
sampler(ScoreModel&&, Likelihood, Penalty, Schedule, sampler_options)
    -> sampler<ScoreModel, Likelihood, Penalty, Schedule, stepper::by_likelihood>;
template <class ScoreModel, class Likelihood, noise_schedule Schedule>
sampler(ScoreModel&&, Likelihood, Schedule)
    -> sampler<ScoreModel, Likelihood, regularizer::none, Schedule, stepper::by_likelihood>;
template <class ScoreModel, class Likelihood, noise_schedule Schedule>
sampler(ScoreModel&&, Likelihood, Schedule, sampler_options)
    -> sampler<ScoreModel, Likelihood, regularizer::none, Schedule, stepper::by_likelihood>;

}  // namespace equireg
