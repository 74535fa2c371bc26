// SPDX-License-Identifier: BSD-3-Clause
//
// Restores damaged photographs of clothes with a prior fitted on 60,000 others, and asks what EquiReg adds.
//
//   sh cmake/demo.sh                                        every task on 64 held-out images: a table and a picture
//   sh cmake/demo.sh --task box --steps 20 --group rot180   one task, another setting
//   sh cmake/demo.sh --likelihood pigdm --task sr4          another solver
//   sh cmake/demo.sh --image mine.png --task motion         a photograph of your own, in colour and of any size
//
// Each task is solved by DPS or the solver of `--likelihood`, by the same with the equivariance penalty, and by two
// controls: the same penalty with the identity as its only symmetry, which shows what the group itself adds, and total
// variation. The prior is a mixture of Gaussians, so that the exact posterior is known: its samples and its mean stand
// beside.
//
// A photograph (`--image`) may be measured by every operator of the library. Its prior knows only that photographs have
// less power at high frequencies; with `--clothes` the image is shrunk to 28 x 28 and restored as above.

#include "support/chosen_group.hpp"
#include "support/chosen_operator.hpp"
#include "support/chosen_penalty.hpp"
#include "support/chosen_solver.hpp"
#include "support/images.hpp"
#include "support/photograph.hpp"
#include "support/picture.hpp"
#include "support/program.hpp"
#include "support/results.hpp"
#include "support/tuned_settings.hpp"

#include <equireg/io/gaussian_mixture_file.hpp>
#include <equireg/io/png.hpp>
#include <equireg/measurement/gaussian_blur.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/measurement/masks.hpp>
#include <equireg/measurement/measure.hpp>
#include <equireg/measurement/super_resolution.hpp>
#include <equireg/noise/gaussian.hpp>
#include <equireg/regularizer/total_variation.hpp>
#include <equireg/sampler/observer.hpp>
#include <equireg/score/clamped.hpp>
#include <equireg/score/mixture_posterior.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace eq = equireg;

