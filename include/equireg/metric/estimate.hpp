// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `metric::estimate`: a number that was estimated from samples, and its standard error.

namespace equireg::metric {

/// A number and the standard error that its metric documents: what the error counts as chance differs between them.
struct estimate {
  double value = 0;
  double standard_error = 0;
};

}  // namespace equireg::metric
