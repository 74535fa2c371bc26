// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Several samples of each of several measurements, as one batch: `ensemble_size`, and what they stand for.

#include <equireg/core/error.hpp>
#include <equireg/core/shape.hpp>

#include <cstddef>
#include <string_view>

namespace equireg::metric {

/// How the m samples of an ensemble stand for a law.
enum class ensemble_rule {
  plain,  ///< they are the law: the mean over all m^2 pairs
  fair    ///< they are draws from it: the mean over the m (m - 1) pairs of two, which is unbiased. Needs m >= 2
};

/// m, where samples (B m, C, H, W) holds m of each of B measurements: those of measurement b are the samples b m ...
/// (b + 1) m - 1. Throws unless `truth` has shape (B, C, H, W), B >= 1 divides the number of samples, and m >= `least`.
inline std::size_t ensemble_size(const shape& samples, const shape& truth, std::size_t least, std::string_view where) {
  require(samples.with_batch(0) == truth.with_batch(0), where, "the samples have shape ", samples, ", the truth ",
          truth);
  require(truth.batch > 0 && samples.batch % truth.batch == 0, where, samples.batch,
          " samples cannot be shared equally by ", truth.batch, " measurements");
  const std::size_t m = samples.batch / truth.batch;
  require(m >= least, where, "expected at least ", least, " samples of each measurement, but there are ", m);
  return m;
}

/// The same where there is no truth to compare with, only a number of measurements.
inline std::size_t ensemble_size(const shape& samples, std::size_t measurements, std::size_t least,
                                 std::string_view where) {
  return ensemble_size(samples, samples.with_batch(measurements), least, where);
}

}  // namespace equireg::metric
