"""Provinces of districts, and departments of provinces: each in one piece."""

from __future__ import annotations

import heapq

import numpy as np


def grown(xy: np.ndarray, pairs: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    """Divide places into ``count`` connected groups of like, but not equal, size.

    The smallest group, for its appetite, takes the place beside it that is nearest to where it
    began.

    Parameters
    ----------
    xy : array of shape (places, 2)
    pairs : array of shape (pairs, 2)
        Places that touch; the whole is connected.

    Returns
    -------
    array of shape (places,)
        Group of each.
    """
    beside = adjacency(len(xy), pairs)
    begin = spread(xy, count, random)
    appetite = random.uniform(0.7, 1.3, count)
    group = np.full(len(xy), -1)
    fringe: list[list[tuple[float, int]]] = [[(0.0, int(place))] for place in begin]
    size = [0] * count
    hungry = [(0.0, number) for number in range(count)]
    while hungry:
        _, number = heapq.heappop(hungry)
        place = next_free(fringe[number], group)
        if place is None:
            continue
        group[place] = number
        size[number] += 1
        for other in beside[place]:
            if group[other] < 0:
                far = float(np.linalg.norm(xy[other] - xy[begin[number]]))
                heapq.heappush(fringe[number], (far, other))
        heapq.heappush(hungry, (size[number] / appetite[number], number))
    return group


def next_free(fringe: list[tuple[float, int]], group: np.ndarray) -> int | None:
    """The nearest place of a fringe that no group has taken."""
    while fringe:
        _, place = heapq.heappop(fringe)
        if group[place] < 0:
            return place
    return None


def adjacency(count: int, pairs: np.ndarray) -> list[list[int]]:
    """Lists of those that touch each place, in order."""
    beside: list[list[int]] = [[] for _ in range(count)]
    for a, b in pairs.tolist():
        beside[a].append(b)
        beside[b].append(a)
    return [sorted(others) for others in beside]


def spread(xy: np.ndarray, count: int, random: np.random.Generator) -> np.ndarray:
    """Places far from each other, one after the other."""
    taken = [int(random.integers(len(xy)))]
    gap = np.linalg.norm(xy - xy[taken[0]], axis=1)
    while len(taken) < count:
        taken.append(int(np.argmax(gap)))
        gap = np.minimum(gap, np.linalg.norm(xy - xy[taken[-1]], axis=1))
    return np.array(taken)


def between_groups(pairs: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Pairs of groups that touch."""
    joined = np.sort(group[pairs], axis=1)
    return np.unique(joined[joined[:, 0] != joined[:, 1]], axis=0)
