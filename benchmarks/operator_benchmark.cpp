// SPDX-License-Identifier: BSD-3-Clause
//
// Every measurement operator and its adjoint in float, and the part of a DPS step that is not the network. Images are
// 3 x 256 x 256 where add_rows() gives no other shape.
//
//   build/release/benchmarks/operator_benchmark
//   build/release/benchmarks/operator_benchmark --write DIR    the rows' inputs and outputs as .npy files, and no times
//
// Rows: forward/<operator>, adjoint/<operator>, dps_outside/<task>. A row reports the median and the least time of a
// call beside the mean. The adjoint of a nonlinear operator is the pullback alone, of a linearisation made before.
// benchmarks/compare_operators.py races the rows against PyTorch; a row there has the name that it has here.

#include "support/paired.hpp"

#include <equireg/equireg.hpp>
#include <equireg/io/npy.hpp>
#include <equireg/measurement/inverse_scattering.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <numbers>
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
/// to know of it, and `signal` the shape of x.
template <class Make, class Parameters>
void add_operator(const std::string& name, Make make, Parameters parameters, const eq::shape& signal = image) {
  const auto forward = [make, signal](benchmark::State& state) {
    const auto a = make();
    const X x = normal(signal, 1);
    time_calls(
        state, [] {}, [&] { benchmark::DoNotOptimize(a(x)); });
  };
  add_row("forward/" + name, forward, [make, parameters, signal] {
    const auto a = make();
    const X x = normal(signal, 1);
    named_tensors t = parameters(a);
    t.emplace_back("x", x);
    t.emplace_back("out", a(x));
    return t;
  });
  const auto adjoint = [make, signal](benchmark::State& state) {
    const auto a = make();
    const X x = normal(signal, 1);
    const auto at = eq::linearize(a, x);
    const auto v = normal(at.value.shape(), 2);
    time_calls(
        state, [] {}, [&] { benchmark::DoNotOptimize(at.pullback(v)); });
  };
  add_row("adjoint/" + name, adjoint, [make, parameters, signal] {
    const auto a = make();
    const X x = normal(signal, 1);
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

X row_vector(const std::vector<float>& values) { return X({1, 1, 1, values.size()}, std::span<const float>(values)); }

named_tensors kept_of(const ms::compressed_sensing& a) {
  return {{"kept", row_vector({a.kept().begin(), a.kept().end()})}};
}

/// The weights in an odd square around the kernel's centre, of `radius` pixels on each side or more.
X square_of(const eq::filter_kernel& k, std::ptrdiff_t radius = 0) {
  const eq::dense_matrix& w = k.weights();
  const auto rows = static_cast<std::ptrdiff_t>(w.rows), columns = static_cast<std::ptrdiff_t>(w.columns);
  radius = std::max({radius, k.centre_row(), rows - 1 - k.centre_row(), k.centre_column(),
                     columns - 1 - k.centre_column()});
  const auto side = static_cast<std::size_t>(2 * radius + 1);
  X square({1, 1, side, side}, 0.0F);
  for (std::size_t i = 0; i < w.rows; ++i) {
    for (std::size_t j = 0; j < w.columns; ++j) {
      square(0, 0, static_cast<std::size_t>(radius - k.centre_row()) + i,
             static_cast<std::size_t>(radius - k.centre_column()) + j) = static_cast<float>(w(i, j));
    }
  }
  return square;
}

/// Of `blur` and `strided_blur`.
template <class Operator>
named_tensors kernel_of(const Operator& a) {
  return {{"kernel", square_of(a.kernel)}};
}

/// Nine motion kernels on a grid of three by three.
std::vector<eq::filter_kernel> nine_kernels() {
  std::vector<eq::filter_kernel> kernels;
  for (std::uint64_t l = 0; l < 9; ++l) kernels.push_back(ms::motion_kernel({}, {10 + l}));
  return kernels;
}
const eq::extent grid{3, 3};

named_tensors kernels_and_weights() {
  named_tensors t;
  const auto kernels = nine_kernels();
  const auto weights = ms::bilinear_weights<X>(image.plane(), grid);
  for (std::size_t l = 0; l < kernels.size(); ++l) {
    t.emplace_back("kernel" + std::to_string(l), square_of(kernels[l], 30));
    t.emplace_back("weight" + std::to_string(l), weights[l]);
  }
  return t;
}

/// 421 baselines of the Event Horizon Telescope of 2017 that looks at M87 at 1.3 mm; rounded to float, so that PyTorch
/// gets the same.
std::vector<ms::baseline> baselines() {
  std::vector<ms::station> stations = {{2225061.2, -5440057.4, -2481681.2}, {2225039.5, -5441197.6, -2479303.4},
                                       {-5464584.7, -2493001.2, 2150654.0}, {-768713.9, -5988541.8, 2063276.0},
                                       {5088967.9, -301681.6, 3825015.8},   {-5464523.4, -2493147.1, 2150611.8},
                                       {-1828796.2, -5054406.8, 3427865.2}};
  for (auto& s : stations) s = {s.x / 1.3e-3, s.y / 1.3e-3, s.z / 1.3e-3};
  const double hour = std::numbers::pi / 12;
  auto list = ms::synthesize(stations, {.declination = 0.2163,
                                        .first_hour_angle = 0.5 * hour,
                                        .last_hour_angle = 7 * hour,
                                        .scans = 60});
  list.resize(421);
  for (auto& b : list) {
    b.u = static_cast<float>(b.u);
    b.v = static_cast<float>(b.v);
  }
  return list;
}
constexpr double microarcsecond = std::numbers::pi / 180 / 3600 * 1e-6;

named_tensors places_of_baselines() {
  std::vector<float> u, v;
  for (const auto& b : baselines()) {
    u.push_back(static_cast<float>(b.u));
    v.push_back(static_cast<float>(b.v));
  }
  return {{"baseline_u", row_vector(u)}, {"baseline_v", row_vector(v)}};
}

/// Terms of `each` baselines as rows of indices, then weights.
X terms_of(const std::vector<ms::closure_terms>& list, std::size_t each) {
  X rows({1, 2, list.size(), each});
  for (std::size_t k = 0; k < list.size(); ++k) {
    for (std::size_t e = 0; e < each; ++e) {
      rows(0, 0, k, e) = static_cast<float>(list[k][e].first);
      rows(0, 1, k, e) = static_cast<float>(list[k][e].second);
    }
  }
  return rows;
}

named_tensors closures() {
  return {{"triangles", terms_of(ms::closure_triangles(baselines()), 3)},
          {"quadrangles", terms_of(ms::closure_quadrangles(baselines()), 4)}};
}

// ---- the operators: one line each ----
void add_image_operators() {
  const auto blur = ms::gaussian_blur{.size = 61, .sigma = 3.0};
  add_operator(
      "demosaicing", [] { return ms::inpainting{ms::bayer_mask(image)}; }, mask_of<ms::inpainting<X>>);
  add_operator("clipping", [] { return ms::clipping{}; });
  add_operator("quantisation", [] { return ms::quantisation{}; });
  add_operator("gamma_blur", [blur] { return ms::gamma_blur{blur}; });
  add_operator(
      "strided_blur",
      [] {
        return ms::strided_blur{.kernel = ms::motion_kernel({}, {7}), .stride = 4};
      },
      kernel_of<ms::strided_blur>);
  add_operator(
      "spatially_varying_blur",
      [] {
        return ms::spatially_varying_blur<X>(nine_kernels(), ms::bilinear_weights<X>(image.plane(), grid));
      },
      [](const auto&) { return kernels_and_weights(); });
  add_operator("stacked", [blur] { return ms::stacked(X(image, 0.0F), blur, ms::super_resolution{.factor = 4}); });
}

void add_scanner_operators() {
  const eq::shape complex_image{1, 2, 256, 256}, complex_images{1, 6, 256, 256};
  add_operator(
      "fourier_sampling_complex",
      [] { return ms::fourier_sampling{ms::random_mask(image, 0.5, {8})}; }, mask_of<ms::fourier_sampling<X>>,
      complex_images);
  add_operator(
      "mri",
      [] {
        return ms::mri<X>(ms::random_lines_mask(image, {.acceleration = 4}, {9}), ms::synthetic_coil_maps(image, 8));
      },
      [](const ms::mri<X>& a) { return named_tensors{{"mask", a.mask()}, {"maps", a.maps()}}; }, complex_image);
  add_operator(
      "coded_diffraction",
      [] {
        return ms::coded_diffraction<X>(ms::diffraction_masks(image, 4, ms::diffraction_code::octanary, {20}));
      },
      [](const ms::coded_diffraction<X>& a) { return named_tensors{{"masks", a.masks()}}; });
  for (const std::size_t views : {180, 60}) {
    add_operator("tomography_" + std::to_string(views),
                 [views] { return ms::tomography{.size = 256, .angles = ms::equispaced_angles(views)}; });
  }
}

void add_array_operators() {
  const eq::shape small{1, 1, 64, 64}, visibilities{1, 2, 1, 421};
  add_operator(
      "born_scattering", [] { return ms::born_scattering<X>({.pixels = 64, .receivers = 180}); },
      [](const auto&) { return named_tensors{}; }, small);
  add_operator(
      "interferometer",
      [small] { return ms::interferometer<X>(baselines(), small.plane(), 2 * microarcsecond); },
      [](const auto&) { return places_of_baselines(); }, small);
  add_operator(
      "closure_quantities",
      [] {
        const auto list = baselines();
        return ms::closure_quantities<X>(
            421, {.phases = ms::closure_triangles(list), .log_amplitudes = ms::closure_quadrangles(list)});
      },
      [](const auto&) { return closures(); }, visibilities);
}

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
      "motion_blur", [] { return ms::blur{ms::motion_kernel({}, {7})}; }, kernel_of<ms::blur>);
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
  add_image_operators();
  add_scanner_operators();
  add_array_operators();

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
