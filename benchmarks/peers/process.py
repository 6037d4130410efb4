"""What a running process has used."""

from __future__ import annotations

import os
from pathlib import Path


def peak_mb(process: int | str = "self") -> float:
    """The largest memory that a process has had.

    Read from /proc: ``ru_maxrss`` would begin with the memory of the process that started it.
    """
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak) / 1024


def cpu_seconds(process: int | str = "self") -> float:
    """Of all its threads: what the clock would say if it had one core, and that to itself."""
    text = Path(f"/proc/{process}/stat").read_text(encoding="ascii")
    user, system = text.rpartition(")")[2].split()[11:13]  # the name may hold anything
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
