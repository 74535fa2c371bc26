// SPDX-License-Identifier: BSD-3-Clause
// expect: a schedule needs: std::vector<equireg::noise_level> levels\(\) const, sigma strictly decreasing

#include <equireg/schedule/noise_schedule.hpp>

struct no_schedule {
  double levels = 10;
};

static_assert(equireg::check_noise_schedule<no_schedule>());
