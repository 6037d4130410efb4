"""The Python environment of the peers, built from a lock file of its own into var/peers."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
LOCK = Path(__file__).with_name("requirements.lock")
FOLDER = ROOT / "var" / "peers"


def peers_python() -> Path:
    """Its interpreter; the environment is built where there is none of this lock file."""
    python = FOLDER / "bin" / "python"
    ready = FOLDER / "ready"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if ready.exists() and ready.read_text() == wanted:
        return python
    print("Building var/peers (a minute or two) ...", file=sys.stderr, flush=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(FOLDER)], check=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "--requirement", str(LOCK)], check=True)
    ready.write_text(wanted)
    return python
