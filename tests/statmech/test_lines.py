"""Points on phase lines become arrays under the names of their model and state."""

from dataclasses import replace

import numpy as np

import statmech as sm
from statmech.lines import phase_line
from statmech.results import Solution


def solution(gamma):
    return Solution(
        model=sm.DenseHebbian(P=4, gamma=gamma, T=0.2), ansatz="RS", state="retrieval", order={"m": 1 - gamma},
        f=0.0, u=0.0, s=0.0, converged=True, residual=0.0, iterations=1, stability=0.0, replicon=1.0,
    )  # fmt: skip


def test_a_parameter_that_is_a_word_is_given_once():
    line = phase_line("spinodal", [solution(0.1), solution(0.2)])
    assert line.indices == "distinct"
    np.testing.assert_array_equal(line.P, [4.0, 4.0])
    np.testing.assert_array_equal(line.m, [0.9, 0.8])
    assert "indices = distinct  m = 0.8 … 0.9 (2 points)" in repr(line)
    nothing = replace(line, points={"m": np.full((2, 2), np.nan), "q": np.array([[np.nan, 0.5]])})
    assert repr(nothing).startswith("m = nan … nan (4 points)  q = 0.5 … 0.5 (2 points)")
    point = phase_line("spinodal", solution(0.1))
    assert (point.P, point.gamma, point.indices) == (4.0, 0.1, "distinct")
    assert "T = 0.2  indices = distinct  m = 0.9" in repr(point)


def test_points_beyond_the_replica_symmetric_theory_say_so():
    stable, unstable = solution(0.1), replace(solution(0.2), replicon=-0.5)
    assert repr(phase_line("spinodal", stable)).endswith("[spinodal: RS, retrieval]")
    assert repr(phase_line("spinodal", replace(stable, replicon=-1e-12))).endswith("[spinodal: RS, retrieval]")  # AT
    assert repr(phase_line("spinodal", unstable)).endswith("[spinodal: RS, retrieval, replica symmetry unstable]")
    broken = phase_line("spinodal", replace(unstable, ansatz="1RSB"))
    assert repr(broken).endswith("[spinodal: 1RSB, retrieval, 1RSB unstable]")
    line = phase_line("spinodal", [stable, unstable, replace(stable, replicon=np.nan)])
    assert repr(line).endswith("[spinodal: RS, retrieval, replica symmetry unstable at 1 of 3 points]")
