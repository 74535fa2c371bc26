// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `likelihood::spectral_data`: measurements as their operator's singular vectors see them.

#include <equireg/core/map.hpp>
#include <equireg/core/memo.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/likelihood/requirements.hpp>
#include <equireg/measurement/measure.hpp>

#include <memory>
#include <utility>

namespace equireg::likelihood {

/// An operator, its measurements, and for each shape of samples the operator's spectral form with what y says of the
/// modes, made when first needed. Copies share all of it. Thread safe.
template <class Operator, tensor X>
class spectral_data {
  static_assert(check_operator_with_spectral_form<Operator, X>());

 public:
  struct modes {
    decltype(std::declval<const Operator&>().spectral_form(shape{})) form;
    X singular_values;  // (1, modes)
    X measured;         // (B, modes): diag(1 / s) U^T y
  };

  /// Entries of y that the operator does not observe may hold anything.
  spectral_data(Operator measurement, X y) : shared_(std::make_shared<shared>(std::move(measurement), std::move(y))) {}

  [[nodiscard]] const Operator& measurement() const { return shared_->measurement; }
  [[nodiscard]] const X& y() const { return shared_->y; }

  /// For samples of shape (any, C, H, W).
  [[nodiscard]] std::shared_ptr<const modes> of(const shape& samples) const {
    return shared_->known.get(samples.with_batch(1), [&] {
      auto form = measurement().spectral_form(samples.with_batch(1));
      X s = form.singular_values();
      X told = form.measured(y());
      return modes{std::move(form), std::move(s), std::move(told)};
    });
  }

 private:
  struct shared {
    shared(Operator a, X data)
        : measurement(std::move(a)), y(measurement::observed_part(measurement, std::move(data))) {}
    Operator measurement;
    X y;
    memo<shape, modes> known;
  };

  std::shared_ptr<shared> shared_;
};

}  // namespace equireg::likelihood
