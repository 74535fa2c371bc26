// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief The scores of a task's methods: as a table with paired confidence intervals, and as JSON.

#include <equireg/backend/cpu/tensor.hpp>
#include <equireg/core/error.hpp>
#include <equireg/metric/psnr.hpp>
#include <equireg/metric/ssim.hpp>
#include <equireg/metric/summary.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdio>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace support {

namespace eq = equireg;

/// One method's scores, a number for each image.
struct method_result {
  std::string name;
  std::vector<double> psnr, ssim;
  double seconds;
};

/// A task and its methods; all are compared with the first.
struct task_result {
  std::string task;
  std::vector<method_result> methods;

  void add(std::string name, const eq::cpu::tensor<float>& x, const eq::cpu::tensor<float>& truth, double seconds) {
    methods.push_back({std::move(name), eq::metric::psnr(x, truth), eq::metric::ssim(x, truth), seconds});
  }

  void print() const {
    const std::size_t count = methods.front().psnr.size();
    std::printf("\n%s, %zu images\n", task.c_str(), count);
    std::printf("  %-28s %8s %8s %9s   %s\n", "", "PSNR", "SSIM", "seconds",
                ("PSNR minus " + methods.front().name + "'s, 95% interval").c_str());
    for (const auto& m : methods) {
      std::printf("  %-28s %8.2f %8.4f %9.2f", m.name.c_str(), mean(m.psnr), mean(m.ssim), m.seconds);
      if (&m != &methods.front() && count >= 2) {
        const auto d = eq::metric::paired_difference(m.psnr, methods.front().psnr);
        std::printf("   %+5.2f  [%+.2f, %+.2f]", d.mean, d.low, d.high);
      }
      std::printf("\n");
    }
    std::fflush(stdout);
  }

  /// "The group adds +0.04 dB [...]": the penalty with its group against the penalty with the identity alone.
  void print_difference(const std::string& text, std::size_t a, std::size_t b) const {
    if (methods[a].psnr.size() < 2) return;
    const auto d = eq::metric::paired_difference(methods[a].psnr, methods[b].psnr);
    std::printf("  %s %+.2f dB  [%+.2f, %+.2f]%s\n", text.c_str(), d.mean, d.low, d.high,
                d.excludes_zero() ? "" : ": no difference is established");
  }

  static double mean(const std::vector<double>& v) {
    double sum = 0;
    for (const double x : v) sum += x;
    return sum / static_cast<double>(v.size());
  }
};

/// Scores image by image, and the settings that gave them. Throws where the file cannot be written.
inline void write_report(const std::string& path, const nlohmann::json& settings,
                         const std::vector<task_result>& results) {
  nlohmann::json report = {{"settings", settings}, {"tasks", nlohmann::json::array()}};
  for (const auto& result : results) {
    nlohmann::json methods = nlohmann::json::array();
    for (const auto& m : result.methods) {
      nlohmann::json entry = {{"name", m.name},
                              {"seconds", m.seconds},
                              {"psnr", task_result::mean(m.psnr)},
                              {"ssim", task_result::mean(m.ssim)},
                              {"psnr_by_image", m.psnr},
                              {"ssim_by_image", m.ssim}};
      if (&m != &result.methods.front() && m.psnr.size() >= 2) {
        const auto d = eq::metric::paired_difference(m.psnr, result.methods.front().psnr);
        entry["psnr_difference"] = {{"mean", d.mean}, {"low", d.low}, {"high", d.high}, {"confidence", 0.95}};
      }
      methods.push_back(std::move(entry));
    }
    report["tasks"].push_back({{"task", result.task}, {"methods", std::move(methods)}});
  }
  std::ofstream file(path);
  file << report.dump(1) << '\n';
  file.close();
  if (!file) eq::fail("restore", "cannot write ", path);
}

}  // namespace support
