// SPDX-License-Identifier: BSD-3-Clause
//
// What a solver's time buys: PSNR and SSIM of restored clothes by solver and task, at equal numbers of score evaluations
// and in equal seconds.
//
//   quality_against_time --report quality.json
//   quality_against_time --task sr4 --solver daps --solver fast_dips --evaluations 50 --evaluations 200
//
// For each solver and number of evaluations, the main setting is that of the solver's grid with the best mean PSNR over
// images of the training set's last 10,000; the numbers are those of test images. (The prior saw all training images,
// so that those of the setting are not quite new to it; test images are.)

#include "support/any_score.hpp"
#include "support/chosen_solver.hpp"
#include "support/images.hpp"
#include "support/program.hpp"

#include <equireg/core/error.hpp>
#include <equireg/io/gaussian_mixture_file.hpp>
#include <equireg/measurement/gaussian_blur.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/measurement/masks.hpp>
#include <equireg/measurement/measure.hpp>
#include <equireg/measurement/super_resolution.hpp>
#include <equireg/metric/psnr.hpp>
#include <equireg/metric/ssim.hpp>
#include <equireg/metric/summary.hpp>
#include <equireg/noise/gaussian.hpp>
#include <equireg/score/clamped.hpp>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace eq = equireg;

namespace {

using X = support::any_score::tensor_type;
using json = nlohmann::json;

struct settings {
  std::vector<std::string> tasks = {"box", "sr4", "deblur"}, solvers;
  std::vector<std::size_t> evaluations = {20, 50, 100, 200};
  std::size_t images = 32, tuning_images = 8;
  double noise = 0.05;
  std::uint64_t seed = 7;
  std::string prior = EQUIREG_EXAMPLES_DATA "/fashion_mnist_prior.safetensors", report;
  std::string data = "/usr/share/datasets/fashion-mnist";
};

support::any_operator operator_of(const std::string& task, const eq::shape& image) {
  namespace m = eq::measurement;
  if (task == "box") return support::any_operator(m::inpainting{m::box_mask(image, 8, 8, 12, 12)});
  if (task == "sr4") return support::any_operator(m::super_resolution{.factor = 4});
  return support::any_operator(m::gaussian_blur{.size = 13, .sigma = 2});
}

/// Images, their measurements, and what a solver makes of them.
struct bench {
  X truth;
  support::inverse_problem problem;

  bench(const settings& s, const support::any_score& prior, const std::string& task, const X& images)
      : truth(images), problem{prior, operator_of(task, images.shape().with_batch(1)), {}, s.noise} {
    problem.y = eq::measurement::measure(problem.measurement, truth, eq::noise::gaussian{.sigma = s.noise},
                                         {s.seed, 0, eq::purpose::measurement, 0});
  }

  struct outcome {
    eq::metric::summary psnr, ssim;
    double seconds;
  };

  [[nodiscard]] outcome run(const support::chosen_solver& solver, std::size_t evaluations, double setting,
                            std::uint64_t seed) const {
    const auto start = std::chrono::steady_clock::now();
    const X x = solver(problem, {.evaluations = evaluations, .setting = setting, .seed = seed});
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return {eq::metric::summarize(eq::metric::psnr(x, truth)), eq::metric::summarize(eq::metric::ssim(x, truth)),
            seconds};
  }
};

/// One solver and one number of evaluations.
struct point {
  std::string solver, title;
  std::size_t evaluations;
  double setting, psnr, psnr_error, ssim, seconds_per_image;

