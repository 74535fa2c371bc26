// SPDX-License-Identifier: BSD-3-Clause
//
// The posterior table: every solver of the library against posteriors that are known in closed form.
//
//   posterior_table --report table.json              all problems and solvers: a table on the screen, and as JSON
//   posterior_table --problem modes --solver dps     some of them
//   posterior_table --tune                           how the solvers' settings were found (tuned_settings.cpp)
//
// The problems: images of 4 x 4 of three kinds, far apart, and images of clothes (28 x 28) with the mixture of Gaussians
// that comes with the library, under three linear measurements. Each solver runs as it is and with the equivariance
// penalty (hflip); with `--control` also with the same penalty whose only symmetry is the identity, which shows what the
// group itself does. First stand independent draws from the posterior: what the numbers are for as many perfect samples.
// `plot_posterior_table.py` draws the report.

#include "support/chosen_penalty.hpp"
#include "support/chosen_solver.hpp"
#include "support/known_posterior.hpp"
#include "support/posterior_scores.hpp"
#include "support/program.hpp"
#include "support/tuned_settings.hpp"

#include <equireg/core/error.hpp>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace eq = equireg;

namespace {

using X = support::any_score::tensor_type;
using json = nlohmann::json;

struct settings {
  std::vector<std::string> problems = {"modes", "box", "sr4", "deblur"};
  std::vector<std::string> solvers;
  std::size_t evaluations = 100, measurements = 0, samples = 0;
  std::uint64_t seed = 1;
  std::string prior = EQUIREG_EXAMPLES_DATA "/fashion_mnist_prior.safetensors", report;
  bool tune = false, control = false, no_penalty = false;

  // Small images are cheap: many samples of them.
  [[nodiscard]] std::size_t measurements_of(const std::string& problem) const {
    return measurements > 0 ? measurements : (problem == "modes" && !tune ? 4 : 2);
  }
  [[nodiscard]] std::size_t samples_of(const std::string& problem) const {
    return samples > 0 ? samples : problem == "modes" ? (tune ? 128 : 512) : (tune ? 24 : 40);
  }
};

/// A problem, and a judge for each of its measurements.
struct trial {
  support::known_posterior problem;
  std::vector<support::posterior_judge> judges;
  std::size_t samples;

  trial(const settings& s, const std::string& name)
      // Settings are tuned on other measurements than those of the table.
      : problem(support::known_posterior_by_name(name, s.prior, s.measurements_of(name), s.seed + (s.tune ? 1000 : 0))),
        samples(s.samples_of(name)) {
    for (std::size_t m = 0; m < problem.measurements(); ++m) {
      judges.emplace_back(problem, m, name == "modes" ? 2 * samples : 512, s.seed + 2000 + 10 * m);
    }
  }
};

/// One row: the mean over the measurements.
struct row {
  std::string solver, title, penalty;
  double setting = 0, weight = 0, seconds = 0;
  std::size_t evaluations = 0, pullbacks = 0;
  support::posterior_scores scores = {};
  std::string failure = {};  ///< empty where all went well

