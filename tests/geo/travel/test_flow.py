"""Directions held to plain search: an edge has one where its loss cuts a part off."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.travel.flow import flow


@st.composite
def graphs(draw: st.DrawFn) -> tuple[int, list[tuple[int, int]], list[int]]:
    size = draw(st.integers(1, 8))
    node = st.integers(0, size - 1)
    edges = draw(st.lists(st.tuples(node, node), max_size=12))
    return size, edges, draw(st.lists(node, max_size=3))


def reached(size: int, edges: list[tuple[int, int]], begin: list[int]) -> set[int]:
    found, todo = set(begin), list(begin)
    while todo:
        node = todo.pop()
        for one, other in edges:
            for here, there in ((one, other), (other, one)):
                if here == node and there not in found:
                    found.add(there)
                    todo.append(there)
    return found


def plainly(size: int, edges: list[tuple[int, int]], outlets: list[int]) -> list[int]:
    directions = []
    whole = reached(size, edges, outlets)
    for number, (start, end) in enumerate(edges):
        left = reached(size, edges[:number] + edges[number + 1 :], outlets)
        lost = whole - left
        directions.append((start in lost) - (end in lost) if start in whole else 0)
    return directions


@settings(deadline=None, max_examples=300)
@given(graphs())
def test_directions_are_those_of_plain_search(
    graph: tuple[int, list[tuple[int, int]], list[int]],
) -> None:
    size, edges, outlets = graph
    start, end = np.array(edges, dtype=np.intp).reshape(-1, 2).T
    found = flow(start, end, size, np.array(outlets, dtype=np.intp))
    assert found.tolist() == plainly(size, edges, outlets)
