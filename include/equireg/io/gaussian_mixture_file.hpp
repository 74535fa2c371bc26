// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief Mixtures with low-rank covariances as safetensors files.

#include <equireg/io/safetensors.hpp>
#include <equireg/score/covariance/low_rank.hpp>
#include <equireg/score/gaussian_mixture.hpp>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace equireg::io {

/// Writes a mixture with C_k = c_k I + U_k U_k^T. `dtype` is that of means and factors, "F32" or "F16"; weights and
/// variances are F64.
///
/// | tensor    | shape           | |
/// |-----------|-----------------|-|
/// | weights   | [K]             | sum 1 |
/// | means     | [K, C, H, W]    | m_k |
/// | variances | [K]             | c_k |
/// | ranks     | [K]             | columns of U_k |
/// | factors   | [M, C, H, W]    | columns of all U_k, one component after the other |
///
/// Throws for another dtype, where a value is beyond its range, and where the file cannot be written.
template <class T>
void save_gaussian_mixture(const std::filesystem::path& path,
                           const score::gaussian_mixture<score::covariance::low_rank<T>>& mixture,
                           const std::string& dtype = "F32") {
  const shape s = mixture.sample_shape();
  std::vector<T> factors;
  std::vector<double> variances, ranks;
  for (const auto& c : mixture.covariances()) {
    variances.push_back(c.variance());
    ranks.push_back(static_cast<double>(c.excess().size()));
    for (std::size_t r = 0; r < c.excess().size(); ++r) {
      const T length = static_cast<T>(std::sqrt(c.excess()[r]));
      for (const T v : c.basis().sample(r)) factors.push_back(length * v);
    }
  }
  constexpr const char* where = "equireg::io::save_gaussian_mixture";
  require(dtype == "F32" || dtype == "F16", where, "cannot store ", dtype, ", expected F32 or F16");
  for (const auto values : {std::span<const T>(factors), mixture.means().values()}) {
    for (const T v : values) {
      const auto rounded = static_cast<float>(v);  // the writer, too, makes a half of the float
      require(dtype == "F16" ? std::abs(rounded) < 65520 : std::isfinite(rounded), where, static_cast<double>(v),
              " does not fit into ", dtype);
    }
  }
  safetensors_writer file;
  file.add("weights", {mixture.size()}, mixture.weights());
  file.add("variances", {mixture.size()}, variances);
  file.add("ranks", {mixture.size()}, ranks);
  file.add("means", {mixture.size(), s.channels, s.height, s.width}, mixture.means().values(), dtype);
  file.add("factors", {factors.size() / s.sample_size(), s.channels, s.height, s.width}, factors, dtype);
  file.set_metadata("format", "equireg.gaussian_mixture.low_rank.1");
  file.write(path);
}

/// Reads what `save_gaussian_mixture` wrote, in T. Throws where the file is another, or its parts do not fit together.
template <class T>
score::gaussian_mixture<score::covariance::low_rank<T>> load_gaussian_mixture(const std::filesystem::path& path) {
  const safetensors_file file(path);
  const auto format = file.metadata("format");
  require(format == "equireg.gaussian_mixture.low_rank.1", file.where(), "expected a mixture of format "
          "equireg.gaussian_mixture.low_rank.1, found ", printable(format));
  const auto& extents = file.entry("means").shape;
  require(extents.size() == 4, file.where(), "the means should have four extents, they have ", extents.size());
  const std::uint64_t components = extents[0];
  const auto weights = file.read<double>("weights", {components});
  const auto variances = file.read<double>("variances", {components});
  const auto ranks = file.read<double>("ranks", {components});
  const shape s{1, extents[1], extents[2], extents[3]};
  require(components > 0 && s.sample_size() > 0, file.where(), "the mixture is empty");
  const auto& rows = file.entry("factors").shape;
  require(rows.size() == 4, file.where(), "the factors should have four extents, they have ", rows.size());
  double total = 0;
  for (const double r : ranks) {
    require(r >= 0 && r <= static_cast<double>(s.sample_size()) && r == std::floor(r), file.where(),
            "a rank should be a whole number up to ", s.sample_size(), ", found ", r);
    total += r;
  }
  require(total == static_cast<double>(rows[0]), file.where(), "the ranks add up to ", total, ", but there are ",
          rows[0], " factors");
  const auto factors = file.read<T>("factors", {rows[0], extents[1], extents[2], extents[3]});
  std::vector<score::covariance::low_rank<T>> covariances;
  const T* from = factors.data();
  for (std::size_t k = 0; k < components; ++k) {
    const auto rank = static_cast<std::size_t>(ranks[k]);
    const std::size_t count = rank * s.sample_size();
    covariances.emplace_back(cpu::tensor<T>(s.with_batch(rank), std::span<const T>(from, count)), variances[k]);
    from += count;
  }
  const auto means = file.read<T>("means");
  return {weights, cpu::tensor<T>(s.with_batch(components), std::span<const T>(means)), std::move(covariances)};
}

}  // namespace equireg::io
