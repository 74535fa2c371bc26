// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief `entries`: arithmetic on the elements that an elementwise verb reads, as a value that every backend can run.
///
///     const auto [v, w] = entries<2>;                  // of the first argument, and of the second
///     transform(gradient, factor * (w - v), z, y);      // gradient[i] = factor * (y[i] - z[i])
///
/// A lambda does the same on the host. A kernel cannot have it: nvcc takes no closure of the host, and those that
/// it marks may stand in no private function and in none whose return type is deduced. An expression is a plain type
/// that can be called on both sides, and the compiler makes one loop or one kernel of it.
///
/// Numbers among the operands are converted to the type of the elements: `0.5 * v` is float where v is.

#include <equireg/core/config.hpp>

#include <cmath>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace equireg {

/// What the operators below take beside numbers.
template <class E>
concept expression = requires { typename std::remove_cvref_t<E>::is_expression; };

/// The element of argument `index`.
template <std::size_t index>
struct entry {
  using is_expression = void;

  template <class First, class... Rest>
  EQUIREG_HOST_DEVICE constexpr auto operator()(const First& first, const Rest&... rest) const {
    if constexpr (index == 0) {
      return first;
    } else {
      return entry<index - 1>{}(rest...);
    }
  }
};

/// A number.
template <class T>
struct constant {
  using is_expression = void;
  T value;

  EQUIREG_HOST_DEVICE constexpr T operator()() const { return value; }
  template <class First, class... Rest>
  EQUIREG_HOST_DEVICE constexpr First operator()(const First&, const Rest&...) const {
    return static_cast<First>(value);
  }
};

/// f of one, two or three expressions, evaluated in order: where a compiler fuses one of two products, it is then the
/// one that it fuses in the same formula written out.
template <class F, class... Operands>
struct applied;

template <class F, class A>
struct applied<F, A> {
  using is_expression = void;
  A a;

  template <class... Elements>
  EQUIREG_HOST_DEVICE constexpr auto operator()(const Elements&... e) const {
    return F::of(a(e...));
  }
};

template <class F, class A, class B>
struct applied<F, A, B> {
  using is_expression = void;
  A a;
  B b;

  template <class... Elements>
  EQUIREG_HOST_DEVICE constexpr auto operator()(const Elements&... e) const {
    const auto first = a(e...), second = b(e...);
    return F::of(first, second);
  }
};

/// condition ? a : b, of two numbers that are both made first: a choice of two numbers vectorises.
struct chosen {};
template <class Condition, class A, class B>
struct applied<chosen, Condition, A, B> {
  using is_expression = void;
  Condition condition;
  A a;
  B b;

  template <class... Elements>
  EQUIREG_HOST_DEVICE constexpr auto operator()(const Elements&... e) const {
    const auto first = a(e...), second = b(e...);
    return condition(e...) ? first : second;
  }
};

/// At least one expression among expressions and numbers.
template <class... Operands>
concept operands = (expression<Operands> || ...) &&
                   ((expression<Operands> || std::is_arithmetic_v<std::remove_cvref_t<Operands>>)&&...);

