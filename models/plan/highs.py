"""HiGHS, asked for one programme: what it found, what could be at best, and why it stopped.

On one thread, and stopped by work (nodes of its search), so that the same question has the same
answer; by the clock only where that is asked for. HiGHS (Huangfu & Hall 2018) by its own Python
package, since SciPy's way in takes no plan to start from: in a region whose places all reach
hundreds of others, it found none within 1 % in a minute without one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import metadata

import highspy
import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from models.plan.work import Work

Floats = NDArray[np.float64]
INTERIOR = "ipm"  # for relaxations: several times as fast as simplex on wide programmes
WHOLE = 1e-6


@dataclass(frozen=True)
class Programme:
    """Maximise ``gain @ x`` where ``low <= rows @ x <= high`` and ``least <= x <= most``.

    Attributes
    ----------
    gain, least, most : array of shape (columns,)
    whole : array of bool, shape (columns,)
        What has to be a whole number.
    rows : sparse array of shape (rows, columns)
    low, high : array of shape (rows,)
    """

    gain: Floats
    least: Floats
    most: Floats
    whole: NDArray[np.bool_]
    rows: sp.csr_array
    low: Floats
    high: Floats

    def relaxed(self) -> Programme:
        """The same without whole numbers."""
        return replace(self, whole=np.zeros_like(self.whole))


@dataclass(frozen=True)
class Answer:
    """What the solver found.

    Attributes
    ----------
    values : array of shape (columns,), optional
        None where nothing feasible was found.
    gain : float
        Of ``values``.
    bound : float
        No feasible ``x`` gains more; infinite where nothing is proven.
    impossible : bool
        Proven: nothing is feasible.
    by_clock, by_work : bool
        Whether the clock or the number of nodes ended the search.
    """

    values: Floats | None
    gain: float
    bound: float
    impossible: bool = False
    by_clock: bool = False
    by_work: bool = False


def version() -> str:
    """Name and version of the solver."""
    return f"HiGHS {metadata.version('highspy')}"


def solve(programme: Programme, work: Work, start: Floats | None = None) -> Answer:
    """The best that is found.

    Parameters
    ----------
    start : array of shape (columns,), optional
        A feasible plan; only its whole numbers are looked at.
    """
    highs = _asked(programme, work)
    if start is not None and programme.whole.any():
        at = np.flatnonzero(programme.whole).astype(np.int32)
        highs.setSolution(len(at), at, np.round(start[at]))
    highs.run()
    return _answered(highs, programme)


def _asked(programme: Programme, work: Work) -> highspy.Highs:
    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("random_seed", 0)
    highs.setOptionValue("mip_rel_gap", work.gap)
    highs.setOptionValue("mip_max_nodes", work.nodes)
    if work.seconds is not None:
        highs.setOptionValue("time_limit", work.seconds)
    if not programme.whole.any():
        highs.setOptionValue("solver", INTERIOR)
    highs.passModel(_written(programme))
    return highs


def _written(programme: Programme) -> highspy.HighsLp:
    told = highspy.HighsLp()
    told.num_row_, told.num_col_ = programme.rows.shape
    told.sense_ = highspy.ObjSense.kMaximize
    told.col_cost_, told.col_lower_, told.col_upper_ = (
        programme.gain, programme.least, programme.most,
    )  # fmt: skip
    told.row_lower_, told.row_upper_ = programme.low, programme.high
    told.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    told.a_matrix_.start_ = programme.rows.indptr
    told.a_matrix_.index_ = programme.rows.indices
    told.a_matrix_.value_ = programme.rows.data
    if programme.whole.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        told.integrality_ = [kinds[one] for one in programme.whole.astype(int)]
    return told


def _answered(highs: highspy.Highs, programme: Programme) -> Answer:
    status, states = highs.getModelStatus(), highspy.HighsModelStatus
    info = highs.getInfo()
    if status in (states.kInfeasible, states.kUnboundedOrInfeasible):
        return Answer(None, -np.inf, -np.inf, impossible=True)
    whole = bool(programme.whole.any())
    by_clock = status == states.kTimeLimit
    by_work = not by_clock and status != states.kOptimal
    bound = float(info.mip_dual_bound) if whole else np.inf  # of a relaxation only once it is done
    if not whole and status == states.kOptimal:
        bound = float(info.objective_function_value)
    if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        return Answer(None, -np.inf, bound, by_clock=by_clock, by_work=by_work)
    values = np.asarray(highs.getSolution().col_value, dtype=float)
    values = np.where(programme.whole, np.round(values), values)
    gain = float(programme.gain @ values)
    return Answer(values, gain, max(gain, bound), by_clock=by_clock, by_work=by_work)