namespace {

using X = eq::cpu::tensor<float>;
using prior_type = support::mixture_prior;

struct settings {
  std::vector<std::string> tasks;
  std::string likelihood = "dps";
  std::string group = "hflip";
  std::optional<double> weight, setting;
  double denoiser_sigma = 0.5;
  double noise = 0.05;
  std::size_t steps = 100, samples = 64, batch = 64, first = 0;
  std::uint64_t seed = 7;
  std::string prior, data, image, out = "restored.png", report;
  bool quiet = false, clothes = false;
};

/// Step size and penalty weights of DPS in a task. Chosen on validation images, the last 10,000 of the training set, with a
/// prior fitted on the first 50,000; by the mean PSNR over 128 images, seeds 1 and 2, 100 steps. First the step size of
/// DPS alone, of 0.5, 1, 1.5, 2, 2.5, 3, 4, 6 (and 5, 8, 10 for `sr4`); then, beside it, the weight of equivariance, of
/// 0.05, 0.1, 0.2, 0.4, 0.8, with the best mean of hflip and identity, which share it so that the group alone differs;
/// and that of total variation, of 0.0025, 0.005, 0.01, 0.02, 0.04 (and 0.000625, 0.00125 for `sr4`).
struct tuning {
  double setting, equivariance, total_variation;
};

/// Those of DPS; or the setting and the weight of another solver, `tuned_settings.hpp`, with total variation in the same
/// proportion to equivariance.
tuning tuned_for(const settings& s, const std::string& task, const tuning& of_dps) {
  if (s.likelihood == "dps") return of_dps;
  const auto tuned = support::tuned_setting_for(support::chosen_solver::by_name(s.likelihood), task);
  return {tuned.setting, tuned.weight, tuned.weight * of_dps.total_variation / of_dps.equivariance};
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Runs one solver over all images, a batch at a time.
X solve(const settings& s, const support::chosen_solver& solver, support::inverse_problem problem, double setting,
        const support::any_penalty* penalty, const std::string& label) {
  const X y = problem.y;
  const std::size_t count = y.shape().batch;
  X result(problem.prior.sample_shape().with_batch(count));
  for (std::size_t first = 0; first < count; first += s.batch) {
    const std::size_t size = std::min(s.batch, count - first);
    problem.y = support::rows(y, first, size);
    support::any_observer observer;
    if (!s.quiet) {
      observer.watch = [bar = eq::observer::progress{label}](const eq::reverse_step& step, const X& x) mutable {
        bar.on_step(step, x);
      };
    }
    const X part = solver(problem, {.evaluations = s.steps,
                                    .setting = setting,
                                    .penalty = penalty,
                                    .seed = s.seed,
                                    .first_sample = first,
                                    .observer = observer});
    std::copy_n(part.data(), part.size(), result.sample(first).data());
  }
  return result;
}

/// x0 of the prior is cut to the range of images.
template <class Prior>
support::any_score clamped_score(const Prior& prior) {
  return support::any_score(eq::score::clamped{prior, -1, 1});
}

/// One task: the measurement, the solver with four penalties and the exact answers.
support::task_result run_task(const settings& s, const prior_type& prior, const std::string& title,
                              const support::any_operator& measurement, const X& truth, const tuning& tuned,
                              support::picture& sheet) {
  const X y = eq::measurement::measure(measurement, truth, eq::noise::gaussian{.sigma = s.noise},
                                       {s.seed, 0, eq::purpose::measurement, 0});
  const auto& solver = support::chosen_solver::by_name(s.likelihood);
  const auto consistency = [&](const std::string& group) {
    return support::equireg_penalty(support::any_score(prior), group, s.weight.value_or(tuned.equivariance),
                                    s.denoiser_sigma);
  };

  // All that the exact posterior needs before it sees a measurement: made once, for every method and batch.
  const auto setup = std::chrono::steady_clock::now();
  const auto conditioning =
      std::make_shared<const eq::score::mixture_conditioning<prior_type>>(prior, measurement, s.noise);
  const double setup_seconds = seconds_since(setup);
  const support::inverse_problem problem{clamped_score(prior), measurement, y, s.noise, conditioning};

  support::task_result result{title, {}};
  const auto run = [&](const std::string& name, const support::any_penalty* penalty) {
    const auto start = std::chrono::steady_clock::now();
    X x = solve(s, solver, problem, s.setting.value_or(tuned.setting), penalty, title + ", " + name);
    result.add(name, x, truth, seconds_since(start));
    return x;
  };

  const std::string label = solver.title;
  const X plain = run(label, nullptr);
  const auto equireg = consistency(s.group), identity = consistency("identity");
  const support::any_penalty smoothness(eq::regularizer::total_variation{.weight = tuned.total_variation});
  const X penalised = run(label + " + EquiReg (" + s.group + ")", &equireg);
  run(label + " + identity", &identity);
  run(label + " + total variation", &smoothness);

  auto start = std::chrono::steady_clock::now();
  const eq::score::mixture_posterior<prior_type> posterior{conditioning, y};
  const X exact = posterior.sample({s.seed, 0, eq::purpose::prior, 0});
  result.add("exact posterior, a sample", exact, truth, setup_seconds + seconds_since(start));
  start = std::chrono::steady_clock::now();
  result.add("exact posterior, its mean", posterior.mean(), truth, seconds_since(start));

  sheet.add_title(title);
  sheet.add_row("truth", truth);
  sheet.add_row("measurement", y);
  sheet.add_row(label, plain);
  sheet.add_row(label + " + EquiReg", penalised);
  sheet.add_row("exact posterior", exact);
  return result;
}

support::task_result run_named(const settings& s, const prior_type& prior, const std::string& task, const X& truth,
                               support::picture& sheet) {
  const eq::shape image = prior.sample_shape();
  const eq::noise_address mask_address{s.seed, 0, eq::purpose::mask, 0};
  if (task == "box") {
    const auto mask = eq::measurement::box_mask(image, 8, 8, 12, 12);
    return run_task(s, prior, "box inpainting, 12 x 12", support::any_operator(eq::measurement::inpainting{mask}),
                    truth, tuned_for(s, "box", {1.5, 0.4, 0.01}), sheet);
  }
  if (task == "random") {
    const auto mask = eq::measurement::random_mask(image, 0.7, mask_address);
    return run_task(s, prior, "random inpainting, 70% removed",
                    support::any_operator(eq::measurement::inpainting{mask}), truth,
                    tuned_for(s, "box", {1.5, 0.4, 0.01}), sheet);
  }
  if (task == "sr4") {
    return run_task(s, prior, "super-resolution x4",
                    support::any_operator(eq::measurement::super_resolution{.factor = 4}), truth,
                    tuned_for(s, "sr4", {5.0, 0.1, 0.0025}), sheet);
  }
  if (task == "deblur") {
    return run_task(s, prior, "Gaussian deblurring, sigma 2",
                    support::any_operator(eq::measurement::gaussian_blur{.size = 13, .sigma = 2}), truth,
                    tuned_for(s, "deblur", {1.5, 0.4, 0.005}), sheet);
  }
  eq::fail("restore", "expected a task of box, random, sr4, deblur, all, but got '", task, "'");
}

/// A photograph, measured by one operator and restored without and with the penalty.
support::task_result run_photograph(const settings& s, const support::photograph_prior_type& prior,
                                    const std::string& task, const X& truth, support::picture& sheet) {
  const auto& chosen = support::chosen_operator::by_name(task);
  const auto& solver = support::chosen_solver::by_name(s.likelihood);
  const auto measurement = chosen.make(truth.shape().with_batch(1), s.seed);
  const X y = eq::measurement::measure(measurement, truth, eq::noise::gaussian{.sigma = s.noise},
                                       {s.seed, 0, eq::purpose::measurement, 0});
  // A step of DPS goes along a unit vector, and has as far to go as the image is long.
  const double length = std::sqrt(static_cast<double>(truth.shape().sample_size()));
  const double setting = s.setting.value_or(s.likelihood == "dps" ? chosen.step_size * length : solver.standard());
  const auto equireg =
      support::equireg_penalty(support::any_score(prior), s.group, s.weight.value_or(0.1), s.denoiser_sigma);
  const support::inverse_problem problem{clamped_score(prior), measurement, y, s.noise};

  support::task_result result{chosen.title, {}};
  const auto run = [&](const std::string& name, const support::any_penalty* penalty) {
    const auto start = std::chrono::steady_clock::now();
    const X x = solve(s, solver, problem, setting, penalty, std::string(chosen.title) + ", " + name);
    result.add(name, x, truth, seconds_since(start));
    return x;
  };
  const std::string label = solver.title;
  const X plain = run(label, nullptr);
  const X penalised = run(label + " + EquiReg (" + s.group + ")", &equireg);
  sheet.add_title(chosen.title);
  sheet.add_row("truth", truth);
  sheet.add_row("measurement", measurement.view(y));
  sheet.add_row(label, plain);
  sheet.add_row(label + " + EquiReg", penalised);
  return result;
}

int run(int argc, char** argv) {
  settings s;
  s.prior = EQUIREG_EXAMPLES_DATA "/fashion_mnist_prior.safetensors";
  s.data = "/usr/share/datasets/fashion-mnist";
  CLI::App app{"Restore images with a diffusion prior and an equivariance penalty."};
  app.add_option("--task", s.tasks,
                 "box, random, sr4, deblur or all; for a photograph one of " + support::chosen_operator::names() +
                     "; may be given more than once");
  app.add_option("--likelihood", s.likelihood, "the solver")
      ->check(CLI::IsMember(support::chosen_solver::names()))
      ->capture_default_str();
  app.add_option("--group", s.group, std::string("symmetry: ") + support::chosen_group::names)->capture_default_str();
  app.add_option("--weight", s.weight, "weight of the penalty; by default the task's own");
  app.add_option("--setting,--step-size", s.setting,
                 "the solver's main setting, for DPS its step size; by default the task's own");
  app.add_option("--denoiser-sigma", s.denoiser_sigma, "noise level of the denoiser inside the penalty")
      ->capture_default_str();
  app.add_option("--noise", s.noise, "standard deviation of the measurement noise, on [-1, 1]")->capture_default_str();
  app.add_option("--steps", s.steps, "score evaluations of a run, of which a solver makes its steps")
      ->capture_default_str();
  app.add_option("--samples", s.samples, "images to restore")->capture_default_str()->check(CLI::PositiveNumber);
  app.add_option("--first", s.first, "index of the first test image")->capture_default_str();
  app.add_option("--batch", s.batch, "images that are restored together")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--seed", s.seed, "seed of all random numbers")->capture_default_str();
  app.add_option("--prior", s.prior, "file of the fitted prior")->capture_default_str();
  app.add_option("--data", s.data, "folder of the Fashion-MNIST files")->capture_default_str();
  app.add_option("--image", s.image, "restore this PNG in place of test images, grey or in colour, of any size");
  app.add_flag("--clothes", s.clothes, "shrink --image to 28 x 28, grey, and use the prior of clothes");
  app.add_option("--out", s.out, "picture to write")->capture_default_str();
  app.add_option("--report", s.report, "JSON file to write");
  app.add_flag("--quiet", s.quiet, "no progress bar");
  CLI11_PARSE(app, argc, argv);
  const bool photograph = !s.image.empty() && !s.clothes;
  const bool all_tasks = s.tasks.empty() || std::find(s.tasks.begin(), s.tasks.end(), "all") != s.tasks.end();

  std::vector<support::task_result> results;
  const auto run_tasks = [&](support::picture& sheet, const auto& run_one) {
    for (const auto& task : s.tasks) {
      results.push_back(run_one(task));
      results.back().print();
      if (!photograph) results.back().print_difference("what the group adds to the penalty:", 1, 2);
    }
    sheet.write(s.out);
  };
  if (photograph) {
    const X truth = eq::io::read_png<float>(s.image);
    const auto prior = support::photograph_prior(truth.shape());
    if (all_tasks) s.tasks = support::chosen_operator::names_for(truth.shape());
    support::picture sheet(truth.shape().height, truth.shape().width, 1, 1);
    run_tasks(sheet, [&](const std::string& task) { return run_photograph(s, prior, task, truth, sheet); });
  } else {
    if (all_tasks) s.tasks = {"box", "random", "sr4", "deblur"};
    const auto prior = eq::io::load_gaussian_mixture<float>(s.prior);
    const eq::extent plane = prior.sample_shape().plane();
    const X truth = s.image.empty() ? support::fashion_mnist_test_images(s.data, s.first, s.samples)
                                    : support::repeated(support::grey_image(s.image, plane), s.samples);
    support::picture sheet(plane.height, plane.width, 12, 2);
    run_tasks(sheet, [&](const std::string& task) { return run_named(s, prior, task, truth, sheet); });
  }
  std::printf("picture: %s\n", s.out.c_str());
  if (!s.report.empty()) {
    support::write_report(s.report,
                          {{"likelihood", s.likelihood},
                           {"group", s.group},
                           {"steps", s.steps},
                           {"samples", s.samples},
                           {"first", s.first},
                           {"seed", s.seed},
                           {"noise", s.noise},
                           {"denoiser_sigma", s.denoiser_sigma},
                           {"prior", photograph ? "photograph" : std::filesystem::path(s.prior).filename().string()}},
                          results);
    std::printf("report:  %s\n", s.report.c_str());
  }
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) { return support::guarded(run, argc, argv); }
