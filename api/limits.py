"""How much one may ask: a bucket of tokens each, in the memory of this process."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable

REMEMBERED = 10_000  # more than these are forgotten, those first that were silent longest


class Limiter:
    """Lets ``per_minute`` requests of a name pass, as a burst or one by one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, name: str, per_minute: int) -> int:
        """Take one token; 0 when there was one, else the seconds until there is."""
        now = self._clock()
        left, at = self._left.pop(name, (float(per_minute), now))
        left = min(float(per_minute), left + (now - at) * per_minute / 60)
        passes = left >= 1
        self._left[name] = (left - passes, now)
        if len(self._left) > REMEMBERED:
            self._left.popitem(last=False)
        return 0 if passes else max(1, math.ceil((1 - left) * 60 / per_minute))
