"""What is wrong with a request under /ogc."""

from __future__ import annotations

from vigia.errors import VigiaError


class BadParameterError(VigiaError):
    """A parameter is not known, or of the wrong form: 400, as the standard has it."""
