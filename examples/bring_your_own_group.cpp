// SPDX-License-Identifier: BSD-3-Clause
//
// You learn: what a symmetry group needs to serve a penalty: its elements, their algebra, and how each moves pixels.
//
// The group here has two elements, the identity and the transposition of rows and columns. Clothes are not symmetric
// under it, so it also shows what a wrong symmetry looks like: the prior's denoiser restores a transposed image badly.
//
//   ./bring_your_own_group --prior examples/data/fashion_mnist_prior.safetensors
//
// prints the consistency error || x - S^-1 f(S x) || of clean images under this group and under the library's
// reflection, where f is the prior's denoiser.

#include <equireg/equireg.hpp>
#include <equireg/io/gaussian_mixture_file.hpp>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <string>
#include <string_view>

namespace eq = equireg;

namespace {

using X = eq::cpu::tensor<float>;

/// {1, t}, t t = 1, and t swaps rows and columns: out[i][j] = in[j][i].
struct transposition {
  using element = bool;  // true: rows and columns change places

  constexpr element identity() const { return false; }
  constexpr element inverse(element a) const { return a; }
  constexpr element compose(element a, element b) const { return a != b; }
  constexpr std::size_t order() const { return 2; }
  constexpr element at(std::size_t i) const { return i == 1; }
  element draw(const eq::noise_address&) const { return true; }

  constexpr eq::pixel_map action(element a, eq::extent e) const {
    // A quarter turn, then a flip, is a transposition; a map of your own type would do as well.
    return a ? eq::compose(eq::pixel_map::quarter_turn(e), eq::pixel_map::flip_rows({e.width, e.height}))
             : eq::pixel_map::identity(e);
  }
};

static_assert(eq::check_symmetry_group<transposition>());
static_assert(transposition{}.action(true, {2, 3})({2, 0}) == eq::pixel{0, 2});

template <class Group>
double mean_error(const eq::score::gaussian_mixture<eq::score::covariance::low_rank<float>>& prior, const X& images) {
  const eq::regularizer::denoiser_at f{std::cref(prior), eq::variance_exploding(0.2)};
  const eq::regularizer::equivariance_consistency penalty{f, Group{}, {.weight = 1}};
  const auto norms = to_host(penalty.value(images, eq::reverse_step{}));
  return std::accumulate(norms.begin(), norms.end(), 0.0) / static_cast<double>(norms.size());
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string file =
      argc == 3 && std::string_view(argv[1]) == "--prior" ? argv[2] : "examples/data/fashion_mnist_prior.safetensors";
  const auto prior = eq::io::load_gaussian_mixture<float>(file);
  const X images = prior.sample(eq::noise_address{1}, 256);
  std::printf("  reflection     %.2f\n  transposition  %.2f\n", mean_error<eq::group::reflection>(prior, images),
              mean_error<transposition>(prior, images));
} catch (const eq::error& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return EXIT_FAILURE;
}
