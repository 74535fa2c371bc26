// SPDX-License-Identifier: BSD-3-Clause
//
// What every measurement operator of the library makes of a photograph, on one sheet.
//
//   gallery photograph.png [gallery.png]      the photograph in grey or colour, of any size
//
// Measurements that are no images, such as Fourier coefficients, are shown as one: `support::any_operator::view` says how.

#include "support/canvas.hpp"
#include "support/chosen_operator.hpp"
#include "support/program.hpp"

#include <equireg/io/png.hpp>
#include <equireg/measurement/measure.hpp>
#include <equireg/noise/gaussian.hpp>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace eq = equireg;

namespace {

int run(int argc, char** argv) {
  eq::require(argc == 2 || argc == 3, "gallery", "expected: gallery photograph.png [gallery.png]");
  const std::string out = argc == 3 ? argv[2] : "gallery.png";
  const auto photograph = eq::io::read_png<float>(argv[1]);
  const eq::shape s = photograph.shape();
  const auto& entries = support::chosen_operator::all();

  constexpr std::size_t columns = 6, gap = 8, caption = 16;
  const std::size_t tiles = entries.size() + 1, rows = (tiles + columns - 1) / columns;
  support::canvas paper(rows * (s.height + caption + gap) + gap, columns * (s.width + gap) + gap);
  std::size_t tile = 0;
  const auto add = [&](const std::string& title, const eq::cpu::tensor<float>& image) {
    const std::size_t left = gap + tile % columns * (s.width + gap);
    const std::size_t top = gap + tile / columns * (s.height + caption + gap);
    paper.print(left, top, 1, title);
    paper.draw(image, 0, left, top + caption, s.height, s.width);
    ++tile;
  };
  add("photograph", photograph);
  for (const auto& e : entries) {
    if (e.for_colour_only && s.channels != 3) continue;
    const auto measurement = e.make(s, 1);
    const auto y = eq::measurement::measure(measurement, photograph, eq::noise::gaussian{.sigma = 0.02}, {1});
    add(e.title, measurement.view(y));
    std::printf("%-14s %s\n", e.name, e.title);
  }
  paper.write(out);
  std::printf("picture: %s\n", out.c_str());
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) { return support::guarded(run, argc, argv); }
