// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Elementwise verbs, as `backend/cpu/elementwise.hpp` defines them, and their kernels.
///
/// A thread makes four neighbouring elements of one sample; a block never holds parts of two. One pass over memory, and
/// as many bytes as the arguments and the result have. Sums are taken in an order that depends on the sample's size and
/// the block's alone, so that they have the same bits in every run and for any batch.

#include <equireg/backend/cuda/block_sum.hpp>
#include <equireg/backend/cuda/grid.hpp>
#include <equireg/backend/cuda/sources.hpp>
#include <equireg/backend/cuda/tensor.hpp>
#include <equireg/core/config.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/expression.hpp>
#include <equireg/core/random.hpp>
#include <equireg/core/shape.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>
#include <vector>

namespace equireg::cuda {

/// How the elements of a batch are dealt out to blocks.
struct elementwise_grid {
  std::uint32_t sample_size = 0;
  std::uint32_t blocks_per_sample = 0;

  template <class Context>
  EQUIREG_HOST_DEVICE run_of_four here(const Context& context) const {
    const std::uint32_t sample = context.block() / blocks_per_sample, chunk = context.block() % blocks_per_sample;
    const std::uint32_t first = 4 * (chunk * context.threads() + context.thread());
    const std::uint32_t left = first < sample_size ? sample_size - first : 0;
    return {sample, first, left < 4 ? left : 4};
  }
};

// ---- device functions -----------------------------------------------------------------------------------------------

/// f of each of four elements.
template <class T, class F, class... Quads>
EQUIREG_HOST_DEVICE quad<T> map_four(const F& f, std::uint32_t count, const Quads&... quads) {
  quad<T> result = {};
  for (std::uint32_t j = 0; j < 4; ++j) {
    if (j < count) result[j] = f(quads[j]...);
  }
  return result;
}

/// The sum of g over four elements.
template <class T, class G>
EQUIREG_HOST_DEVICE double sum_four(const G& g, std::uint32_t count, const quad<T>& values) {
  T sum = 0;
  for (std::uint32_t j = 0; j < 4; ++j) {
    if (j < count) sum += g(values[j]);
  }
  return static_cast<double>(sum);
}

// ---- kernels --------------------------------------------------------------------------------------------------------

/// out[i] = f(sources[i]...).
template <class T, class F>
struct transform_kernel {
  F f;

  template <class Context, class Out, class... Sources>
  EQUIREG_HOST_DEVICE void operator()(Context& context, Out out, elementwise_grid g, Sources... sources) const {
    const run_of_four at = g.here(context);
    if (at.count == 0) return;
    store(out + (std::size_t{at.sample} * g.sample_size + at.first), map_four<T>(f, at.count, sources.load(at)...),
          at.count);
  }
};

/// The same, and partial[block] is the block's sum of g(out[i]).
template <class T, class F, class G>
struct transform_reduce_kernel {
  F f;
  G g;

  template <class Context, class Out, class Partial, class... Sources>
  EQUIREG_HOST_DEVICE void operator()(Context& context, Out out, Partial partial, elementwise_grid grid,
                                      Sources... sources) const {
    const run_of_four at = grid.here(context);
    quad<T> values = {};
    if (at.count > 0) {
      values = map_four<T>(f, at.count, sources.load(at)...);
      store(out + (std::size_t{at.sample} * grid.sample_size + at.first), values, at.count);
    }
    const double sum = block_sum(context, sum_four(g, at.count, values));
    if (context.thread() == 0) partial[context.block()] = sum;
  }
};

/// partial[block] is the block's sum of f(sources[i]...).
template <class T, class F>
struct reduce_kernel {
  F f;

