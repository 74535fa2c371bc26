// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `level_cache`: what was prepared for the last noise level, kept for the next call at it.

#include <equireg/core/noise_level.hpp>

#include <memory>
#include <mutex>
#include <utility>

namespace equireg::score {

/// Keeps one Value, made for a pair (signal, noise). Thread safe; users share ownership of what they got.
template <class Value>
class level_cache {
 public:
  /// The value for `level`, from make() unless it is at hand.
  template <class Make>
  std::shared_ptr<const Value> get(const noise_level& level, const Make& make) {
    {
      const std::lock_guard lock(mutex_);
      if (value_ && level.signal == level_.signal && level.noise == level_.noise) return value_;
    }
    auto fresh = std::make_shared<const Value>(make());
    const std::lock_guard lock(mutex_);
    level_ = level;
    value_ = fresh;
    return fresh;
  }

 private:
  std::mutex mutex_;
  noise_level level_;
  std::shared_ptr<const Value> value_;
};

}  // namespace equireg::score