namespace detail {

template <class Operand>
constexpr auto as_expression(const Operand& x) {
  if constexpr (expression<Operand>) {
    return x;
  } else {
    return constant<Operand>{x};
  }
}

template <class F, class... Operands>
constexpr auto apply(const Operands&... x) {
  return applied<F, decltype(as_expression(x))...>{as_expression(x)...};
}

// What an expression does with numbers.
struct sum {
  template <class T>
  EQUIREG_HOST_DEVICE static constexpr T of(T a, T b) {
    return a + b;
  }
};
struct difference {
  template <class T>
  EQUIREG_HOST_DEVICE static constexpr T of(T a, T b) {
    return a - b;
  }
};
struct product {
  template <class T>
  EQUIREG_HOST_DEVICE static constexpr T of(T a, T b) {
    return a * b;
  }
};
struct quotient {
  template <class T>
  EQUIREG_HOST_DEVICE static constexpr T of(T a, T b) {
    return a / b;
  }
};
struct negative {
  template <class T>
  EQUIREG_HOST_DEVICE static constexpr T of(T a) {
    return -a;
  }
};
struct less {
  template <class T>
  EQUIREG_HOST_DEVICE static constexpr bool of(T a, T b) {
    return a < b;
  }
};
struct less_or_equal {
  template <class T>
  EQUIREG_HOST_DEVICE static constexpr bool of(T a, T b) {
    return a <= b;
  }
};
struct equal {
  template <class T>
  EQUIREG_HOST_DEVICE static constexpr bool of(T a, T b) {
    return a == b;
  }
};
struct not_equal {
  template <class T>
  EQUIREG_HOST_DEVICE static constexpr bool of(T a, T b) {
    return a != b;
  }
};
struct squared {
  template <class T>
  EQUIREG_HOST_DEVICE static constexpr T of(T a) {
    return a * a;
  }
};
struct square_root {
  template <class T>
  EQUIREG_HOST_DEVICE static T of(T a) {
    return std::sqrt(a);
  }
};
struct magnitude {
  template <class T>
  EQUIREG_HOST_DEVICE static T of(T a) {
    return std::abs(a);
  }
};
struct exponential {
  template <class T>
  EQUIREG_HOST_DEVICE static T of(T a) {
    return std::exp(a);
  }
};
struct logarithm {
  template <class T>
  EQUIREG_HOST_DEVICE static T of(T a) {
    return std::log(a);
  }
};

template <std::size_t... i>
constexpr auto first_entries(std::index_sequence<i...>) {
  return std::tuple<entry<i>...>{};
}

}  // namespace detail

/// The elements of the first `count` arguments, to be given names: `const auto [x_t, x0] = entries<2>;`.
template <std::size_t count>
inline constexpr auto entries = detail::first_entries(std::make_index_sequence<count>{});

/// @name Arithmetic, comparisons and functions of expressions and numbers
/// @{
template <class A, class B>
  requires operands<A, B>
constexpr auto operator+(const A& a, const B& b) {
  return detail::apply<detail::sum>(a, b);
}
template <class A, class B>
  requires operands<A, B>
constexpr auto operator-(const A& a, const B& b) {
  return detail::apply<detail::difference>(a, b);
}
template <class A, class B>
  requires operands<A, B>
constexpr auto operator*(const A& a, const B& b) {
  return detail::apply<detail::product>(a, b);
}
template <class A, class B>
  requires operands<A, B>
constexpr auto operator/(const A& a, const B& b) {
  return detail::apply<detail::quotient>(a, b);
}
template <expression A>
constexpr auto operator-(const A& a) {
  return detail::apply<detail::negative>(a);
}
template <class A, class B>
  requires operands<A, B>
constexpr auto operator<(const A& a, const B& b) {
  return detail::apply<detail::less>(a, b);
}
template <class A, class B>
  requires operands<A, B>
constexpr auto operator>(const A& a, const B& b) {
  return detail::apply<detail::less>(b, a);
}
template <class A, class B>
  requires operands<A, B>
constexpr auto operator<=(const A& a, const B& b) {
  return detail::apply<detail::less_or_equal>(a, b);
}
template <class A, class B>
  requires operands<A, B>
constexpr auto operator>=(const A& a, const B& b) {
  return detail::apply<detail::less_or_equal>(b, a);
}
template <class A, class B>
  requires operands<A, B>
constexpr auto operator==(const A& a, const B& b) {
  return detail::apply<detail::equal>(a, b);
}
template <class A, class B>
  requires operands<A, B>
constexpr auto operator!=(const A& a, const B& b) {
  return detail::apply<detail::not_equal>(a, b);
}
template <expression A>
constexpr auto square(const A& a) {
  return detail::apply<detail::squared>(a);
}
template <expression A>
constexpr auto sqrt(const A& a) {
  return detail::apply<detail::square_root>(a);
}
template <expression A>
constexpr auto abs(const A& a) {
  return detail::apply<detail::magnitude>(a);
}
template <expression A>
constexpr auto exp(const A& a) {
  return detail::apply<detail::exponential>(a);
}
template <expression A>
constexpr auto log(const A& a) {
  return detail::apply<detail::logarithm>(a);
}
/// condition ? a : b.
template <expression Condition, class A, class B>
constexpr auto select(const Condition& condition, const A& a, const B& b) {
  return detail::apply<chosen>(condition, a, b);
}
/// @}

}  // namespace equireg
