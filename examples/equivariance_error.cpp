// SPDX-License-Identifier: BSD-3-Clause
//
// You learn: how to ask whether a map and a group tell images on the data's manifold from images off it, before any
//            solver is run: the premise of an equivariance penalty. The map here is the prior's denoiser.
// Run:       equivariance_error --images 256
// Prints:    for each penalty, group and noise level of the denoiser, the mean error of clean held-out images; then,
//            for images off the manifold, how many times larger theirs is, and the AUC: the probability that such an
//            image has a larger error than a clean one. At AUC 0.5 the error tells nothing; below, it misleads.
//
// The rows of the identity are a control: what they reach, the group has no part in.

#include "support/chosen_group.hpp"
#include "support/images.hpp"
#include "support/program.hpp"

#include <equireg/equireg.hpp>
#include <equireg/io/gaussian_mixture_file.hpp>

#include <CLI/CLI.hpp>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

namespace eq = equireg;

namespace {

using X = eq::cpu::tensor<float>;
using prior_type = eq::score::gaussian_mixture<eq::score::covariance::low_rank<float>>;

struct image_set {
  const char* name;
  X images;  // (B, 1, 28, 28), [-1, 1]
};

double mean(const std::vector<double>& v) {
  return std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size());
}

// P(off > clean), a tie counting half: the Mann-Whitney statistic.
double area_under_curve(const std::vector<double>& off, const std::vector<double>& clean) {
  double wins = 0;
  for (const double a : off) {
    for (const double b : clean) wins += a > b ? 1 : a == b ? 0.5 : 0;
  }
  return wins / static_cast<double>(off.size() * clean.size());
}

// One line of the table; the first set is the clean one. A penalty of weight 1 is the error's norm.
template <class Penalty>
void print_row(const char* form, const std::string& group, double sigma, const Penalty& penalty,
               const std::vector<image_set>& sets) {
  const auto errors = [&](const image_set& set) { return to_host(penalty.value(set.images, eq::reverse_step{})); };
  const auto clean = errors(sets.front());
  std::printf("%-12s  %-8s  %5.2f  %7.3f", form, group.c_str(), sigma, mean(clean));
  for (std::size_t i = 1; i < sets.size(); ++i) {
    const auto off = errors(sets[i]);
    std::printf("  %8.2f %6.3f", mean(off) / mean(clean), area_under_curve(off, clean));
  }
  std::printf("\n");
  std::fflush(stdout);
}

/// Clean images, and three ways off the manifold: noise, blur, and what DPS makes of a low resolution.
std::vector<image_set> make_sets(const prior_type& prior, const X& clean, std::uint64_t seed) {
  const auto measured = [&](const auto& measurement, double sigma) {
    return eq::measurement::measure(measurement, clean, eq::noise::gaussian{.sigma = sigma},
                                    {seed, 0, eq::purpose::measurement, 0});
  };
  const eq::measurement::super_resolution low_resolution{.factor = 4};
  const eq::score::clamped clipped{prior, -1, 1};
  const eq::sampler dps{clipped,
                        eq::likelihood::dps{low_resolution, measured(low_resolution, 0.05), {.step_size = 5.0}},
                        eq::regularizer::none{},
                        eq::schedule::vp_linear{.steps = 100},
                        eq::stepper::ddim{.eta = 1}};
  return {{"clean", clean},
          {"noisy 0.25", measured(eq::measurement::identity{}, 0.25)},
          {"blurred 1", measured(eq::measurement::gaussian_blur{.size = 9, .sigma = 1}, 0)},
          {"DPS, SR x4", dps.sample(eq::seed{seed})}};
}

int run(int argc, char** argv) {
  std::string prior_file = EQUIREG_EXAMPLES_DATA "/fashion_mnist_prior.safetensors";
  std::string data = "/usr/share/datasets/fashion-mnist";
  std::size_t images = 256, first = 0;
  std::uint64_t seed = 7;
  CLI::App app{"Compare equivariance errors on and off the manifold of clothes."};
  app.add_option("--images", images, "held-out images")->capture_default_str()->check(CLI::PositiveNumber);
  app.add_option("--first", first, "index of the first test image")->capture_default_str();
  app.add_option("--seed", seed, "seed of noise and solver")->capture_default_str();
  app.add_option("--prior", prior_file, "file of the fitted prior")->capture_default_str();
  app.add_option("--data", data, "folder of the Fashion-MNIST files")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const auto prior = eq::io::load_gaussian_mixture<float>(prior_file);
  const auto sets = make_sets(prior, support::fashion_mnist_test_images(data, first, images), seed);

  std::printf("%-12s  %-8s  %5s  %7s", "", "", "", sets.front().name);
  for (std::size_t i = 1; i < sets.size(); ++i) std::printf("  %15s", sets[i].name);
  std::printf("\n%-12s  %-8s  %5s  %7s", "penalty", "group", "sigma", "error");
  for (std::size_t i = 1; i < sets.size(); ++i) std::printf("  %8s %6s", "ratio", "AUC");
  std::printf("\n");

  const eq::regularizer::penalty_settings average{.weight = 1, .elements = 4};
  for (const std::string group : {"identity", "hflip", "vflip", "rot180", "rot90", "shift"}) {
    const auto g = support::chosen_group::by_name(group);
    for (const double sigma : {0.1, 0.25, 0.5, 1.0}) {
      const eq::regularizer::denoiser_at f{std::cref(prior), eq::variance_exploding(sigma)};
      print_row("consistency", group, sigma, eq::regularizer::equivariance_consistency{f, g, average}, sets);
      if (group == "identity") continue;  // T f(x) - f(S x) is 0 there
      print_row("equivariance", group, sigma, eq::regularizer::equivariance{f, g, average}, sets);
    }
  }
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) { return support::guarded(run, argc, argv); }