  [[nodiscard]] json as_json() const {
    return {{"solver", solver},
            {"title", title},
            {"evaluations", evaluations},
            {"setting", setting},
            {"psnr", psnr},
            {"psnr_standard_error", psnr_error},
            {"ssim", ssim},
            {"seconds_per_image", seconds_per_image}};
  }
};

double best_setting(const settings& s, const bench& held_out, const support::chosen_solver& solver,
                    std::size_t evaluations) {
  double best = solver.standard(), most = -std::numeric_limits<double>::infinity();
  if (solver.grid.size() < 2) return best;
  for (const double v : solver.grid) {
    try {
      const double psnr = held_out.run(solver, evaluations, v, s.seed + 1).psnr.mean;
      if (psnr > most) most = psnr, best = v;
    } catch (const eq::error&) {  // diverged
    }
  }
  return best;
}

void print_table(const settings& s, const std::vector<point>& points) {
  std::printf("  %-14s", "PSNR / SSIM at");
  for (const std::size_t e : s.evaluations) std::printf("  %13zu", e);
  std::printf("   evaluations\n");
  for (auto p = points.begin(); p != points.end();) {
    std::printf("  %-14s", p->title.c_str());
    const std::string solver = p->solver;
    for (; p != points.end() && p->solver == solver; ++p) std::printf("  %6.2f %6.4f", p->psnr, p->ssim);
    std::printf("\n");
  }
  // Of all numbers of evaluations, the best that the time allows.
  const std::vector<double> limits = {0.003, 0.01, 0.03, 0.1};
  std::printf("  %-14s", "PSNR within");
  for (const double limit : limits) std::printf("  %13g", limit);
  std::printf("   seconds per image\n");
  for (auto p = points.begin(); p != points.end();) {
    const auto end = std::find_if(p, points.end(), [&](const point& q) { return q.solver != p->solver; });
    std::printf("  %-14s", p->title.c_str());
    for (const double limit : limits) {
      double best = -1;
      for (auto q = p; q != end; ++q) {
        if (q->seconds_per_image <= limit) best = std::max(best, q->psnr);
      }
      if (best < 0) {
        std::printf("  %13s", "-");
      } else {
        std::printf("  %13.2f", best);
      }
    }
    std::printf("\n");
    p = end;
  }
  std::fflush(stdout);
}

/// How much sooner one solver is as good as the best of another, to 0.1 dB.
void print_race(const std::vector<point>& points, const std::string& fast, const std::string& slow) {
  const point* goal = nullptr;
  for (const point& p : points) {
    if (p.solver == slow && (goal == nullptr || p.psnr > goal->psnr)) goal = &p;
  }
  const point* reached = nullptr;
  for (const point& p : points) {
    if (goal != nullptr && p.solver == fast && p.psnr >= goal->psnr - 0.1 &&
        (reached == nullptr || p.seconds_per_image < reached->seconds_per_image)) {
      reached = &p;
    }
  }
  if (goal == nullptr) return;
  // Nor does the other need its longest run for it.
  for (const point& p : points) {
    if (p.solver == slow && p.psnr >= goal->psnr - 0.1 && p.seconds_per_image < goal->seconds_per_image) goal = &p;
  }
  if (reached == nullptr) {
    std::printf("  %s never comes to within 0.1 dB of %s, %.2f dB\n", fast.c_str(), slow.c_str(), goal->psnr);
  } else {
    std::printf("  %s is as good as %s (%.2f dB against %.2f) in 1/%.1f of the time\n", fast.c_str(), slow.c_str(),
                reached->psnr, goal->psnr, goal->seconds_per_image / reached->seconds_per_image);
  }
}

int run(int argc, char** argv) {
  settings s;
  CLI::App app{"PSNR and SSIM by solver and task, against score evaluations and seconds."};
  app.add_option("--task", s.tasks, "box, sr4, deblur; may be given more than once")
      ->check(CLI::IsMember({"box", "sr4", "deblur"}));
  app.add_option("--solver", s.solvers, "some of the solvers; by default all")
      ->check(CLI::IsMember(support::chosen_solver::names()));
  app.add_option("--evaluations", s.evaluations, "score evaluations of a run; may be given more than once")
      ->check(CLI::Range(5, 1000));
  app.add_option("--images", s.images, "test images")->capture_default_str()->check(CLI::Range(2, 10000));
  app.add_option("--tuning-images", s.tuning_images, "images that choose the settings")
      ->capture_default_str()
      ->check(CLI::Range(2, 10000));
  app.add_option("--noise", s.noise, "standard deviation of the measurement noise, on [-1, 1]")->capture_default_str();
  app.add_option("--seed", s.seed, "seed of all random numbers")->capture_default_str();
  app.add_option("--prior", s.prior, "file of the fitted prior")->capture_default_str();
  app.add_option("--data", s.data, "folder of the Fashion-MNIST files")->capture_default_str();
  app.add_option("--report", s.report, "JSON file to write");
  CLI11_PARSE(app, argc, argv);

  const support::any_score prior(eq::score::clamped{eq::io::load_gaussian_mixture<float>(s.prior), -1, 1});
  using support::image_set;
  const X test = support::fashion_mnist_images(s.data, image_set::test, 0, s.images);
  const X held_out = support::fashion_mnist_images(s.data, image_set::train, 50000, s.tuning_images);
  json tasks = json::array();
  for (const auto& task : s.tasks) {
    const bench race(s, prior, task, test), trial(s, prior, task, held_out);
    std::vector<point> points;
    for (const auto& solver : support::chosen_solver::all()) {
      const bool wanted = s.solvers.empty() || std::count(s.solvers.begin(), s.solvers.end(), solver.name) > 0;
      if (!wanted || !solver.takes(race.problem) || std::string(solver.name) == "unconditional") {
        continue;
      }
      for (const std::size_t e : s.evaluations) {
        const double setting = best_setting(s, trial, solver, e);
        try {
          const auto o = race.run(solver, e, setting, s.seed);
          points.push_back({solver.name, solver.title, e, setting, o.psnr.mean, o.psnr.standard_error, o.ssim.mean,
                            o.seconds / static_cast<double>(s.images)});
        } catch (const eq::error& failure) {
          std::fprintf(stderr, "%s, %zu evaluations: %s\n", solver.name, e, failure.what());
        }
      }
    }
    std::printf("\n%s, %zu images\n", task.c_str(), s.images);
    print_table(s, points);
    print_race(points, "fast_dips", "daps");
    json list = json::array();
    for (const auto& p : points) list.push_back(p.as_json());
    tasks.push_back({{"task", task}, {"points", std::move(list)}});
  }
  if (!s.report.empty()) {
    std::ofstream file(s.report);
    file << json{{"images", s.images}, {"seed", s.seed}, {"noise", s.noise}, {"tasks", tasks}}.dump(1) << '\n';
    file.close();
    if (!file) eq::fail("quality_against_time", "cannot write ", s.report);
    std::printf("report: %s\n", s.report.c_str());
  }
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) { return support::guarded(run, argc, argv); }
