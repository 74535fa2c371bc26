// SPDX-License-Identifier: BSD-3-Clause
//
// Every measurement operator and its adjoint at 3 x 256 x 256 in float, and the part of a DPS step that is not the
// network.
//
//   build/release/benchmarks/operator_benchmark
//   build/release/benchmarks/operator_benchmark --write DIR    the rows' inputs and outputs as .npy files, and no times
//
// Rows: forward/<operator>, adjoint/<operator>, dps_outside/<task>. A row reports the median and the least time of a
// call beside the mean. The adjoint of a nonlinear operator is the pullback alone, of a linearisation made before.
// benchmarks/compare_operators.py races the rows against PyTorch; a row there has the name that it has here.

#include "support/paired.hpp"

#include <equireg/backend/cpu/complex_pairs.hpp>
#include <equireg/backend/cpu/half_spectrum.hpp>
#include <equireg/equireg.hpp>
#include <equireg/io/npy.hpp>
#include <equireg/measurement/blur.hpp>
#include <equireg/measurement/colourisation.hpp>
#include <equireg/measurement/compressed_sensing.hpp>
#include <equireg/measurement/fourier_sampling.hpp>
#include <equireg/measurement/high_dynamic_range.hpp>
#include <equireg/measurement/motion_kernel.hpp>
#include <equireg/measurement/phase_retrieval.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace eq = equireg;
namespace ms = equireg::measurement;

namespace {

using X = eq::cpu::tensor<float>;
using named_tensors = std::vector<std::pair<std::string, X>>;

constexpr eq::shape image{1, 3, 256, 256};

X normal(const eq::shape& s, std::uint64_t seed) {
  X x(s);
  fill_normal(x, eq::noise_address{seed});
  return x;
}

/// Times call() after prepare(), which is not timed.
template <class Prepare, class Call>
void time_calls(benchmark::State& state, const Prepare& prepare, const Call& call) {
  prepare();
  call();
  std::vector<double> times;
  for (auto _ : state) {
    prepare();
    times.push_back(bench::seconds(call));
    state.SetIterationTime(times.back());
  }
  state.counters["median_us"] = bench::median(times) * 1e6;
  state.counters["least_us"] = *std::min_element(times.begin(), times.end()) * 1e6;
}

/// What `--write` stores: for each row a function that returns its inputs and outputs by name.
std::vector<std::pair<std::string, std::function<named_tensors()>>>& written_rows() {
  static std::vector<std::pair<std::string, std::function<named_tensors()>>> rows;
  return rows;
}

template <class Run, class Tensors>
void add_row(const std::string& name, Run run, Tensors tensors) {
  benchmark::RegisterBenchmark(name.c_str(), run)->UseManualTime()->Unit(benchmark::kMicrosecond);
  written_rows().emplace_back(name, tensors);
}

/// The rows forward/<name> and adjoint/<name> of the operator that make() returns. parameters(a) is what PyTorch needs
/// to know of it.
template <class Make, class Parameters>
void add_operator(const std::string& name, Make make, Parameters parameters) {
  const auto forward = [make](benchmark::State& state) {
    const auto a = make();
    const X x = normal(image, 1);
    time_calls(
        state, [] {}, [&] { benchmark::DoNotOptimize(a(x)); });
  };
  add_row("forward/" + name, forward, [make, parameters] {
    const auto a = make();
    const X x = normal(image, 1);
    named_tensors t = parameters(a);
    t.emplace_back("x", x);
    t.emplace_back("out", a(x));
    return t;
  });
  const auto adjoint = [make](benchmark::State& state) {
    const auto a = make();
    const X x = normal(image, 1);
    const auto [value, pullback] = eq::linearize(a, x);
    const auto v = normal(value.shape(), 2);
    time_calls(
        state, [] {}, [&] { benchmark::DoNotOptimize(pullback(v)); });
  };
  add_row("adjoint/" + name, adjoint, [make, parameters] {
    const auto a = make();
    const X x = normal(image, 1);
    const auto [value, pullback] = eq::linearize(a, x);
    const X v = normal(value.shape(), 2);
    named_tensors t = parameters(a);
    t.emplace_back("x", x);
    t.emplace_back("v", v);
    t.emplace_back("out", pullback(v));
    return t;
  });
}

template <class Make>
void add_operator(const std::string& name, Make make) {
  add_operator(name, make, [](const auto&) { return named_tensors{}; });
}

/// A score model without a cost: it hands out the tensor that it holds, and its pullback hands back its argument.
struct free_score {
  using tensor_type = X;
  mutable X held;
  eq::shape sample_shape() const { return image; }
  X denoise(const X&, const eq::noise_level&) const { return std::move(held); }
  auto linearize(const X&, const eq::noise_level&) const {
    return eq::linearization{std::move(held), [](auto& v) { return X(std::move(v)); }};
  }
};

/// A step of DPS with DDIM(1), without the score model.
template <class Operator>
class step_outside {
 public:
  explicit step_outside(Operator a)
      : y_(a(normal(image, 3))), likelihood_(std::move(a), y_, {.step_size = zeta}), x_(normal(image, 4)) {}

  void prepare() { score_.held = x0_; }

  void operator()() {
    auto memory = stepper_.template start<X>();
    benchmark::DoNotOptimize(stepper_.advance(
        memory, x_,
        [&](const X& v, const eq::noise_level& level) {
          return likelihood_.estimate(score_, eq::regularizer::none{}, v, level, step_);
        },
        step_));
  }

