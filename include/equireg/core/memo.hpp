// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `memo`: remembers what was made ready for a key, such as an image size.

#include <algorithm>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <utility>

namespace equireg {

/// Values by key, each made once; the `capacity` most recently used are kept. Thread safe: who asks for a value while
/// another makes it waits. A value that was dropped lives on with those who hold it.
template <class Key, class Value>
class memo {
 public:
  explicit memo(std::size_t capacity = 32) : capacity_(capacity) {}

  /// The value of `key`, by make() where it is not there. An exception of make() passes through and leaves nothing.
  template <class Make>
  std::shared_ptr<const Value> get(const Key& key, const Make& make) {
    const std::lock_guard lock(mutex_);
    const auto found =
        std::find_if(entries_.begin(), entries_.end(), [&](const auto& entry) { return entry.first == key; });
    if (found != entries_.end()) {
      entries_.splice(entries_.begin(), entries_, found);
      return entries_.front().second;
    }
    entries_.emplace_front(key, std::shared_ptr<const Value>(new Value(make())));
    if (entries_.size() > capacity_) entries_.pop_back();
    return entries_.front().second;
  }

 private:
  std::mutex mutex_;
  std::list<std::pair<Key, std::shared_ptr<const Value>>> entries_;  // most recently used first
  std::size_t capacity_;
};

}  // namespace equireg
