// SPDX-License-Identifier: BSD-3-Clause
//
// You learn: how to fit a prior to images without a network, as a mixture of low-rank Gaussians.
// Run:       fit_prior --output examples/data/fashion_mnist_prior.safetensors
// Prints:    the log-likelihood per image after each round, and that of held-out images.
//
// So run, on all 60,000 training images, it makes the shipped file, to the rounding of the machine's BLAS. Its shape is
// the one of six of that size, components x rank of 6 x 316, 10 x 189, 16 x 118, 24 x 78, 32 x 58 and 48 x 38, whose
// exact posterior mean restored best over the four tasks of `restore`, when fitted on the first 50,000 of these images
// and judged by the others. It is a compromise: few components of high rank restore the box better, many of low rank
// what is blurred. The log-likelihood, which rises with the rank from 276 to 603, decides otherwise.

#include "support/program.hpp"

#include <equireg/io/gaussian_mixture_file.hpp>
#include <equireg/io/idx.hpp>
#include <equireg/score/fit_gaussian_mixture.hpp>

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>

namespace eq = equireg;

namespace {

using images = eq::cpu::tensor<float>;
using covariance = eq::score::covariance::low_rank<float>;

// The images, and after them the same from left to right: what the group of reflections leaves alone, as a prior.
images with_flips(const images& x) {
  const auto flipped = gather(x, eq::pixel_map::flip_columns(x.shape().plane()));
  images both(x.shape().with_batch(2 * x.shape().batch));
  std::copy_n(flipped.data(), x.size(), std::copy_n(x.data(), x.size(), both.data()));
  return both;
}

int run(int argc, char** argv) {
  const std::string folder = "/usr/share/datasets/fashion-mnist/";
  std::string train = folder + "train-images-idx3-ubyte.gz", test = folder + "t10k-images-idx3-ubyte.gz";
  std::string output = "prior.safetensors", dtype = "F16";
  std::size_t most = 0;
  eq::score::fit_settings settings{
      .components = 32, .rank = 58, .iterations = 40, .least_improvement = 0.1, .variance_floor = 1e-5, .seed = 1};
  CLI::App app("Fits a mixture of low-rank Gaussians to images");
  app.add_option("--images", train, "images to fit, IDX or gzipped IDX")->capture_default_str();
  app.add_option("--held-out", test, "images to judge the fit by; empty: none")->capture_default_str();
  app.add_option("--output", output, "safetensors file to write")->capture_default_str();
  app.add_option("--components", settings.components, "Gaussians")->capture_default_str();
  app.add_option("--rank", settings.rank, "directions of each")->capture_default_str();
  app.add_option("--iterations", settings.iterations, "rounds, at most")->capture_default_str();
  app.add_option("--improvement", settings.least_improvement, "stop where a round gains less")->capture_default_str();
  app.add_option("--seed", settings.seed, "starting point")->capture_default_str();
  app.add_option("--most", most, "images to use, 0 for all")->capture_default_str();
  app.add_option("--dtype", dtype, "F16 or F32")->check(CLI::IsMember({"F16", "F32"}))->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  const auto begin = std::chrono::steady_clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); };
  const images data = with_flips(eq::io::read_idx_images<float>(train, -1, 1, most));
  std::printf("%zu images of %s, half of them flipped (%.1f s)\n", data.shape().batch,
              eq::to_text(data.shape().plane()).c_str(), seconds());
  const auto fit = eq::score::fit_gaussian_mixture<covariance>(data, settings, [&](std::size_t round, double value) {
    std::printf("round %3zu   log-likelihood %10.3f   %7.1f s\n", round, value, seconds());
    std::fflush(stdout);
  });
  std::printf("fitted      log-likelihood %10.3f   %7.1f s\n", fit.log_likelihood.back(), seconds());
  eq::io::save_gaussian_mixture(output, fit.model, dtype);
  std::printf("wrote %s, %zu bytes\n", output.c_str(), static_cast<std::size_t>(std::filesystem::file_size(output)));
  if (!test.empty()) {
    const auto held_out = eq::io::read_idx_images<float>(test, -1, 1, most);
    const auto stored = eq::io::load_gaussian_mixture<float>(output);
    std::printf("held out    log-likelihood %10.3f   as stored %.3f\n", mean_log_density(fit.model, held_out),
                mean_log_density(stored, held_out));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) { return support::guarded(run, argc, argv); }
