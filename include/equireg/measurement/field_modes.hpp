// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `measurement::decompose_fields`: the singular modes of a product of fields, in double on the host.

#include <equireg/backend/cpu/decompose.hpp>
#include <equireg/backend/cpu/field_product.hpp>
#include <equireg/backend/cpu/on_host.hpp>
#include <equireg/core/shape.hpp>
#include <equireg/core/tensor.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace equireg::measurement {

/// A A^T = sum_k s_k^2 q_k q_k^T for A x = `field_product`(x, u, g), of the modes above a cut.
template <class X>
struct field_modes {
  std::vector<double> squares;  ///< s_k^2, ascending
  X vectors;                    ///< q_k, (K, 2, T, R)
};

namespace detail {

/// An orthonormal basis, a row each, of what receivers with the fields g can see: real vectors (Re y_r, Im y_r), r = 0
/// ... R - 1. Directions are left out in which sum_p |y_r g_r(p)|^2 is at most `least`.
inline cpu::tensor<double> receiver_basis(const cpu::tensor<double>& g, double least) {
  const std::size_t r_count = g.shape().batch, rows = 2 * r_count;
  cpu::tensor<double> products({1, 1, rows, rows});
  const auto real = cpu::detail::real_rows(g);
  cpu::multiply<double>({products.data(), rows, rows, rows}, real, transpose(real));
  const auto product = [&](std::size_t r, std::size_t part, std::size_t s, std::size_t other) {
    return products.data()[(2 * r + part) * rows + 2 * s + other];
  };
  cpu::tensor<double> c({1, 1, rows, rows});  // of H = G G^H as a real matrix, (Re H, -Im H; Im H, Re H)
  for (std::size_t r = 0; r < r_count; ++r) {
    for (std::size_t s = 0; s < r_count; ++s) {
      const double re = product(r, 0, s, 0) + product(r, 1, s, 1), im = product(r, 1, s, 0) - product(r, 0, s, 1);
      c(0, 0, r, s) = c(0, 0, r_count + r, r_count + s) = re;
      c(0, 0, r_count + r, s) = im;
      c(0, 0, r, r_count + s) = -im;
    }
  }
  const std::vector<double> values = cpu::eigh<double>({c.data(), rows, rows, rows});
  const auto dropped = static_cast<std::size_t>(std::upper_bound(values.begin(), values.end(), least) - values.begin());
  return cpu::tensor<double>({1, 1, rows - dropped, rows},
                             std::span<const double>(c.data() + dropped * rows, c.data() + rows * rows));
}

/// The operator in the reduced data: for each u_t the basis times the rows Re u_t g_r and Im u_t g_r, (T, 1, K, H W).
inline cpu::tensor<double> reduced_operator(const cpu::tensor<double>& u, const cpu::tensor<double>& g,
                                            const cpu::tensor<double>& basis) {
  const std::size_t r_count = g.shape().batch, pixels = g.shape().height * g.shape().width, kept = basis.shape().height;
  cpu::tensor<double> reduced({u.shape().batch, 1, kept, pixels}), all({2, 1, r_count, pixels});
  for (std::size_t t = 0; t < u.shape().batch; ++t) {
    cpu::parallel_for(r_count, 4 * pixels, [&](std::size_t r) {
      const double *const u_re = u.sample(t).data(), *const u_im = u_re + pixels;
      const double *const g_re = g.sample(r).data(), *const g_im = g_re + pixels;
      double *const re = all.data() + r * pixels, *const im = re + r_count * pixels;
      for (std::size_t p = 0; p < pixels; ++p) {
        re[p] = u_re[p] * g_re[p] - u_im[p] * g_im[p];
        im[p] = u_re[p] * g_im[p] + u_im[p] * g_re[p];
      }
    });
    cpu::multiply<double>({reduced.sample(t).data(), kept, pixels, pixels},
                          {basis.data(), kept, 2 * r_count, 2 * r_count}, {all.data(), 2 * r_count, pixels, pixels});
  }
  return reduced;
}

/// s_k^2 > least > 0, ascending, and q_k as rows, of A with `rows` rows: from A A^T or A^T A, whichever is smaller.
inline std::pair<std::vector<double>, cpu::tensor<double>> left_modes(cpu::tensor<double> a, std::size_t rows,
                                                                      double least) {
  const std::size_t columns = rows > 0 ? a.size() / rows : 0, n = std::min(rows, columns);
  const cpu::matrix_view<const double> view{a.data(), rows, columns, columns};
  cpu::tensor<double> matrix({1, 1, n, n});
  if (rows <= columns) {
    cpu::multiply<double>({matrix.data(), n, n, n}, view, transpose(view));
    a = cpu::tensor<double>();  // large, and not read again
  } else {
    cpu::multiply<double>({matrix.data(), n, n, n}, transpose(view), view);
  }
  std::vector<double> squares = cpu::eigh<double>({matrix.data(), n, n, n});
  const auto first = std::upper_bound(squares.begin(), squares.end(), least);
  const auto dropped = static_cast<std::size_t>(first - squares.begin());
  squares.erase(squares.begin(), first);

  const cpu::matrix_view<const double> found{matrix.data() + dropped * n, squares.size(), n, n};
  cpu::tensor<double> modes({squares.size(), 1, 1, rows});
  if (rows <= columns) {
    std::copy_n(found.data, modes.size(), modes.data());
  } else {  // q = A v / s
    cpu::multiply<double>(rows_of(modes), found, transpose(view));
    for (std::size_t k = 0; k < squares.size(); ++k) {
      for (double& v : modes.sample(k)) v /= std::sqrt(squares[k]);
    }
  }
  return {std::move(squares), std::move(modes)};
}

}  // namespace detail

