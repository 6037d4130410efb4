"""The Content-Security-Policy of a page: it runs what it was written with, and nothing else."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable


def source_hash(block: str) -> str:
    """The CSP source of an inline block: what stands between its tags, byte for byte."""
    digest = hashlib.sha256(block.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def policy(
    scripts: Iterable[str], styles: Iterable[str], *, served: bool, pictures_of: str = ""
) -> str:
    """The policy of a page with these inline blocks.

    Parameters
    ----------
    scripts, styles : iterable of str
        What stands inline in the page.
    served : bool
        Served pages may also load from where they came; an offline file has only itself.
    pictures_of : str
        One more origin that pictures may come from; by default none.
    """
    own = ["'self'"] if served else []
    directives = {
        "default-src": ["'none'"],
        "script-src": [*own, *map(source_hash, scripts)] or ["'none'"],
        "style-src": [*own, *map(source_hash, styles)] or ["'none'"],
        "img-src": [*own, "data:", *([pictures_of] if pictures_of else [])],
        "connect-src": own or ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    told = "; ".join(f"{name} {' '.join(sources)}" for name, sources in directives.items())
    return in_header(told) if served else told


def in_header(policy: str) -> str:
    """The policy of a page as a header says it: browsers refuse this part in a <meta>."""
    return f"{policy}; frame-ancestors 'none'"
