"""What differs between two runs as a whole: files, settings, factors, versions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

Facts = Mapping[str, Any]


def differing(before: Facts, after: Facts) -> dict[str, Any]:
    """What differs between the facts of two released runs.

    Returns
    -------
    dict
        ``inputs``, ``factors`` (each: ``added``, ``removed``, and inputs also ``changed``: the
        same input of other files by hash); ``settings`` and ``versions``: per key that differs,
        ``before`` and ``after``, None where a run has no such key.
    """
    old, new = (_files(facts) for facts in (before, after))
    factors = [{str(factor["id"]) for factor in facts["factors"]} for facts in (before, after)]
    return {
        "inputs": {
            **_apart(set(old), set(new)),
            "changed": sorted(key for key in old.keys() & new.keys() if old[key] != new[key]),
        },
        "factors": _apart(*factors),
        "settings": _changed(dict(_leaves(before["settings"])), dict(_leaves(after["settings"]))),
        "versions": _changed(before["versions"], after["versions"]),
    }


def _apart(old: set[str], new: set[str]) -> dict[str, list[str]]:
    return {"added": sorted(new - old), "removed": sorted(old - new)}


def _files(facts: Facts) -> dict[str, list[str]]:
    """Hashes of the files of each input."""
    return {
        str(key): sorted(str(file.get("sha256")) for file in files if file)
        for key, files in facts["inputs"].items()
    }


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        key: {"before": old.get(key), "after": new.get(key)}
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    }


def _leaves(content: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Settings by their full name: ``model.draws``, ``layers[mining].date``."""
    if isinstance(content, Mapping):
        for name in content:
            yield from _leaves(content[name], f"{key}.{name}" if key else str(name))
    elif isinstance(content, list) and content and all(_id_of(one) for one in content):
        for one in content:
            yield from _leaves({k: v for k, v in one.items() if k != "id"}, f"{key}[{one['id']}]")
    elif isinstance(content, list):
        yield key, json.dumps(content, ensure_ascii=False, sort_keys=True)
    else:
        yield key, content


def _id_of(content: Any) -> Any:
    return content.get("id") if isinstance(content, Mapping) else None
