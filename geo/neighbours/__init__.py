"""Which districts are neighbours: by border, by distance, by travel or by a list of pairs."""

from geo.neighbours.contiguity import queen_neighbours
from geo.neighbours.graph import Attached, Link, Neighbours
from geo.neighbours.listed import neighbours_from_pairs
from geo.neighbours.near import carry_km, k_nearest_neighbours, places_of
from geo.neighbours.ways import carry_minutes, travel_neighbours

__all__ = [
    "Attached",
    "Link",
    "Neighbours",
    "carry_km",
    "carry_minutes",
    "k_nearest_neighbours",
    "neighbours_from_pairs",
    "places_of",
    "queen_neighbours",
    "travel_neighbours",
]
