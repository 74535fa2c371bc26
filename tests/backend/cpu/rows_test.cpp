// SPDX-License-Identifier: BSD-3-Clause
#include <support/catch.hpp>
#include <support/random_mixture.hpp>
#include <support/tolerance.hpp>

#include <equireg/backend/cpu/rows.hpp>

#include <algorithm>
#include <vector>

namespace rows_test {

namespace eq = equireg;
using namespace equireg::test;
using eq::cpu::row_run;

TEST_CASE("neighbouring runs of rows become one", "[backend][rows]") {
  std::vector<row_run> runs;
  eq::cpu::append_run(runs, 1, 2);
  eq::cpu::append_run(runs, 3, 4);
  eq::cpu::append_run(runs, 8, 0);
  eq::cpu::append_run(runs, 9, 1);
  eq::cpu::append_run(runs, 10, 1, {0, 2});
  eq::cpu::append_run(runs, 11, 3, {0, 2});
  eq::cpu::append_run(runs, 14, 1, {0});
  REQUIRE(runs.size() == 4);
  CHECK((runs[2].first == 10 && runs[2].count == 4));
  CHECK((runs[0].first == 1 && runs[0].count == 6));
  CHECK((runs[1].first == 9 && runs[1].count == 1));
}

TEMPLATE_TEST_CASE("products with chosen rows are plain sums, for one sample and for many", "[backend][rows]", float,
                   double) {
  const std::size_t rows = 11, d = 5000;  // several blocks of columns
  const std::vector<row_run> runs = {{1, 6}, {9, 1}};
  const auto chosen = [](std::size_t j) { return (j >= 1 && j < 7) || j == 9; };
  const auto basis = normal_tensor<TestType>({rows, 1, 1, d}, 1);
  for (const std::size_t batch : {1U, 3U}) {
    for (const bool reproducible : {false, true}) {
      const eq::cpu::reproducible_scope scope(reproducible);
      INFO("batch " << batch << ", reproducible " << reproducible);
      const auto x = normal_tensor<TestType>({batch, 1, 1, d}, 2);
      auto y = normal_tensor<TestType>({batch, 1, 1, rows}, 3);
      y.data()[3] = 0;
      eq::cpu::tensor<TestType> p({batch, 1, 1, rows}, TestType(77)), out = x, fresh(x.shape(), TestType(55));
      eq::cpu::project_rows<TestType>(rows_of(p), rows_of(x), rows_of(basis), runs);
      eq::cpu::combine_rows<TestType>(rows_of(out), rows_of(y), rows_of(basis), runs, true);
      eq::cpu::combine_rows<TestType>(rows_of(fresh), rows_of(y), rows_of(basis), runs, false);
      for (std::size_t b = 0; b < batch; ++b) {
        vector sum(d, 0.0);
        for (std::size_t j = 0; j < rows; ++j) {
          if (!chosen(j)) {
            CHECK(p.sample(b)[j] == TestType(77));
            continue;
          }
          const auto row = to_vector(basis, j);
          // A sum of 5000 products of size 1: about 70.
          CHECK(close(p.sample(b)[j], eq::test::dot(row, to_vector(x, b)), tolerance<TestType>::rounding, 70.0));
          sum = combine(1, sum, y.sample(b)[j], row);
        }
        CHECK(relative_error(to_vector(fresh, b), sum) < tolerance<TestType>::rounding);
        CHECK(relative_error(to_vector(out, b), combine(1, sum, 1, to_vector(x, b))) < tolerance<TestType>::rounding);
      }
      eq::cpu::combine_rows<TestType>(rows_of(fresh), rows_of(y), rows_of(basis), {}, false);
      for (const TestType v : fresh.values()) REQUIRE(v == 0);
    }
  }
}

TEMPLATE_TEST_CASE("a product with many rows is shared among threads", "[backend][rows]", float, double) {
  const std::size_t rows = eq::cpu::rows::piece_rows * eq::cpu::thread_count() + 77, d = 60, batch = 3, first = 5;
  const auto basis = normal_tensor<TestType>({rows + 8, 1, 1, d}, 1), x = normal_tensor<TestType>({batch, 1, 1, d}, 2);
  eq::cpu::tensor<TestType> p({batch, 1, 1, rows + 8}, TestType(77));
  eq::cpu::project_rows<TestType>(rows_of(p), rows_of(x), rows_of(basis), {{first, rows}});
  for (std::size_t b = 0; b < batch; ++b) {
    vector got = to_vector(p, b), expected(rows + 8, 77.0);
    for (std::size_t j = first; j < first + rows; ++j) expected[j] = eq::test::dot(to_vector(basis, j), to_vector(x, b));
    for (std::size_t j = 0; j < rows + 8; ++j) REQUIRE(close(got[j], expected[j], tolerance<TestType>::rounding, 10.0));
  }
}

TEMPLATE_TEST_CASE("rows that list their samples are multiplied with those alone", "[backend][rows]", float, double) {
  const std::size_t rows = 1300, d = 1000, batch = 7;
  // Long and short runs, many samples and few; rows 10 to 19 are for nobody.
  const std::vector<row_run> runs = {
      {0, 10, {0, 1, 2, 3, 5}}, {20, 1200, {1, 2, 4, 6}}, {1220, 1, {0, 1, 2, 3, 4}}, {1221, 79, {5}}};
  const auto listed = [&](std::size_t b, std::size_t j) {
    for (const auto& run : runs) {
      const bool holds = j >= run.first && j < run.first + run.count;
      if (holds && std::find(run.samples.begin(), run.samples.end(), b) != run.samples.end()) return true;
    }
    return false;
  };
  const auto basis = normal_tensor<TestType>({rows, 1, 1, d}, 1), x = normal_tensor<TestType>({batch, 1, 1, d}, 2);
  const auto y = normal_tensor<TestType>({batch, 1, 1, rows}, 3);
  eq::cpu::tensor<TestType> p({batch, 1, 1, rows}, TestType(77)), out = x, fresh(x.shape(), TestType(55));
  eq::cpu::project_rows<TestType>(rows_of(p), rows_of(x), rows_of(basis), runs);
  eq::cpu::combine_rows<TestType>(rows_of(out), rows_of(y), rows_of(basis), runs, true);
  eq::cpu::combine_rows<TestType>(rows_of(fresh), rows_of(y), rows_of(basis), runs, false);
  for (std::size_t b = 0; b < batch; ++b) {
    vector sum(d, 0.0), projected(rows), expected(rows);
    for (std::size_t j = 0; j < rows; ++j) {
      projected[j] = static_cast<double>(p.sample(b)[j]);
      expected[j] = listed(b, j) ? eq::test::dot(to_vector(basis, j), to_vector(x, b)) : 77;
      if (listed(b, j)) sum = combine(1, sum, y.sample(b)[j], to_vector(basis, j));
    }
    CHECK(relative_error(projected, expected) < tolerance<TestType>::rounding);
    CHECK(relative_error(to_vector(fresh, b), sum) < tolerance<TestType>::rounding);
    CHECK(relative_error(to_vector(out, b), combine(1, sum, 1, to_vector(x, b))) < tolerance<TestType>::rounding);
  }
}

TEST_CASE("a long sum of rows for one sample goes to the BLAS and stays the sum", "[backend][rows]") {
  const std::size_t rows = 5000, d = 500;
  const auto basis = normal_tensor<double>({rows, 1, 1, d}, 1), y = normal_tensor<double>({1, 1, 1, rows}, 2);
  const auto start = normal_tensor<double>({1, 1, 1, d}, 3);
  vector sum(d, 0.0);
  for (std::size_t j = 0; j < rows; ++j) {
    if (j < 4990) sum = combine(1, sum, y.data()[j], to_vector(basis, j));
  }
  auto added = start, fresh = start;
  eq::cpu::combine_rows<double>(rows_of(added), rows_of(y), rows_of(basis), {{0, 2000}, {2000, 2990}}, true);
  eq::cpu::combine_rows<double>(rows_of(fresh), rows_of(y), rows_of(basis), {{0, 2000}, {2000, 2990}}, false);
  CHECK(relative_error(to_vector(fresh), sum) < 1e-12);
  CHECK(relative_error(to_vector(added), combine(1, sum, 1, to_vector(start))) < 1e-12);
}

TEST_CASE("rows are scaled and multiplied each by its own number", "[backend][rows]") {
  const auto x = normal_tensor<double>({2, 1, 1, 3000}, 1), v = normal_tensor<double>({2, 1, 1, 3000}, 2);
  const vector s = {2, -1}, t = {0.5, 3};
  eq::cpu::tensor<double> out(x.shape());
  eq::cpu::scale_rows(rows_of(out), s.data(), rows_of(x), t.data(), rows_of(v));
  vector dots(2);
  eq::cpu::dot_rows(dots.data(), rows_of(x), rows_of(v));
  for (std::size_t b = 0; b < 2; ++b) {
    CHECK(relative_error(to_vector(out, b), combine(s[b], to_vector(x, b), t[b], to_vector(v, b))) < 1e-15);
    CHECK(close(dots[b], eq::test::dot(to_vector(x, b), to_vector(v, b)), 1e-12, 50.0));
  }
  eq::cpu::scale_rows(rows_of(out), s.data(), rows_of(x));
  CHECK(out.data()[3001] == -x.data()[3001]);
}

}  // namespace rows_test
