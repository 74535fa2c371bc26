// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `transform_indexed`: an elementwise verb whose function also learns which element it makes.

#include <equireg/backend/cpu/elementwise.hpp>

#include <cstddef>

namespace equireg::cpu {

namespace detail {

template <class T, class F, class... Sources>
void transform_indexed(tensor<T>& out, const F& f, Sources... sources) {
  const equireg::shape s = out.shape();
  (sources.check(s, "equireg::transform_indexed"), ...);
  for_each_block(s, [&](std::size_t b, std::size_t first, std::size_t count) {
    T* const to = out.data() + b * s.sample_size() + first;
    const auto run = [&](auto... cursors) {
      for (std::size_t i = 0; i < count; ++i) to[i] = f(b, first + i, cursors[i]...);
    };
    run(sources.block(b, first, count, scratch<T, Sources::needs_buffer>().values)...);
  });
}

}  // namespace detail

/// out[b][i] = f(b, i, x[b][i]...), i = 0 ... C H W - 1: for functions that draw random numbers of their own. It does
/// not vectorise; `transform` does. All tensors have out's shape.
template <class T, class F, class... Arguments>
void transform_indexed(tensor<T>& out, const F& f, const Arguments&... arguments) {
  detail::transform_indexed(out, f, make_source<T>(arguments)...);
}

}  // namespace equireg::cpu
