// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `level_cache`: what was prepared for the last two noise levels, kept for the next call at one of them.

#include <equireg/core/noise_level.hpp>

#include <array>
#include <memory>
#include <mutex>
#include <utility>

namespace equireg::score {

/// Keeps two Values, each made for a pair (signal, noise): a sampler and a penalty that uses the same prior at a level of
/// its own take turns. Thread safe; users share ownership of what they got.
template <class Value>
class level_cache {
 public:
  /// The value for `level`, from make() unless it is at hand.
  template <class Make>
  std::shared_ptr<const Value> get(const noise_level& level, const Make& make) {
    {
      const std::lock_guard lock(mutex_);
      if (kept_[1].is_for(level)) std::swap(kept_[0], kept_[1]);
      if (kept_[0].is_for(level)) return kept_[0].value;
    }
    auto fresh = std::make_shared<const Value>(make());
    const std::lock_guard lock(mutex_);
    kept_[1] = std::exchange(kept_[0], {level, fresh});
    return fresh;
  }

 private:
  struct entry {
    noise_level level;
    std::shared_ptr<const Value> value;

    [[nodiscard]] bool is_for(const noise_level& other) const {
      return value && level.signal == other.signal && level.noise == other.noise;
    }
  };

  std::mutex mutex_;
  std::array<entry, 2> kept_;  // the one used last, first
};

}  // namespace equireg::score
