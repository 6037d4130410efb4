"""The Gaussian of deviations and coefficients at a state: solved, measured and drawn from.

The deviation ``b = spread (sqrt(mix) u + sqrt(1 - mix) v)`` is BYM2 (Riebler et al. 2016, Stat.
Methods Med. Res. 25): u is the scaled field of ``models.areal.graph``, v is independent noise.

b and u together have a sparse precision with a border of few dense columns: coefficients, one for
each total (a count of many rows together) and one for each sum of nought. With b taken out, the
sparse part has the pattern of the graph alone, so that a solve costs one factor of that and a solve
for each column of the border (Schur complements; Rue & Held 2005, Gaussian Markov Random Fields).
"""

from __future__ import annotations

import numpy as np

from geo.geodesy import Floats
from geo.grid import Int64s
from models.areal.counts import Likelihood, Observed, Prior, State
from models.areal.graph import Graph
from models.areal.sparse import Factor


class Gaussian:
    """Precision of b, u and the coefficients at a state.

    Parameters
    ----------
    graph : Graph
    observed : Observed
    prior : Prior
    of : Likelihood
        Its derivatives at the state.

    Attributes
    ----------
    proper : bool
        Whether it is a Gaussian at all: the likelihood of totals may bend the wrong way.
    drawable : bool
        Whether it is one also without totals and sums of nought, from which draws begin.
    """

    def __init__(self, graph: Graph, observed: Observed, prior: Prior, of: Likelihood) -> None:
        self._n, self._k = len(graph), len(prior.mean)
        self._pull = prior.noise_precision * prior.pull
        weight = np.bincount(observed.district, of.weight, minlength=self._n)
        self._diagonal = prior.noise_precision + weight
        self.proper = self.drawable = bool(self._diagonal.min() > 0)
        if self.proper:
            kept = self._pull * prior.pull * weight / self._diagonal
            self._field: Factor = graph.pattern.factor(kept)
            self._border(graph, observed, prior, of)

    def _border(self, graph: Graph, observed: Observed, prior: Prior, of: Likelihood) -> None:
        k, totals, sums = self._k, len(observed.total_count), graph.sums
        b, self._corner = _coefficient_columns(observed, prior, of, self._n)
        ranks, with_coefficients = _total_columns(observed, of, self._n)
        self._b = np.hstack([b, ranks, np.zeros_like(sums)])
        self._u = np.hstack([np.zeros((self._n, k + totals)), sums])
        self._log_weights = float(np.log(of.total_weight).sum())
        self._noise = np.append(1 / of.total_weight, np.zeros(sums.shape[1]))
        corner = np.zeros((self._b.shape[1],) * 2)
        corner[:k, :k] = self._corner
        corner[:k, k : k + totals] = with_coefficients
        corner[k : k + totals, :k] = with_coefficients.T
        corner[k:, k:] = -np.diag(self._noise)
        self._corner = corner
        self._moved = self._u + (self._pull / self._diagonal)[:, np.newaxis] * self._b
        self._u_of = self._field.solve(self._moved)
        self._b_of = (self._b + self._pull * self._u_of) / self._diagonal[:, np.newaxis]
        schur = corner - self._b.T @ (self._b / self._diagonal[:, np.newaxis])
        schur -= self._moved.T @ self._u_of
        base = schur[:k, :k]
        negative = (self._field.pivots < 0).sum()
        self.proper = bool(negative + (np.linalg.eigvalsh(schur) < 0).sum() == len(schur) - k)
        self.drawable = bool(negative == 0 and np.linalg.eigvalsh(base).min(initial=1.0) > 0)
        self._log_border = float(np.linalg.slogdet(schur)[1])
        self._inverse, self._base_inverse = np.linalg.inv(schur), np.linalg.inv(base)

    @property
    def log_determinant(self) -> float:
        """Of the precision, where sums are nought."""
        of_b = float(np.log(self._diagonal).sum())
        return of_b + self._field.log_determinant + self._log_border + self._log_weights

    def solve(self, b: Floats, u: Floats, border: Floats) -> State:
        """For right sides of b and u, shape (districts, m), and of the border, (columns, m)."""
        moved = u + (self._pull / self._diagonal)[:, np.newaxis] * b
        inner = self._field.solve(moved)
        rest = border - self._b.T @ (b / self._diagonal[:, np.newaxis]) - self._moved.T @ inner
        z = self._inverse @ rest
        u_found = inner - self._u_of @ z
        b_found = (b + self._pull * u_found - self._b @ z) / self._diagonal[:, np.newaxis]
        return State(b_found, u_found, z[: self._k])

    def step(self, b: Floats, u: Floats, g: Floats, sums: Floats) -> State:
        """For one right side; ``sums`` is what the sums of nought have to change by."""
        border = np.concatenate([g, np.zeros(len(self._noise) - len(sums)), sums])
        found = self.solve(b[:, np.newaxis], u[:, np.newaxis], border[:, np.newaxis])
        return State(found.b[:, 0], found.u[:, 0], found.g[:, 0])

    def variances(self, district: Int64s, slopes: Floats) -> Floats:
        """Of ``b[district] + slopes x coefficients``, shape (rows,)."""
        own = 1 / self._diagonal + (self._pull / self._diagonal) ** 2 * self._field.variances()
        across = self._b_of @ self._inverse
        of_b = own + (across * self._b_of).sum(axis=1)
        twice = -2 * (across[:, : self._k][district] * slopes).sum(axis=1)
        of_g = ((slopes @ self.coefficient_covariance) * slopes).sum(axis=1)
        variance: Floats = of_b[district] + twice + of_g
        return variance

    @property
    def coefficient_covariance(self) -> Floats:
        """Shape (coefficients, coefficients)."""
        return self._inverse[: self._k, : self._k]

    def draw(self, rng: np.random.Generator, size: int) -> State:
        """Deviations from the mean, a column for each draw.

        Drawn without totals and sums, and then conditioned on them (Rue & Held 2005, 2.3.3).
        """
        k, rest = self._k, slice(self._k, None)
        u = self._field.draw(rng.standard_normal((self._n, size)))
        noise = rng.standard_normal((self._n, size)) / np.sqrt(self._diagonal)[:, np.newaxis]
        b = noise + (self._pull / self._diagonal)[:, np.newaxis] * u
        g = np.linalg.cholesky(self._base_inverse) @ rng.standard_normal((k, size))
        u, b = u - self._u_of[:, :k] @ g, b - self._b_of[:, :k] @ g
        seen = self._b[:, rest].T @ b + self._u[:, rest].T @ u + self._corner[rest, :k] @ g
        seen += np.sqrt(self._noise)[:, np.newaxis] * rng.standard_normal((len(self._noise), size))
        nothing = np.zeros((self._n, size))
        off = self.solve(nothing, nothing, np.vstack([np.zeros((k, size)), seen]))
        return State(b - off.b, u - off.u, g - off.g)


def _coefficient_columns(
    observed: Observed, prior: Prior, of: Likelihood, n: int
) -> tuple[Floats, Floats]:
    """How b goes with the coefficients, and these with each other."""
    weighted = of.weight[:, np.newaxis] * of.slopes
    return _summed(observed.district, weighted, n), weighted.T @ of.slopes + np.diag(
        prior.precision
    )


def _total_columns(observed: Observed, of: Likelihood, n: int) -> tuple[Floats, Floats]:
    """What each total is the sum of, by b and by the coefficients."""
    part, totals = observed.total >= 0, len(observed.total_count)
    ranks = np.zeros((n, totals))
    np.add.at(ranks, (observed.district[part], observed.total[part]), of.expected[part])
    slopes = of.expected[part, np.newaxis] * of.slopes[part]
    return ranks, _summed(observed.total[part], slopes, totals).T


def _summed(row: Int64s, columns: Floats, rows: int) -> Floats:
    """The columns, added up by row."""
    found = np.zeros((rows, columns.shape[1]))
    for number, column in enumerate(columns.T):
        found[:, number] = np.bincount(row, column, minlength=rows)
    return found
