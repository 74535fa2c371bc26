// SPDX-License-Identifier: BSD-3-Clause
#pragma once

/// @file
/// @brief The library, without readers and writers of files (io/) and what needs a decomposition of large matrices to
/// set up: score/mixture_posterior.hpp, score/fit_gaussian_mixture.hpp, likelihood/exact.hpp,
/// measurement/decomposed.hpp, measurement/inverse_scattering.hpp, metric/frechet_distance.hpp; and without the device
/// (backend/cuda/). Include those where you use them. The list is the table of contents, in the order in which data flow.

// ---- core: what everything is written in -------------------------------------------------------------------------------
#include <equireg/core/arguments.hpp>    // per_sample, broadcast, permuted, normal_noise, absent
#include <equireg/core/error.hpp>        // error
#include <equireg/core/expression.hpp>   // entries: arithmetic on elements, for every backend
#include <equireg/core/map.hpp>          // linearize, pullback, compose; the concepts of maps
#include <equireg/core/noise_level.hpp>  // x_t = a x0 + b eps, and what models predict
#include <equireg/core/pixel_map.hpp>    // permutations of pixels
#include <equireg/core/random.hpp>       // numbers by (seed, sample, step, purpose, element)
#include <equireg/core/shape.hpp>        // (B, C, H, W)
#include <equireg/core/symmetry.hpp>     // what an operator commutes with, as flags
#include <equireg/core/tensor.hpp>       // the concept of an array
#include <equireg/core/value_range.hpp>  // the numbers that data can be

// ---- backend: the verbs, on the host --------------------------------------------------------------------------------------
#include <equireg/backend/cpu/elementwise.hpp>  // transform, reduce, transform_reduce, gather
#include <equireg/backend/cpu/matrix.hpp>       // multiply, squared_distances
#include <equireg/backend/cpu/tensor.hpp>       // cpu::tensor

// ---- schedule: the grid of noise levels -----------------------------------------------------------------------------------
#include <equireg/schedule/annealed.hpp>
#include <equireg/schedule/cosine.hpp>
#include <equireg/schedule/karras.hpp>
#include <equireg/schedule/rectified_flow.hpp>
#include <equireg/schedule/ve.hpp>
#include <equireg/schedule/vp_continuous.hpp>
#include <equireg/schedule/vp_linear.hpp>
#include <equireg/schedule/vp_scaled_linear.hpp>

// ---- score: x_t -> E[x0 | x_t] --------------------------------------------------------------------------------------------
#include <equireg/score/clamped.hpp>
#include <equireg/score/covariance/diagonal.hpp>
#include <equireg/score/covariance/isotropic.hpp>
#include <equireg/score/covariance/low_rank.hpp>
#include <equireg/score/gaussian.hpp>
#include <equireg/score/gaussian_mixture.hpp>

// ---- measurement: x0 -> y, and its noise ----------------------------------------------------------------------------------
#include <equireg/measurement/affine_input.hpp>            // an operator on [0, 1] behind images on [-1, 1]
#include <equireg/measurement/blur.hpp>                    // any kernel, any border
#include <equireg/measurement/clipping.hpp>
#include <equireg/measurement/closure_quantities.hpp>      // of visibilities: phases and amplitudes
#include <equireg/measurement/coded_diffraction.hpp>
#include <equireg/measurement/coil_maps.hpp>
#include <equireg/measurement/colourisation.hpp>
#include <equireg/measurement/compressed_sensing.hpp>      // by Walsh and Hadamard
#include <equireg/measurement/conjugate_gradients.hpp>     // M x = b, each sample on its own
#include <equireg/measurement/fourier_sampling.hpp>
#include <equireg/measurement/function.hpp>                // two lambdas of the user's
#include <equireg/measurement/gamma_blur.hpp>
#include <equireg/measurement/gaussian_blur.hpp>
#include <equireg/measurement/high_dynamic_range.hpp>
#include <equireg/measurement/identity.hpp>
#include <equireg/measurement/inpainting.hpp>
#include <equireg/measurement/interferometry.hpp>          // visibilities of an array of telescopes
#include <equireg/measurement/kernels.hpp>                 // Gaussian, turned Gaussian, box
#include <equireg/measurement/masked.hpp>
#include <equireg/measurement/masks.hpp>
#include <equireg/measurement/measure.hpp>
#include <equireg/measurement/motion_kernel.hpp>           // the path of a shaking camera
#include <equireg/measurement/mri.hpp>                     // several coils
#include <equireg/measurement/nonlinear_blur.hpp>
#include <equireg/measurement/normal_equations.hpp>        // A^+ and prox of any linear map
#include <equireg/measurement/phase_retrieval.hpp>
#include <equireg/measurement/quantisation.hpp>
#include <equireg/measurement/radio_array.hpp>             // baselines and closed loops
#include <equireg/measurement/sampling_masks.hpp>          // lines of k-space
#include <equireg/measurement/scaled.hpp>
#include <equireg/measurement/spatially_varying_blur.hpp>  // a grid of kernels
#include <equireg/measurement/stacked.hpp>                 // several measurements of one signal
#include <equireg/measurement/strided_blur.hpp>            // super-resolution with any kernel
#include <equireg/measurement/super_resolution.hpp>
#include <equireg/measurement/symmetries.hpp>              // commutes_with<A, G>
#include <equireg/measurement/tomography.hpp>              // Radon transform
#include <equireg/noise/closure.hpp>                       // of closure quantities
#include <equireg/noise/gamma.hpp>                         // multiplicative speckle
#include <equireg/noise/gaussian.hpp>
#include <equireg/noise/laplace.hpp>
#include <equireg/noise/noise_model.hpp>
#include <equireg/noise/poisson.hpp>
#include <equireg/noise/poisson_gaussian.hpp>              // counted light and read-out noise
#include <equireg/noise/salt_and_pepper.hpp>
#include <equireg/noise/stacked.hpp>                       // one noise for each block of y
#include <equireg/noise/transmission.hpp>                  // low-dose tomography
#include <equireg/noise/uniform.hpp>

