"""The Python environments of the peers, built from lock files of their own into var/."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def peers_python(name: str = "requirements") -> Path:
    """Interpreter of ``NAME.lock``; the environment is built where there is none of that file."""
    lock = Path(__file__).with_name(f"{name}.lock")
    folder = ROOT / "var" / ("peers" if name == "requirements" else f"peers-{name}")
    python = folder / "bin" / "python"
    ready = folder / "ready"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if ready.exists() and ready.read_text() == wanted:
        return python
    print(f"Building {folder} (a minute or two) ...", file=sys.stderr, flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "--requirement", str(lock)], check=True)
    ready.write_text(wanted)
    return python
