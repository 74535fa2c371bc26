// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>

#include <equireg/backend/cpu/elementwise.hpp>
#include <equireg/noise/gaussian.hpp>
#include <equireg/noise/noise_model.hpp>

namespace noise_model_test {

using namespace equireg;
using X = cpu::tensor<double>;

/// As a user would write it, for one kind of tensor.
struct student_t {
  X sample(const X& z, const noise_address&) const { return z; }
  X log_likelihood(const X& z, const X&) const { return z; }
  X log_likelihood_gradient(const X& z, const X&) const { return z; }
};

struct only_drawn {
  X sample(const X& z, const noise_address&) const { return z; }
};

struct changed_by_drawing {
  X sample(const X& z, const noise_address&) { return z; }
};

struct heavy_without_weights {
  static constexpr bool weighted = true;
};

static_assert(noise_model<student_t, X> && !noise_model<student_t, cpu::tensor<float>>);
static_assert(noise_model<noise::gaussian, X> && noise_model<noise::gaussian, cpu::tensor<float>>);
static_assert(has_noise_sample<only_drawn, X> && !has_log_likelihood<only_drawn, X> && !noise_model<only_drawn, X>);
static_assert(!has_noise_sample<changed_by_drawing, X>);
static_assert(has_weighted_square<noise::gaussian, X> && !has_weighted_square<student_t, X>);
static_assert(!has_weighted_square<heavy_without_weights, X>);
static_assert(!is_flat<noise::gaussian> && !is_flat<only_drawn>);

TEST_CASE("what is a noise model, and what is none, is decided by its members", "[noise][noise_model]") {
  SUCCEED("the assertions above are the test");
}

}  // namespace noise_model_test
