"""Triangles of sparse matrices, by compiled code: factors, what they solve, and their inverse."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from geo.geodesy import Floats
from geo.grid import Int64s, njit


class Lower(NamedTuple):
    """A unit lower triangle by columns, without its diagonal; rows rise within a column.

    Attributes
    ----------
    begins : array of int, shape (n + 1,)
    rows : array of int
    values : array of float
    """

    begins: Int64s
    rows: Int64s
    values: Floats


@njit
def solve(below: Lower, pivots: Floats, x: Floats) -> None:
    """``L D L' x`` = x, in place, for columns of x."""
    begins, rows, values = below
    n, k = x.shape
    for column in range(n):
        for place in range(begins[column], begins[column + 1]):
            row, value = rows[place], values[place]
            for right in range(k):
                x[row, right] -= value * x[column, right]
    for column in range(n):
        for right in range(k):
            x[column, right] /= pivots[column]
    solve_upper(below, x)


@njit
def solve_upper(below: Lower, x: Floats) -> None:
    """``L' x`` = x, in place, for columns of x."""
    begins, rows, values = below
    n, k = x.shape
    for column in range(n - 1, -1, -1):
        for place in range(begins[column], begins[column + 1]):
            row, value = rows[place], values[place]
            for right in range(k):
                x[column, right] -= value * x[row, right]


@njit
def inverse_diagonal(below: Lower, pivots: Floats) -> Floats:
    """Of the inverse where L has entries, from the last column back, the diagonal."""
    begins, rows, values = below
    n = len(pivots)
    inverse = np.zeros(len(values))
    diagonal = np.zeros(n)
    column_of = np.zeros(n)
    for column in range(n - 1, -1, -1):
        begin, end = begins[column], begins[column + 1]
        total = 1.0 / pivots[column]
        for one in range(begin, end):  # a column of the inverse, from those after it and L
            column_of[rows[one]] = 0.0
        for one in range(begin, end):
            k = rows[one]
            column_of[k] -= values[one] * diagonal[k]
            other = one + 1
            for place in range(begins[k], begins[k + 1]):  # both lists of rows rise
                while other < end and rows[other] < rows[place]:
                    other += 1
                if other == end:
                    break
                if rows[other] == rows[place]:
                    column_of[rows[place]] -= values[one] * inverse[place]
                    column_of[k] -= values[other] * inverse[place]
        for one in range(begin, end):
            inverse[one] = column_of[rows[one]]
            total -= values[one] * inverse[one]
        diagonal[column] = total
    return diagonal


@njit
def factorised(matrix: Lower, diagonal: Floats) -> tuple[Lower, Floats]:
    """``L D L'`` of a matrix that has the pattern of L already."""
    begins, rows, _ = matrix
    values, pivots = matrix.values.copy(), diagonal.copy()
    for column in range(len(pivots)):
        for one in range(begins[column], begins[column + 1]):
            scaled = values[one] / pivots[column]
            k = rows[one]
            pivots[k] -= scaled * values[one]
            place = begins[k]
            for other in range(one + 1, begins[column + 1]):
                while rows[place] < rows[other]:
                    place += 1
                values[place] -= scaled * values[other]
        for one in range(begins[column], begins[column + 1]):
            values[one] /= pivots[column]
    return Lower(begins, rows, values), pivots
