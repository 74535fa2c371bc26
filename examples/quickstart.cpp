#include <equireg/equireg.hpp>
#include <equireg/io/gaussian_mixture_file.hpp>

#include <cstdio>
#include <functional>

namespace eq = equireg;

int main(int, char** argv) {
  const auto prior = eq::io::load_gaussian_mixture<float>(argv[1]);      // 28 x 28 clothes, [-1, 1]
  const auto truth = prior.sample(eq::seed{1}, 16);                       // (16, 1, 28, 28)

  const auto blur = eq::measurement::gaussian_blur{.size = 13, .sigma = 2.0};
  const auto y = eq::measurement::measure(blur, truth, eq::noise::gaussian{.sigma = 0.05}, {2});

  const auto f = eq::regularizer::denoiser_at{std::cref(prior), eq::variance_exploding(0.5)};
  const auto solver = eq::sampler{
      prior,
      eq::likelihood::dps{blur, y, {.step_size = 2.0}},
      eq::regularizer::equivariance_consistency{f, eq::group::reflection{}, {.weight = 0.4}},
      eq::schedule::vp_linear{.steps = 100},
      eq::stepper::ddim{.eta = 1.0}};
  const auto x = solver.sample(eq::seed{7});                              // one sample per measurement

  const auto quality = [&](const auto& image) { return eq::metric::summarize(eq::metric::psnr(image, truth)).mean; };
  std::printf("blurred %.1f dB, restored %.1f dB\n", quality(y), quality(x));
}