  named_tensors tensors() {
    const auto c = stepper_.coefficients(step_);
    X z(image);
    fill_normal(z, step_.noise(eq::purpose::step));
    named_tensors t = {{"x", x_}, {"x0", x0_}, {"y", y_}, {"z", z}};
    t.emplace_back("coefficients", X({1, 1, 1, 4}, {static_cast<float>(c.state), static_cast<float>(c.x0),
                                                    static_cast<float>(c.noise), static_cast<float>(zeta)}));
    prepare();
    (*this)();
    t.emplace_back("out", x_);
    return t;
  }

 private:
  static constexpr double zeta = 0.5;
  std::vector<eq::noise_level> levels_ = eq::schedule::vp_linear{.steps = 100}.levels();
  eq::reverse_step step_{levels_[40], levels_[41], 40, 100, 1, 0};
  eq::stepper::ddim stepper_{.eta = 1};
  X x0_ = normal(image, 5), y_;
  eq::likelihood::dps<Operator, X> likelihood_;
  free_score score_{};
  X x_;
};

/// The row dps_outside/<name>.
template <class Make, class Parameters>
void add_step(const std::string& name, Make make, Parameters parameters) {
  const auto run = [make](benchmark::State& state) {
    step_outside step(make());
    time_calls(
        state, [&] { step.prepare(); }, [&] { step(); });
  };
  add_row("dps_outside/" + name, run, [make, parameters] {
    const auto a = make();
    named_tensors t = step_outside(a).tensors();
    for (auto& p : parameters(a)) t.push_back(std::move(p));
    return t;
  });
}

template <class Make>
void add_step(const std::string& name, Make make) {
  add_step(name, make, [](const auto&) { return named_tensors{}; });
}

template <class Operator>
named_tensors mask_of(const Operator& a) {
  return {{"mask", a.mask()}};
}

named_tensors kept_of(const ms::compressed_sensing& a) {
  const std::vector<float> indices(a.kept().begin(), a.kept().end());
  return {{"kept", X({1, 1, 1, indices.size()}, std::span<const float>(indices))}};
}

/// The weights in an odd square around the kernel's centre.
named_tensors kernel_of(const ms::blur& a) {
  const eq::filter_kernel& k = a.kernel;
  const eq::dense_matrix& w = k.weights();
  const auto rows = static_cast<std::ptrdiff_t>(w.rows), columns = static_cast<std::ptrdiff_t>(w.columns);
  const std::ptrdiff_t radius = std::max({k.centre_row(), rows - 1 - k.centre_row(), k.centre_column(),
                                          columns - 1 - k.centre_column(), std::ptrdiff_t{0}});
  const auto side = static_cast<std::size_t>(2 * radius + 1);
  X square({1, 1, side, side}, 0.0F);
  for (std::size_t i = 0; i < w.rows; ++i) {
    for (std::size_t j = 0; j < w.columns; ++j) {
      square(0, 0, static_cast<std::size_t>(radius - k.centre_row()) + i,
             static_cast<std::size_t>(radius - k.centre_column()) + j) = static_cast<float>(w(i, j));
    }
  }
  return {{"kernel", square}};
}

// ---- the operators: one line each ----
void add_rows() {
  const auto box = [] { return ms::inpainting{ms::box_mask(image, 64, 64, 128, 128)}; };
  const auto random = [] { return ms::inpainting{ms::random_mask(image, 0.7, {6})}; };
  const auto bicubic = [] { return ms::super_resolution{.factor = 4}; };
  const auto average = [] { return ms::super_resolution{.factor = 4, .filter = ms::downsampling::average}; };
  const auto blur = [] { return ms::gaussian_blur{.size = 61, .sigma = 3.0}; };

  add_operator("identity", [] { return ms::identity{}; });
  add_operator("box_inpainting", box, mask_of<ms::inpainting<X>>);
  add_operator("random_inpainting", random, mask_of<ms::inpainting<X>>);
  add_operator("bicubic_x4", bicubic);
  add_operator("average_x4", average);
  add_operator("gaussian_blur", blur);
  add_operator(
      "motion_blur", [] { return ms::blur{ms::motion_kernel({}, {7})}; }, kernel_of);
  add_operator("colourisation", [] { return ms::colourisation{}; });
  add_operator("high_dynamic_range", [] { return ms::high_dynamic_range{}; });
  add_operator("phase_retrieval", [] { return ms::phase_retrieval{}; });
  add_operator(
      "fourier_sampling",
      [] {
        return ms::fourier_sampling{ms::random_mask(image, 0.5, {8}), ms::image_kind::real};
      },
      mask_of<ms::fourier_sampling<X>>);
  add_operator(
      "compressed_sensing",
      [] {
        return ms::compressed_sensing{image.plane(), {.signs = false}};
      },
      kept_of);

  add_step("box_inpainting", box, mask_of<ms::inpainting<X>>);
  add_step("bicubic_x4", bicubic);
  add_step("gaussian_blur", blur);
}

void write_rows(const std::string& folder) {
  for (const auto& [name, tensors] : written_rows()) {
    std::string file = name;
    std::replace(file.begin(), file.end(), '/', '-');
    for (const auto& [what, tensor] : tensors()) eq::io::write_npy(folder + "/" + file + "-" + what + ".npy", tensor);
  }
}

}  // namespace

int main(int count, char** arguments) {
  add_rows();
  if (count == 3 && std::string_view(arguments[1]) == "--write") {
    write_rows(arguments[2]);
    return 0;
  }
  benchmark::Initialize(&count, arguments);
  if (benchmark::ReportUnrecognizedArguments(count, arguments)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
