// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief What every penalty owes a solver: an exact gradient, samples that do not know of each other, and silence
/// where it is not active.

#include <support/tolerance.hpp>

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/regularizer/penalty.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace equireg::test {

template <class T>
cpu::tensor<T> random_image(const shape& s, std::uint64_t seed) {
  cpu::tensor<T> x(s);
  fill_normal(x, {seed, 0, purpose::user, 0});
  return x;
}

/// The gradient: what accumulate adds to nothing at factor 1.
template <class Penalty, class T>
cpu::tensor<T> gradient_of(const Penalty& r, const cpu::tensor<T>& x, const reverse_step& step) {
  cpu::tensor<T> q(x.shape(), T(0));
  r.accumulate(q, x, step, cpu::tensor<T>({x.shape().batch, 1, 1, 1}, T(1)));
  return q;
}

/// Central differences of the sum of all samples' values, in every coordinate.
template <class Penalty>
cpu::tensor<double> differences_of(const Penalty& r, cpu::tensor<double> x, const reverse_step& step) {
  constexpr double h = tolerance<double>::step;
  cpu::tensor<double> result(x.shape());
  const auto value = [&] {
    double sum = 0;
    for (const double v : to_host(r.value(x, step))) sum += v;
    return sum;
  };
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double at = x.data()[i];
    x.data()[i] = at + h;
    const double above = value();
    x.data()[i] = at - h;
    const double below = value();
    x.data()[i] = at;
    result.data()[i] = (above - below) / (2 * h);
  }
  return result;
}

/// The gradient agrees with central differences, is not zero, and is added, times a factor for each sample, to what q
/// held.
template <class Penalty>
bool gradient_is_exact(const Penalty& r, const cpu::tensor<double>& x, const reverse_step& step) {
  const auto gradient = gradient_of(r, x, step);
  const auto expected = differences_of(r, x, step);
  const auto held = random_image<double>(x.shape(), 99);
  cpu::tensor<double> factor({x.shape().batch, 1, 1, 1});
  for (std::size_t b = 0; b < factor.size(); ++b) factor.data()[b] = -0.5 - static_cast<double>(b);
  auto q = held;
  r.accumulate(q, x, step, factor);
  auto sum = held;
  transform(
      sum, [](double h, double f, double v) { return h + f * v; }, held, per_sample{factor}, gradient);
  const bool is_something =
      std::any_of(expected.values().begin(), expected.values().end(), [](double v) { return v != 0; });
  return is_something && relative_error(gradient.values(), expected.values()) <= tolerance<double>::finite_difference &&
         relative_error(q.values(), sum.values()) <= tolerance<double>::rounding;
}

/// A batch gives, bit for bit, the values and gradients of its samples one by one.
template <class Penalty, class T>
bool batch_is_its_samples(const Penalty& r, const cpu::tensor<T>& x, const reverse_step& step) {
  const auto values = r.value(x, step);
  const auto gradient = gradient_of(r, x, step);
  for (std::size_t b = 0; b < x.shape().batch; ++b) {
    const cpu::tensor<T> one(x.shape().with_batch(1), x.sample(b));
    reverse_step alone = step;
    alone.first_sample = step.first_sample + b;
    if (r.value(one, alone).data()[0] != values.data()[b]) return false;
    const auto expected = gradient_of(r, one, alone);
    if (!std::equal(expected.values().begin(), expected.values().end(), gradient.sample(b).begin())) return false;
  }
  return true;
}

/// All zero.
template <class T>
bool is_zero(const cpu::tensor<T>& x) {
  return std::all_of(x.values().begin(), x.values().end(), [](T v) { return v == T(0); });
}

}  // namespace equireg::test
