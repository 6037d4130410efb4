"""CQL2 over all features at once: arrays for columns, one tree for geometries, no loop of rows.

What is not known is neither true nor false: a comparison with a missing value fits neither a
filter nor its negation.
"""

from __future__ import annotations

import operator
import re
import unicodedata
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from api.ogc.columns import Sets, Values
from api.ogc.errors import BadParameterError
from api.ogc.features import Features
from api.ogc.filter import Tree
from api.ogc.spatial import SPATIAL, Place, place_of, spatial

COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "%": np.fmod,
    "div": lambda a, b: np.trunc(np.divide(a, b)),
    "^": np.power,
}
ARRAYS = ("a_equals", "a_contains", "a_containedBy", "a_overlaps")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z")


@dataclass(frozen=True)
class Truth:
    """Where something is true, and where it is false."""

    yes: Any
    no: Any


@dataclass(frozen=True)
class Filter:
    """A filter over the features of a collection.

    Attributes
    ----------
    features : Features
    crs : str
        The system that its geometries are in.
    """

    features: Features
    crs: str

    def fitting(self, tree: Tree) -> np.ndarray:
        """Of each feature whether it fits.

        Raises
        ------
        BadParameterError
            When the filter asks for what there is not, or compares what cannot be compared.
        """
        with np.errstate(all="ignore"):
            return np.broadcast_to(self._truth(tree).yes, len(self.features)).astype(bool)

    def _truth(self, tree: Tree) -> Truth:
        if isinstance(tree, bool):
            return Truth(np.array(tree), np.array(not tree))
        name, args = _call(tree)
        if name is None:
            return _as_truth(self._value(tree))
        if name in ("and", "or"):
            return self._joined(name, args)
        if name == "not":
            inner = self._truth(*_some(args, 1))
            return Truth(inner.no, inner.yes)
        return self._predicate(name, args, tree)

    def _predicate(self, name: str, args: list[Tree], tree: Tree) -> Truth:
        if name in COMPARE:
            return _compared(name, *map(self._value, _some(args, 2)))
        if name == "isNull":
            missing = self._missing(*_some(args, 1))
            return Truth(missing, ~missing)
        if name == "between":
            value, low, high = map(self._value, _some(args, 3))
            return _both(_compared(">=", value, low), _compared("<=", value, high))
        if name == "like":
            return _like(*map(self._value, _some(args, 2)))
        if name == "in":
            return self._among(*_some(args, 2))
        if name in SPATIAL:
            first, second = map(self._place, _some(args, 2))
            yes, known = spatial(name, first, second, self.features.shapes)
            return Truth(yes & known, ~yes & known)
        if name in ARRAYS:
            yes = _arrays(name, *self._sets(_some(args, 2)))
            return Truth(yes, ~yes)
        return _as_truth(self._value(tree))

    def _joined(self, name: str, args: list[Tree]) -> Truth:
        if len(args) < 2:
            raise BadParameterError(f"{name} joins two conditions or more.")
        join = _both if name == "and" else _either
        whole = self._truth(args[0])
        for one in args[1:]:
            whole = join(whole, self._truth(one))
        return whole

    def _among(self, item: Tree, listed: Tree) -> Truth:
        if not isinstance(listed, list) or not listed:
            raise BadParameterError("in wants a list of values.")
        value, known = self._value(item), [self._value(one) for one in listed]
        if any(one.kind != value.kind or one.data.ndim for one in known):
            raise BadParameterError("What is held against each other is not of one kind.")
        found = np.isin if value.kind != "text" else _texts_in
        yes = found(value.data, np.array([one.data.item() for one in known]))
        if value.kind == "time":
            yes = np.isin(value.data, np.array([one.data for one in known]))
        return Truth(yes & ~value.missing, ~yes & ~value.missing)

    def _missing(self, tree: Tree) -> Any:
        name = _property(tree)
        if name is not None and self._is_geometry(name):
            assert self.features.shapes is not None  # noqa: S101 - or it were no geometry
            return self.features.shapes.missing
        if name is not None and self._column(name).kind == "list":
            return np.zeros(len(self.features), dtype=bool)
        return self._value(tree).missing

    def _value(self, tree: Tree) -> Values:
        literal = _literal(tree)
        if literal is not None:
            return literal
        name = _property(tree)
        if name is not None:
            found = None if self._is_geometry(name) else self._column(name)
            if found is None or found.kind == "list":
                raise BadParameterError(f"{name!r} cannot be compared like this.")
            values: Values = found.values
            return values
        called, args = _call(tree)
        if called in ("casei", "accenti"):
            return _mapped(self._value(*_some(args, 1)), FOLD[called])
        if called is not None and called in ARITHMETIC:
            return _computed(called, *map(self._value, _some(args, 2)))
        said = f"{called!r}" if called else "this"
        raise BadParameterError(f"A filter has no use for {said[:60]} here.")

    def _place(self, tree: Tree) -> Place:
        name = _property(tree)
        if name is None:
            return place_of(tree, self.crs)
        if not self._is_geometry(name):
            raise BadParameterError(f"{name!r} is no geometry.")
        return None

    def _sets(self, args: list[Tree]) -> tuple[Sets, Sets]:
        names = [_property(one) for one in args]
        columns = [None if one is None else self._column(one) for one in names]
        if any(one is not None and one.kind != "list" for one in columns):
            raise BadParameterError("Functions of arrays want a property that is a list.")
        words: set[str] = set()
        for one, tree in zip(columns, args, strict=True):
            words |= set(one.sets.words if one is not None else _listed(tree))
        places = {word: number for number, word in enumerate(sorted(words))}
        first, second = (
            _over(places, one.sets if one is not None else _listed(tree))
            for one, tree in zip(columns, args, strict=True)
        )
        return first, second

    def _is_geometry(self, name: str) -> bool:
        return name == "geometry" and self.features.shapes is not None

    def _column(self, name: str) -> Any:
        found = self.features.columns.get(name)
        if found is None:
            raise BadParameterError(
                f"There is no property {name[:60]!r} here.", hint="See queryables."
            )
        return found


