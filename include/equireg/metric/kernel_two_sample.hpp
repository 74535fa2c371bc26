// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `metric::kernel_two_sample`: the squared maximum mean discrepancy for any kernel of inner products.

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/backend/cpu/matrix.hpp>
#include <equireg/backend/cpu/on_host.hpp>
#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/arguments.hpp>
#include <equireg/core/error.hpp>
#include <equireg/core/tensor.hpp>
#include <equireg/metric/estimate.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace equireg::metric {

/// k(x, y) for x and y in R^d from x . y, x . x and y . y.
template <class K>
concept inner_product_kernel = requires(const K& k, double xy, double xx, double yy) {
  { k(xy, xx, yy) } -> std::convertible_to<double>;
};

/// How the mean of a kernel over pairs of one set counts the pairs i = j.
enum class pair_rule {
  unbiased,  ///< not: the mean over i != j. The discrepancy may be negative
  biased     ///< as the others: the discrepancy of the two empirical laws, at least 0
};

/// The sums of a kernel that a discrepancy, and the errors of one, are made of.
struct kernel_sums {
  std::vector<double> rows;     ///< sum_j k(x_i, y_j)
  std::vector<double> columns;  ///< sum_i k(x_i, y_j)
};

/// Both sums over all pairs of rows of x: (n, ..., d) and y: (m, ..., d), by matrix products. At most 512 x m numbers
/// of the kernel exist at a time.
template <inner_product_kernel Kernel>
kernel_sums sum_kernel(const cpu::tensor<double>& x, const cpu::tensor<double>& y, const Kernel& kernel) {
  using X = cpu::tensor<double>;
  const std::size_t n = x.shape().batch, m = y.shape().batch;
  constexpr std::size_t most = 512;
  const X xx = squared_norm(x), yy = squared_norm(y).reshaped({1, 1, 1, m});
  X column_sums({1, 1, 1, m}, 0.0);
  kernel_sums result;
  for (std::size_t first = 0; first < n; first += most) {
    const std::size_t count = std::min(most, n - first);
    X table({count, 1, 1, m});
    multiply(rows_of(table), rows_of(x).rows_at(first, count), transpose(rows_of(y)));
    const X own({count, 1, 1, 1}, xx.values().subspan(first, count));
    const X sums = transform_reduce(
        table, [&kernel](double xy, double a, double b) { return kernel(xy, a, b); }, [](double v) { return v; }, table,
        per_sample{own}, broadcast{yy});
    result.rows.insert(result.rows.end(), sums.values().begin(), sums.values().end());
    const X ones({1, 1, 1, count}, 1.0);
    multiply(rows_of(column_sums), rows_of(ones), rows_of(table), 1, 1);
  }
  result.columns.assign(column_sums.values().begin(), column_sums.values().end());
  return result;
}

/// Both sets in double on the host, with the mean of all samples moved to 0, where |x|^2 + |y|^2 - 2 x . y cancels
/// least. Throws where the samples' shapes differ, a number is not finite, or a set has fewer than three.
template <tensor X>
std::pair<cpu::tensor<double>, cpu::tensor<double>> centred_sets(const X& x, const X& y, std::string_view where) {
  require(x.shape().with_batch(0) == y.shape().with_batch(0), where, "the samples have shapes ", x.shape(), " and ",
          y.shape());
  require(x.shape().batch >= 3 && y.shape().batch >= 3, where, "expected at least three samples in each set, but got ",
          x.shape().batch, " and ", y.shape().batch);
  auto sets = std::pair(cpu::on_host(x), cpu::on_host(y));
  for (const auto* z : {&sets.first, &sets.second}) {
    for (const double v : z->values()) require(std::isfinite(v), where, "expected finite samples, but one holds ", v);
  }
  cpu::tensor<double> sum(x.shape().with_batch(1), 0.0);
  for (const auto* z : {&sets.first, &sets.second}) {
    const cpu::tensor<double> ones({1, 1, 1, z->shape().batch}, 1.0);
    multiply(rows_of(sum), rows_of(ones), rows_of(*z), 1, 1);
  }
  const double n = static_cast<double>(x.shape().batch + y.shape().batch);
  for (auto* z : {&sets.first, &sets.second}) {
    transform(
        *z, [n](double v, double s) { return v - s / n; }, *z, broadcast{sum});
  }
  return sets;
}

/// MMD^2 = E k(X, X') + E k(Y, Y') - 2 E k(X, Y) from n samples x and m samples y, n, m >= 3, with the standard error
/// of the jackknife over the samples of both. Gretton et al. 2012, JMLR 13, (3) and (5).
///
/// The error is that of the unbiased estimate under either rule. Where the two laws are the same it is too large, by
/// about sqrt(2), as the estimate then has no first-order part; a test should relabel the samples.
template <inner_product_kernel Kernel>
estimate kernel_two_sample(const cpu::tensor<double>& x, const cpu::tensor<double>& y, const Kernel& kernel,
                           pair_rule rule) {
  // r_i = sum_j k(z_i, z_j) over j != i, the sum over all pairs of those, and the k(z_i, z_i).
  struct own_sums {
    std::vector<double> rows;
    double pairs = 0, diagonal = 0;
  };
  const auto within = [&](const cpu::tensor<double>& z) {
    own_sums result{.rows = sum_kernel(z, z, kernel).rows};
    const std::vector<double> zz = to_host(squared_norm(z));
    for (std::size_t i = 0; i < zz.size(); ++i) {
      const double diagonal = kernel(zz[i], zz[i], zz[i]);
      result.rows[i] -= diagonal;
      result.diagonal += diagonal;
      result.pairs += result.rows[i];
    }
    return result;
  };
  const double n = static_cast<double>(x.shape().batch), m = static_cast<double>(y.shape().batch);
  const own_sums a = within(x), b = within(y);
  const kernel_sums between = sum_kernel(x, y, kernel);
  double cross = 0;
  for (const double v : between.rows) cross += v;

  // (k - 1) / k sum_i (u_i - mean u)^2, u_i the estimate without sample i of a set of k, up to what is in all of them.
  const auto jackknife = [cross](const own_sums& own, const std::vector<double>& with_other, double k, double size) {
    double mean = 0, squares = 0;
    std::vector<double> u(with_other.size());
    for (std::size_t i = 0; i < u.size(); ++i) {
      u[i] = (own.pairs - 2 * own.rows[i]) / ((k - 1) * (k - 2)) - 2 * (cross - with_other[i]) / ((k - 1) * size);
      mean += u[i] / k;
    }
    for (const double v : u) squares += (v - mean) * (v - mean);
    return (k - 1) / k * squares;
  };
  const double variance = jackknife(a, between.rows, n, m) + jackknife(b, between.columns, m, n);
  const double own = rule == pair_rule::unbiased ? a.pairs / (n * (n - 1)) + b.pairs / (m * (m - 1))
                                                 : (a.pairs + a.diagonal) / (n * n) + (b.pairs + b.diagonal) / (m * m);
  return {own - 2 * cross / (n * m), std::sqrt(variance)};
}

}  // namespace equireg::metric
