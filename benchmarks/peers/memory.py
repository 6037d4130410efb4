"""The largest memory that a process has had."""

from __future__ import annotations

from pathlib import Path


def peak_mb(process: int | str = "self") -> float:
    """Of a running process, by its number.

    Read from /proc: ``ru_maxrss`` would begin with the memory of the process that started it.
    """
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak) / 1024