def _call(tree: Tree) -> tuple[str | None, list[Tree]]:
    if not isinstance(tree, dict) or "op" not in tree:
        return None, []
    name, args = tree["op"], tree.get("args")
    if not isinstance(name, str) or not isinstance(args, list):
        raise BadParameterError("An operator has a name and a list of arguments.")
    return name, args


def _some(args: list[Tree], count: int) -> list[Tree]:
    if len(args) != count:
        raise BadParameterError("An operator of the filter has too few or too many arguments.")
    return args


def _property(tree: Tree) -> str | None:
    name = tree.get("property") if isinstance(tree, dict) else None
    return name if isinstance(name, str) else None


def _literal(tree: Tree) -> Values | None:
    if isinstance(tree, bool):
        return _constant("boolean", np.array(tree))
    if isinstance(tree, int | float):
        if not -1e308 < tree < 1e308:
            raise BadParameterError("A number of the filter is too large.")
        return _constant("number", np.array(float(tree)))
    if isinstance(tree, str):
        return _constant("text", np.array(tree, dtype=object))
    for name, form in (("date", _DATE), ("timestamp", _MOMENT)):
        if isinstance(tree, dict) and name in tree:
            return _moment(tree[name], form)
    return None


def _moment(text: Any, form: re.Pattern[str]) -> Values:
    if isinstance(text, str) and form.fullmatch(text):
        with suppress(ValueError):
            return _constant("time", np.array(np.datetime64(text.removesuffix("Z"), "us")))
    raise BadParameterError("A moment of the filter is none.")


def _constant(kind: str, data: np.ndarray) -> Values:
    return Values(kind, data, np.array(False))


def _as_truth(value: Values) -> Truth:
    if value.kind != "boolean":
        raise BadParameterError("A filter is made of conditions that are true or false.")
    return Truth(value.data & ~value.missing, ~value.data & ~value.missing)


def _both(first: Truth, second: Truth) -> Truth:
    return Truth(first.yes & second.yes, first.no | second.no)


def _either(first: Truth, second: Truth) -> Truth:
    return Truth(first.yes | second.yes, first.no & second.no)


def _compared(name: str, first: Values, second: Values) -> Truth:
    if first.kind != second.kind:
        raise BadParameterError("What is held against each other is not of one kind.")
    known = ~(first.missing | second.missing)
    yes = np.asarray(COMPARE[name](first.data, second.data), dtype=bool)
    return Truth(yes & known, ~yes & known)


def _computed(name: str, first: Values, second: Values) -> Values:
    if first.kind != "number" or second.kind != "number":
        raise BadParameterError("Only numbers are reckoned with.")
    data = np.asarray(ARITHMETIC[name](first.data, second.data))
    return Values("number", data, first.missing | second.missing | ~np.isfinite(data))


def _unaccented(text: str) -> str:
    apart = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in apart if not unicodedata.combining(c)))


FOLD: Mapping[str, Callable[[str], str]] = {"casei": str.casefold, "accenti": _unaccented}


def _mapped(value: Values, change: Callable[[str], str]) -> Values:
    if value.kind != "text":
        raise BadParameterError("casei and accenti are for text.")
    codes, each = pd.factorize(value.data.ravel())
    changed = np.array([change(one) for one in each], dtype=object)[codes]
    return Values("text", changed.reshape(value.data.shape), value.missing)


def _texts_in(data: np.ndarray, known: np.ndarray) -> Any:
    return np.asarray(pd.Series(data.ravel()).isin(known.tolist())).reshape(data.shape)


def _like(value: Values, pattern: Values) -> Truth:
    if value.kind != "text" or pattern.kind != "text" or pattern.data.ndim:
        raise BadParameterError("like holds text against a pattern.")
    texts = pa.array(value.data.ravel().tolist(), pa.string())
    try:  # by an automaton: no pattern takes longer than the text is long
        yes = pc.match_like(texts, pattern.data.item()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        raise BadParameterError("The pattern of like cannot be read.") from None
    yes = yes.astype(bool).reshape(value.data.shape)
    return Truth(yes & ~value.missing, ~yes & ~value.missing)


def _listed(tree: Tree) -> list[str]:
    if not isinstance(tree, list) or not all(isinstance(one, str) for one in tree):
        raise BadParameterError("Functions of arrays want a list of texts beside a property.")
    return tree


def _over(places: dict[str, int], told: Sets | list[str]) -> Sets:
    """Sets, or one list, over common words."""
    if isinstance(told, list):
        member = np.zeros((1, len(places)), dtype=bool)
        member[0, [places[word] for word in told]] = True
        return Sets(places, member)
    member = np.zeros((len(told.member), len(places)), dtype=bool)
    member[:, [places[word] for word in told.words]] = told.member
    return Sets(places, member)


def _arrays(name: str, first: Sets, second: Sets) -> Any:
    if name == "a_equals":
        return (first.member == second.member).all(axis=1)
    if name == "a_contains":
        return (first.member | ~second.member).all(axis=1)
    if name == "a_containedBy":
        return (second.member | ~first.member).all(axis=1)
    return (first.member & second.member).any(axis=1)