  [[nodiscard]] json as_json() const {
    json result = {{"solver", solver}, {"title", title},     {"penalty", penalty},         {"setting", setting},
                   {"weight", weight}, {"seconds", seconds}, {"evaluations", evaluations}, {"pullbacks", pullbacks}};
    if (!failure.empty()) {
      result["failure"] = failure;
    } else {
      auto s = scores;
      s.each([&](const char* name, double v) { result[name] = v; });
    }
    return result;
  }
};

/// `draw(m)` makes the samples of measurement m.
template <class Draw>
void judge(row& r, const trial& t, const Draw& draw) {
  const double share = 1 / static_cast<double>(t.judges.size());
  try {
    for (std::size_t m = 0; m < t.judges.size(); ++m) {
      const auto start = std::chrono::steady_clock::now();
      const X samples = draw(m);
      r.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      auto scores = t.judges[m].judge(samples);
      std::vector<double> values;
      scores.each([&](const char*, double v) { values.push_back(share * v); });
      std::size_t i = 0;
      r.scores.each([&](const char*, double& sum) { sum += values[i++]; });
    }
  } catch (const eq::error& e) {  // a run that diverged is a result too
    r.failure = e.what();
  }
}

row exact_draws(const settings& s, const trial& t) {
  row r{.solver = "draws", .title = "exact draws", .penalty = "none"};
  judge(r, t, [&](std::size_t m) { return t.problem.exact_draws(m, t.samples, s.seed + 3000 + m); });
  return r;
}

row solve(const settings& s, const trial& t, const support::chosen_solver& solver, const std::string& group,
          double setting, double weight) {
  row r{.solver = solver.name, .title = solver.title, .penalty = group, .setting = setting, .weight = weight};
  std::unique_ptr<support::any_penalty> penalty;
  if (group != "none") {
    penalty =
        std::make_unique<support::any_penalty>(support::equireg_penalty(t.problem.score_for_penalty(), group, weight));
  }
  t.problem.score().forget_counts();
  judge(r, t, [&](std::size_t m) {
    return solver(
        t.problem.draws_of(m, t.samples),
        {.evaluations = s.evaluations, .setting = setting, .penalty = penalty.get(), .seed = s.seed + 17 * m});
  });
  r.evaluations = t.problem.score().counts().evaluations / t.judges.size();
  r.pullbacks = t.problem.score().counts().pullbacks / t.judges.size();
  return r;
}

void print_header(const trial& t) {
  std::printf("\n%s: %zu measurements, %zu samples of each\n", t.problem.title().c_str(), t.problem.measurements(),
              t.samples);
  std::printf("  %-26s %6s %6s %6s %6s %7s %6s %6s %5s %5s %6s %8s %6s\n", "", "mean", "cov.", "spread", "modes",
              "energy", "SW", "CRPS", "50%", "90%", "divers", "seconds", "evals");
}

void print(const row& r) {
  const std::string name = r.title + (r.penalty == "none" ? "" : " + " + r.penalty);
  if (!r.failure.empty()) {
    std::printf("  %-26s %s\n", name.c_str(), r.failure.c_str());
    return;
  }
  const auto& s = r.scores;
  std::printf("  %-26s %6.2f %6.2f %6.2f %6.3f %7.3f %6.2f %6.2f %5.2f %5.2f %6.2f %8.2f %6zu\n", name.c_str(),
              s.mean_bias, s.covariance_error, s.leading_spread, s.weight_error, s.energy_distance,
              s.sliced_wasserstein, s.crps, s.coverage_50, s.coverage_90, s.diversity, r.seconds, r.evaluations);
  std::fflush(stdout);
}

std::vector<const support::chosen_solver*> chosen(const settings& s) {
  std::vector<const support::chosen_solver*> result;
  for (const auto& solver : support::chosen_solver::all()) {
    if (s.solvers.empty() || std::count(s.solvers.begin(), s.solvers.end(), solver.name) > 0) result.push_back(&solver);
  }
  return result;
}

json make_table(const settings& s, const trial& t) {
  json rows = json::array();
  const auto add = [&](const row& r) {
    print(r);
    rows.push_back(r.as_json());
  };
  print_header(t);
  add(exact_draws(s, t));
  for (const auto* solver : chosen(s)) {
    if (!solver->takes(t.problem.draws_of(0, 1))) continue;
    const auto tuned = support::tuned_setting_for(*solver, t.problem.name());
    add(solve(s, t, *solver, "none", tuned.setting, 0));
    if (s.no_penalty) continue;
    add(solve(s, t, *solver, "hflip", tuned.setting, tuned.weight));
    if (s.control) add(solve(s, t, *solver, "identity", tuned.setting, tuned.weight));
  }
  // Of each measurement, the exact weights of the components that matter, heaviest first.
  json weights = json::array();
  const auto& posterior = t.problem.posterior();
  for (std::size_t m = 0; m < posterior.batch(); ++m) {
    const auto first = posterior.weights().begin() + static_cast<std::ptrdiff_t>(m * posterior.size());
    std::vector<double> w(first, first + static_cast<std::ptrdiff_t>(posterior.size()));
    std::sort(w.rbegin(), w.rend());
    w.erase(std::find_if(w.begin(), w.end(), [](double v) { return v < 0.01; }), w.end());
    weights.push_back(w);
  }
  return {{"problem", t.problem.name()}, {"weights", std::move(weights)},
          {"title", t.problem.title()},  {"measurements", t.problem.measurements()},
          {"samples", t.samples},        {"rows", std::move(rows)}};
}

/// The setting with the least energy distance, then the weight with the least squared error; as lines of
/// `tuned_settings.hpp`.
void tune(const settings& s, const trial& t) {
  constexpr double never = std::numeric_limits<double>::infinity();
  std::printf("\n// %s\n", t.problem.title().c_str());
  for (const auto* solver : chosen(s)) {
    if (!solver->takes(t.problem.draws_of(0, 1))) continue;
    double setting = solver->standard(), weight = 0.1, least = never;
    std::string tried;
    const auto best_of = [&](const std::vector<double>& grid, double& best, const auto& loss) {
      least = never;
      for (const double v : grid) {
        const double l = loss(v);
        char text[64];
        std::snprintf(text, sizeof text, " %g: %.4f", v, l);
        tried += text;
        if (l < least) least = l, best = v;
      }
    };
    if (solver->grid.size() > 1) {
      best_of(solver->grid, setting, [&](double v) {
        const row r = solve(s, t, *solver, "none", v, 0);
        return r.failure.empty() ? r.scores.energy_distance : never;
      });
    }
    tried += ";";
    if (!s.no_penalty) {
      best_of({0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10}, weight, [&](double v) {
        const row r = solve(s, t, *solver, "hflip", setting, v);
        return r.failure.empty() ? r.scores.squared_error : never;
      });
    }
    std::printf("      {\"%s\", \"%s\", %g, %g},  //%s\n", solver->name, t.problem.name().c_str(), setting, weight,
                tried.c_str());
    std::fflush(stdout);
  }
}

int run(int argc, char** argv) {
  settings s;
  CLI::App app{"Every solver against posteriors that are known in closed form."};
  app.add_option("--problem", s.problems, "modes, box, sr4, deblur; may be given more than once")
      ->check(CLI::IsMember({"modes", "box", "sr4", "deblur"}));
  app.add_option("--solver", s.solvers, "some of the solvers; by default all")
      ->check(CLI::IsMember(support::chosen_solver::names()));
  app.add_option("--evaluations", s.evaluations, "score evaluations of a run")->capture_default_str();
  app.add_option("--measurements", s.measurements, "by default 4 of small images, 2 of clothes");
  app.add_option("--samples", s.samples, "of each measurement; by default 512 small ones, 40 of clothes")
      ->check(CLI::Range(19, 1 << 20));
  app.add_option("--seed", s.seed, "seed of all random numbers")->capture_default_str();
  app.add_option("--prior", s.prior, "file of the fitted prior")->capture_default_str();
  app.add_option("--report", s.report, "JSON file to write");
  app.add_flag("--control", s.control, "add the penalty whose only symmetry is the identity");
  app.add_flag("--no-penalty", s.no_penalty, "solvers alone");
  app.add_flag("--tune", s.tune, "find the solvers' settings, on other measurements");
  CLI11_PARSE(app, argc, argv);

  json problems = json::array();
  for (const auto& name : s.problems) {
    const trial t(s, name);
    if (s.tune) {
      tune(s, t);
    } else {
      problems.push_back(make_table(s, t));
    }
  }
  if (!s.report.empty() && !s.tune) {
    std::ofstream file(s.report);
    file << json{{"evaluations", s.evaluations}, {"seed", s.seed}, {"problems", problems}}.dump(1) << '\n';
    file.close();
    if (!file) eq::fail("posterior_table", "cannot write ", s.report);
    std::printf("\nreport: %s\n", s.report.c_str());
  }
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) { return support::guarded(run, argc, argv); }
