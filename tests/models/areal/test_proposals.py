"""Mixtures that are drawn from evenly and fitted to weighed draws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from models.areal.proposals import Mixture


def test_draws_are_of_the_density_that_is_said() -> None:
    mixture = Mixture.of(
        (3.0, np.array([-2.0]), np.array([[0.5]])), (1.0, np.array([4.0]), np.array([[2.0]]))
    )
    places = mixture.draw(4096, np.random.default_rng(1))[:, 0]

    def density(x: float) -> float:
        return float(np.exp(mixture.log_density(np.array([[x]]))[0]))

    for edge in (-2.5, -1.0, 1.0, 4.0):
        assert (places < edge).mean() == pytest.approx(quad(density, -60, edge)[0], abs=2e-3)


def test_a_fit_finds_both_of_two_heaps_and_how_much_lies_in_each() -> None:
    rng = np.random.default_rng(2)
    heaps = [rng.normal([-3, 0], 0.5, (3000, 2)), rng.normal([3, 1], 1.0, (1000, 2))]
    places = np.vstack(heaps)
    start = Mixture.of(*((1.0, np.array([x, 0.0]), 4 * np.eye(2)) for x in (-1.0, 1.0)))
    found = start.fitted(places, np.full(len(places), 1 / len(places)))
    assert found.parts == pytest.approx([0.75, 0.25], abs=0.02)
    assert found.means == pytest.approx(np.array([[-3, 0], [3, 1]]), abs=0.1)


def test_a_part_that_nothing_falls_to_is_let_go() -> None:
    places = np.random.default_rng(3).normal(size=(500, 1))
    start = Mixture.of((1.0, np.zeros(1), np.eye(1)), (1.0, np.full(1, 50.0), np.eye(1)))
    assert len(start.fitted(places, np.full(500, 1 / 500)).parts) == 1
