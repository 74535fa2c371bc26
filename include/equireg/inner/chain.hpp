// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `inner::run_chain`: Markov chains inside one step of the reverse process, and what their kernels ask for.

#include <equireg/core/random.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/stepper/reverse_step.hpp>

#include <concepts>
#include <cstddef>

namespace equireg::inner {

/// `e.gradient(w)` is grad U(w) for each sample: shape of w.
template <class E, class X>
concept has_energy_gradient = requires(const E& e, const X& w) {
  { e.gradient(w) } -> std::convertible_to<X>;
};

/// `e.value(w)` is U(w), up to a constant, for each sample: (B, 1, 1, 1).
template <class E, class X>
concept has_energy_value = requires(const E& e, const X& w) {
  { e.value(w) } -> std::convertible_to<X>;
};

/// `k.start(w, energy, address)` is what the kernel remembers between iterations, and `k.step(memory, w, energy, rate,
/// address)` moves every sample of w once, towards the law exp(-U(w)). `rate` is a time: an undisturbed move has a
/// deviation of the order of its root. Samples do not meet. A kernel asks of the energy its gradient or, where it says
/// `static constexpr bool uses_gradient = false`, its value.
template <class K, class X, class E>
concept kernel = requires(const K& k, X& w, const E& energy, const noise_address& address) {
  { K::uses_gradient } -> std::convertible_to<bool>;
  k.start(w, energy, address);
};

/// n iterations from w with the streams step.chain(purpose::likelihood, i), i = 0 for the start and 1 ... n.
template <class Kernel, tensor X, class Energy>
requires kernel<Kernel, X, Energy>
void run_chain(const Kernel& kernel, X& w, const Energy& energy, std::size_t iterations, double rate,
               const reverse_step& step) {
  if (iterations == 0) return;
  auto memory = kernel.start(w, energy, step.chain(purpose::likelihood, 0));
  for (std::size_t i = 1; i <= iterations; ++i) {
    kernel.step(memory, w, energy, rate, step.chain(purpose::likelihood, i));
  }
}

}  // namespace equireg::inner
