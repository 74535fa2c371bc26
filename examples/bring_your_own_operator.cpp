// SPDX-License-Identifier: BSD-3-Clause
//
// You learn: how a measurement of your own becomes a map that solvers can differentiate. It needs the forward rule and,
// in `linearize`, the transposed derivative; a linear one may give `adjoint` instead.
//
// The camera here saturates: y = tanh(3 x). White clothes lose their texture.
//
//   ./bring_your_own_operator --prior examples/data/fashion_mnist_prior.safetensors
//
// prints how much nearer to the truth DPS comes than inverting the curve does.

#include <equireg/equireg.hpp>
#include <equireg/io/gaussian_mixture_file.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <string>
#include <string_view>

namespace eq = equireg;

namespace {

using X = eq::cpu::tensor<float>;

/// y_i = tanh(gain x_i).
struct saturating_camera {
  float gain = 3;

  X operator()(const X& x) const {
    X y(x.shape());
    transform(y, [g = gain](float v) { return std::tanh(g * v); }, x);
    return y;
  }

  auto linearize(const X& x) const {
    X y = (*this)(x);
    auto pullback = [g = gain, y](const X& v) {
      X result(v.shape());
      transform(result, [g](float t, float u) { return g * (1 - t * t) * u; }, y, v);
      return result;
    };
    return eq::linearization{std::move(y), std::move(pullback)};
  }
};

static_assert(eq::check_differentiable_map<saturating_camera, X>());

double mean(const std::vector<double>& v) {
  return std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size());
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string file =
      argc == 3 && std::string_view(argv[1]) == "--prior" ? argv[2] : "examples/data/fashion_mnist_prior.safetensors";
  const auto prior = eq::io::load_gaussian_mixture<float>(file);

  const X truth = prior.sample(eq::noise_address{1}, 32);
  const saturating_camera camera;
  const X y = eq::measurement::measure(camera, truth, eq::noise::gaussian{.sigma = 0.05}, {2});

  X inverted(y.shape());
  transform(inverted, [](float v) { return std::atanh(std::clamp(v, -0.995F, 0.995F)) / 3; }, y);

  const eq::sampler solver{prior, eq::likelihood::dps{camera, y, {.step_size = 0.5}},
                           eq::schedule::vp_linear{.steps = 100}, eq::stepper::ddim{.eta = 1}};
  const X x = solver.sample(eq::seed{3});

  std::printf("  inverted curve  %5.2f dB\n  DPS             %5.2f dB\n", mean(eq::metric::psnr(inverted, truth)),
              mean(eq::metric::psnr(x, truth)));
} catch (const eq::error& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return EXIT_FAILURE;
}
