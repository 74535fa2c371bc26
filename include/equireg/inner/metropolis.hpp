// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `inner::metropolis`: random walks that are rejected where they climb. Asks for no derivative.

#include <equireg/core/arguments.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/random.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/inner/chain.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace equireg::inner {

/// Proposes w' = w + sqrt(eta) z and takes it with probability min(1, exp(U(w) - U(w'))), each sample for itself.
/// (Metropolis et al. 1953.)
///
/// exp(-U) is its law for every eta; eta decides how soon it is reached, and d numbers with a curvature p ask for about
/// eta p = 5.7 / d. It is so as long as differences of U of order 1 can be told: an energy is rounded to the tensor's
/// type, and one of 1e7 in float is not fit for it. A proposal whose energy is not a number is not taken; a start whose energy is none stays.
struct metropolis {
  static constexpr bool uses_gradient = false;

  /// U(w), which one evaluation at the start and one for each proposal keep.
  template <tensor X, has_energy_value<X> Energy>
  X start(const X& w, const Energy& energy, const noise_address& /*address*/) const {
    return energy.value(w);
  }

  template <tensor X, has_energy_value<X> Energy>
  void step(X& current, X& w, const Energy& energy, double rate, const noise_address& address) const {
    X proposal(w.shape());
    const auto [v, z] = entries<2>;
    transform(proposal, v + std::sqrt(rate) * z, w, normal_noise{address});
    const X proposed = energy.value(proposal);
    const auto before = to_host(current), after = to_host(proposed);
    std::vector<typename X::value_type> decided(before.size());
    for (std::size_t b = 0; b < before.size(); ++b) {
      decided[b] = std::log1p(-uniform(address, b, decision)) < before[b] - after[b] ? 1 : 0;
    }
    const X taken(current.shape(), std::span<const typename X::value_type>(decided));
    const auto [old, moved, t] = entries<3>;
    const auto choice = select(t != 0, moved, old);
    transform(current, choice, current, proposed, taken);
    transform(w, choice, w, proposal, per_sample{taken});
  }

 private:
  /// The block of the stream that decides: far behind those of which the proposal is made.
  static constexpr std::uint32_t decision = ~std::uint32_t{0};
};

}  // namespace equireg::inner
