"""Travel over rivers, roads and on foot: a directed network, and the times on it.

Plain tables in, plain tables out; geometry is EPSG:4326, times are minutes. The rules and the
source of every default are in docs/travel.md.
"""

from geo.factor import Direction, Season
from geo.travel.answers import Matrix, Times
from geo.travel.build import build_network
from geo.travel.network import Network
from geo.travel.path import Leg, Path
from geo.travel.report import NetworkReport
from geo.travel.rules import TravelRules, WaySpeeds
from geo.travel.trips import Placed, Trips

__all__ = [
    "Direction",
    "Leg",
    "Matrix",
    "Network",
    "NetworkReport",
    "Path",
    "Placed",
    "Season",
    "Times",
    "TravelRules",
    "Trips",
    "WaySpeeds",
    "build_network",
]
