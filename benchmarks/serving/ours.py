"""The service as ``vigia serve`` makes it, for uvicorn: closed, logged, on VIGIA_STORE_URL."""

from __future__ import annotations

import os
from pathlib import Path

from fastapi import FastAPI

from api.app import create_app
from api.service import LOOK_SECONDS, ServiceSettings


def app() -> FastAPI:
    """The application; lines of access go to VIGIA_ACCESS."""
    return create_app(
        ServiceSettings(
            os.environ["VIGIA_STORE_URL"],
            access_folder=Path(os.environ["VIGIA_ACCESS"]),
            look_seconds=LOOK_SECONDS,
        )
    )