// ---- likelihood: x0, y -> a better x0, or a shift -------------------------------------------------------------------------
#include <equireg/likelihood/daps.hpp>
#include <equireg/likelihood/ddnm.hpp>
#include <equireg/likelihood/ddnm_plus.hpp>
#include <equireg/likelihood/ddrm.hpp>
#include <equireg/likelihood/diffpir.hpp>
#include <equireg/likelihood/dps.hpp>
#include <equireg/likelihood/fast_dips.hpp>
#include <equireg/likelihood/ilvr.hpp>
#include <equireg/likelihood/lgd.hpp>
#include <equireg/likelihood/mcg.hpp>
#include <equireg/likelihood/pigdm.hpp>
#include <equireg/likelihood/pnp_dm.hpp>
#include <equireg/likelihood/projection.hpp>
#include <equireg/likelihood/red_diff.hpp>
#include <equireg/likelihood/score_ald.hpp>
#include <equireg/likelihood/sitcom.hpp>
#include <equireg/likelihood/tmpd.hpp>
#include <equireg/likelihood/unconditional.hpp>

// ---- inner: what solvers run inside a step --------------------------------------------------------------------------------
#include <equireg/inner/adam.hpp>
#include <equireg/inner/equivariance_phase.hpp>
#include <equireg/inner/hamiltonian.hpp>
#include <equireg/inner/langevin.hpp>
#include <equireg/inner/line_search.hpp>
#include <equireg/inner/metropolis.hpp>

// ---- group and regularizer: ||T_g f(x0) - f(S_g x0)|| -----------------------------------------------------------------------
#include <equireg/group/cyclic_shift.hpp>
#include <equireg/group/dihedral.hpp>
#include <equireg/group/direct_product.hpp>
#include <equireg/group/drawing_from.hpp>
#include <equireg/group/feature_action.hpp>
#include <equireg/group/half_turn.hpp>
#include <equireg/group/moved_shift.hpp>
#include <equireg/group/published.hpp>
#include <equireg/group/quarter_turns.hpp>
#include <equireg/group/reflection.hpp>
#include <equireg/group/semidirect_product.hpp>
#include <equireg/group/trivial.hpp>
#include <equireg/regularizer/denoiser_at.hpp>
#include <equireg/regularizer/equivariance.hpp>
#include <equireg/regularizer/equivariance_consistency.hpp>
#include <equireg/regularizer/none.hpp>
#include <equireg/regularizer/total_variation.hpp>

// ---- stepper: x_t, x0 -> next x ---------------------------------------------------------------------------------------------
#include <equireg/stepper/annealed_langevin.hpp>
#include <equireg/stepper/ddim.hpp>
#include <equireg/stepper/ddpm.hpp>
#include <equireg/stepper/dpm_solver_pp.hpp>
#include <equireg/stepper/euler.hpp>
#include <equireg/stepper/heun.hpp>
#include <equireg/stepper/renoise.hpp>

// ---- sampler: the loop, and who may watch it --------------------------------------------------------------------------------
#include <equireg/sampler/divergence.hpp>
#include <equireg/sampler/observer.hpp>
#include <equireg/sampler/sampler.hpp>

// ---- metric -----------------------------------------------------------------------------------------------------------------
#include <equireg/metric/crps.hpp>
#include <equireg/metric/data_misfit.hpp>
#include <equireg/metric/energy_distance.hpp>
#include <equireg/metric/energy_score.hpp>
#include <equireg/metric/energy_statistic.hpp>
#include <equireg/metric/interval_coverage.hpp>
#include <equireg/metric/kid.hpp>
#include <equireg/metric/lpips.hpp>
#include <equireg/metric/mmd.hpp>
#include <equireg/metric/multiscale_ssim.hpp>
#include <equireg/metric/permutation_test.hpp>
#include <equireg/metric/posterior_diversity.hpp>
#include <equireg/metric/psnr.hpp>
#include <equireg/metric/rank_histogram.hpp>
#include <equireg/metric/relative_l2.hpp>
#include <equireg/metric/sliced_wasserstein.hpp>
#include <equireg/metric/ssim.hpp>
#include <equireg/metric/summary.hpp>
#include <equireg/metric/tarp.hpp>