  template <class Context, class Partial, class... Sources>
  EQUIREG_HOST_DEVICE void operator()(Context& context, Partial partial, elementwise_grid grid,
                                      Sources... sources) const {
    const run_of_four at = grid.here(context);
    quad<T> values = {};
    if (at.count > 0) values = map_four<T>(f, at.count, sources.load(at)...);
    const double sum = block_sum(context, sum_four(entry<0>{}, at.count, values));
    if (context.thread() == 0) partial[context.block()] = sum;
  }
};

/// totals[block] is the sum of a sample's partial sums; one block for each sample.
struct add_partial_sums_kernel {
  template <class Context, class Totals, class Partial>
  EQUIREG_HOST_DEVICE void operator()(Context& context, Totals totals, Partial partial, std::uint32_t count) const {
    double mine = 0;
    for (std::uint32_t i = context.thread(); i < count; i += context.threads()) {
      mine += partial[std::size_t{context.block()} * count + i];
    }
    const double sum = block_sum(context, mine);
    if (context.thread() == 0) totals[context.block()] = static_cast<std::remove_cvref_t<decltype(totals[0])>>(sum);
  }
};

// ---- launchers ------------------------------------------------------------------------------------------------------
// All throw where an argument does not fit, or a batch needs more blocks than a grid has.

/// The deal for elements of shape s. Throws where they are too many for one launch.
inline elementwise_grid deal(const equireg::shape& s, std::uint32_t threads, std::string_view verb) {
  require(s.sample_size() < std::numeric_limits<std::uint32_t>::max() - 4 * std::size_t{threads}, verb,
          "a sample of shape ", s, " has more elements than 32 bits count");
  const std::size_t blocks = quotient_up(s.sample_size(), 4 * std::size_t{threads});
  require(s.batch * blocks <= std::numeric_limits<std::int32_t>::max(), verb, "a batch of shape ", s,
          " needs more blocks than a grid has; split it");
  return {static_cast<std::uint32_t>(s.sample_size()), static_cast<std::uint32_t>(blocks)};
}

namespace detail {

template <class T, class Executor, class Out, class F, class... Sources>
void transform(Executor& executor, const view<Out>& out, const F& f, Sources... sources) {
  const equireg::shape& s = out.extents;
  (sources.check(s, "equireg::transform"), ...);
  const elementwise_grid deal = cuda::deal(s, executor.threads(), "equireg::transform");
  if (s.size() == 0) return;
  const grid where{static_cast<std::uint32_t>(s.batch) * deal.blocks_per_sample, executor.threads()};
  executor.launch(transform_kernel<T, F>{f}, where, out.data, deal, sources...);
}

// launch(grid, partial, deal) writes the sum of each block, which are then added up: totals (B).
template <class Executor, class Totals, class Launch>
void add_up(Executor& executor, const Totals& totals, const equireg::shape& s, std::string_view verb,
            const Launch& launch) {
  const std::uint32_t threads = executor.threads();
  const elementwise_grid deal = cuda::deal(s, threads, verb);
  if (s.batch == 0) return;
  const auto samples = static_cast<std::uint32_t>(s.batch), blocks = samples * deal.blocks_per_sample;
  typename Executor::template buffer<double> memory(executor, blocks);
  const auto partial = Executor::pointer(memory.data(), blocks);
  if (blocks > 0) launch(grid{blocks, threads, block_sum_bytes(threads)}, partial, deal);
  executor.launch(add_partial_sums_kernel{}, grid{samples, threads, block_sum_bytes(threads)}, totals, partial,
                  deal.blocks_per_sample);
}

template <class T, class Executor, class Out, class Totals, class F, class G, class... Sources>
void transform_reduce(Executor& executor, const view<Out>& out, const Totals& totals, const F& f, const G& g,
                      Sources... sources) {
  (sources.check(out.extents, "equireg::transform_reduce"), ...);
  add_up(executor, totals, out.extents, "equireg::transform_reduce",
         [&](const grid& where, const auto& partial, const elementwise_grid& deal) {
           executor.launch(transform_reduce_kernel<T, F, G>{f, g}, where, out.data, partial, deal, sources...);
         });
}

template <class T, class Executor, class Totals, class F, class... Sources>
void reduce(Executor& executor, const Totals& totals, const equireg::shape& s, const F& f, Sources... sources) {
  (sources.check(s, "equireg::reduce"), ...);
  add_up(executor, totals, s, "equireg::reduce",
         [&](const grid& where, const auto& partial, const elementwise_grid& deal) {
           executor.launch(reduce_kernel<T, F>{f}, where, partial, deal, sources...);
         });
}

}  // namespace detail

/// out[i] = f(arguments[i]...) for every element. Arguments are views of out's shape, or `per_sample`, `broadcast` or
/// `permuted` ones, `normal_noise` or `absent`. f must be callable where the executor runs it.
template <class Executor, class Out, class F, class... Arguments>
void transform(Executor& executor, const view<Out>& out, const F& f, const Arguments&... arguments) {
  using value_type = typename view<Out>::value_type;
  detail::transform<value_type>(executor, out, f, make_source<value_type>(arguments)...);
}

/// The same, and totals[b] = sum_i g(out[i]) over sample b.
template <class Executor, class Out, class Totals, class F, class G, class... Arguments>
void transform_reduce(Executor& executor, const view<Out>& out, const Totals& totals, const F& f, const G& g,
                      const Arguments&... arguments) {
  using value_type = typename view<Out>::value_type;
  detail::transform_reduce<value_type>(executor, out, totals, f, g, make_source<value_type>(arguments)...);
}

/// totals[b] = sum_i f(arguments[i]...) over sample b. The first argument is a view and sets the shape.
template <class Executor, class Totals, class F, class First, class... Arguments>
void reduce(Executor& executor, const Totals& totals, const F& f, const view<First>& first,
            const Arguments&... arguments) {
  using value_type = typename view<First>::value_type;
  detail::reduce<value_type>(executor, totals, first.extents, f, make_source<value_type>(first),
                             make_source<value_type>(arguments)...);
}

// ---- verbs ----------------------------------------------------------------------------------------------------------

/// out[i] = f(arguments[i]...) for every element: one launch.
template <class T, class Executor, class F, class... Arguments>
void transform(basic_tensor<T, Executor>& out, const F& f, const Arguments&... arguments) {
  cuda::transform(out.executor(), view_of(out), f, arguments...);
}

/// Adds up, for each sample, g(out[i]) while it makes out[i] = f(arguments[i]...). Returns (B, 1, 1, 1). Two launches.
template <class T, class Executor, class F, class G, class... Arguments>
basic_tensor<T, Executor> transform_reduce(basic_tensor<T, Executor>& out, const F& f, const G& g,
                                           const Arguments&... arguments) {
  basic_tensor<T, Executor> totals({out.shape().batch, 1, 1, 1});
  cuda::transform_reduce(out.executor(), view_of(out), view_of(totals).data, f, g, arguments...);
  return totals;
}

/// sum_i f(arguments[i]...) for each sample, as (B, 1, 1, 1). The first argument is a tensor and sets the shape.
template <class T, class Executor, class F, class... Arguments>
basic_tensor<T, Executor> reduce(const F& f, const basic_tensor<T, Executor>& first_argument,
                                 const Arguments&... arguments) {
  basic_tensor<T, Executor> totals({first_argument.shape().batch, 1, 1, 1});
  cuda::reduce(totals.executor(), view_of(totals).data, f, view_of(first_argument), arguments...);
  return totals;
}

/// out[i] = value for every element.
template <class T, class Executor>
void fill(basic_tensor<T, Executor>& out, std::type_identity_t<T> value) {
  transform(out, constant<T>{value});
}

/// ||x_b||^2 for each sample, (B, 1, 1, 1).
template <class T, class Executor>
basic_tensor<T, Executor> squared_norm(const basic_tensor<T, Executor>& x) {
  return reduce(square(entry<0>{}), x);
}

/// <x_b, y_b> for each sample, (B, 1, 1, 1).
template <class T, class Executor>
basic_tensor<T, Executor> dot(const basic_tensor<T, Executor>& x, const basic_tensor<T, Executor>& y) {
  const auto [u, v] = entries<2>;
  return reduce(u * v, x, y);
}

/// y += factor * x.
template <class T, class Executor>
void add_scaled(basic_tensor<T, Executor>& y, double factor, const basic_tensor<T, Executor>& x) {
  const auto [v, u] = entries<2>;
  transform(y, v + factor * u, y, x);
}

/// Standard normal numbers of the stream at `address`, the bits of the host's.
template <class T, class Executor>
void fill_normal(basic_tensor<T, Executor>& out, const noise_address& address) {
  transform(out, entry<0>{}, normal_noise{address});
}

/// Waits, and reads the numbers of (B, 1, 1, 1) on the host.
template <class T, class Executor>
std::vector<double> to_host(const basic_tensor<T, Executor>& per_sample_values) {
  const cpu::tensor<T> values = per_sample_values.to_cpu();
  return {values.data(), values.data() + values.size()};
}

}  // namespace equireg::cuda