/// The modes with s_k > cut > 0 of the operator with fields u (T, 2, H, W) and g (R, 2, H, W).
///
/// Receivers that stand closer than waves can tell apart see the same: their data are first reduced to an orthonormal
/// basis. What that leaves out has norm cut / 1000 at most, so that the modes above the cut are those of A to 1e-6. For
/// 20 transmitters and 360 receivers the matrix to be decomposed is about 9000 x 9000: minutes, and 2 GB on the way.
template <tensor X>
field_modes<X> decompose_fields(const X& u, const X& g, double cut) {
  using dense = cpu::tensor<double>;
  using value_type = typename X::value_type;
  const dense sources = cpu::on_host(u), receivers = cpu::on_host(g);
  const std::size_t t_count = u.shape().batch, r_count = g.shape().batch, pixels = u.shape().height * u.shape().width;

  double strongest = 0;  // sum_t max_p |u_t(p)|^2
  for (std::size_t t = 0; t < t_count; ++t) {
    const double *const re = sources.sample(t).data(), *const im = re + pixels;
    double most = 0;
    for (std::size_t p = 0; p < pixels; ++p) most = std::max(most, re[p] * re[p] + im[p] * im[p]);
    strongest += most;
  }
  const dense basis = detail::receiver_basis(receivers, strongest > 0 ? 1e-6 * cut * cut / strongest : 0);
  const std::size_t kept = basis.shape().height, rows = t_count * kept, data = t_count * r_count;
  auto [squares, modes] = detail::left_modes(detail::reduced_operator(sources, receivers, basis), rows, cut * cut);

  const std::size_t count = squares.size();
  std::vector<value_type> vectors(count * 2 * data);
  dense expanded({count, 1, 2, r_count});
  for (std::size_t t = 0; t < t_count; ++t) {  // from the reduced data back to all receivers
    cpu::multiply<double>(rows_of(expanded), {modes.data() + t * kept, count, kept, rows},
                          {basis.data(), kept, 2 * r_count, 2 * r_count});
    for (std::size_t k = 0; k < 2 * count; ++k) {
      std::copy_n(expanded.data() + k * r_count, r_count, vectors.data() + k * data + t * r_count);
    }
  }
  return {std::move(squares), X({count, 2, t_count, r_count}, std::span<const value_type>(vectors))};
}

}  // namespace equireg::measurement
