"""What the challengers do alike with a training table: check it, merge it, read expected signs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.forecast import Floats
from vigia.errors import ModelError

Signs = Mapping[str, int] | Sequence[int] | None


def merged(X: Floats, rates: Floats, people: Floats) -> tuple[Floats, Floats, Floats]:  # noqa: N803
    """Rows with the same factors made one, in the order of their values.

    For a Poisson that is the same likelihood, and what counts rows (folds, BIC, least leaf) then
    counts places, not the years that each was looked at. Neither the order of rows nor how people
    are split over equal ones can matter any more.
    """
    # Missing values are not equal to each other; infinity, which no factor may be, is.
    key = np.where(np.isnan(X), np.inf, X)
    _, first, place = np.unique(key, axis=0, return_index=True, return_inverse=True)
    everybody = np.bincount(place, people)
    return X[first], np.bincount(place, rates * people) / everybody, everybody.astype(np.float64)


def names_of(model: Any) -> list[str]:
    """Names of the factors that ``model`` was fitted to; x0, x1 … where they had none."""
    given = getattr(model, "feature_names_in_", None)
    return [f"x{i}" for i in range(model.n_features_in_)] if given is None else list(given)


def signs_of(signs: Signs, names: Sequence[str], *, default: int) -> NDArray[np.int64]:
    """Expected sign of each factor, in the order of ``names``.

    Parameters
    ----------
    signs : mapping of name to sign, sequence of signs, or None
        +1 where more of the factor means more cases, -1 where less does, 0 where nobody knows.
    names : sequence of str
    default : int
        Sign of the factors that ``signs`` does not name.

    Raises
    ------
    ModelError
        When a name is unknown, signs are too few or too many, or one is none of +1, 0 and -1.
    """
    if signs is None:
        given = [default] * len(names)
    elif isinstance(signs, Mapping):
        refuse_unknown(signs, names, "signs")
        given = [signs.get(name, default) for name in names]
    else:
        given = list(signs)
    if len(given) != len(names):
        raise ModelError(
            f"There are {len(given)} expected signs for {len(names)} factors.",
            hint="Give one sign for each factor, or a mapping of names to signs.",
        )
    for name, sign in zip(names, given, strict=True):
        if sign not in (-1, 0, 1):
            raise ModelError(
                f"The expected sign of {name} is {sign!r}.", hint="Signs are +1, 0 or -1."
            )
    return np.array(given, dtype=np.int64)


def refuse_unknown(given: Iterable[str], names: Sequence[str], where: str) -> None:
    """Raise ModelError when ``given`` names a factor that is not among ``names``."""
    unknown = [name for name in given if name not in names]
    if unknown:
        raise ModelError(
            f"No factor is called {unknown[0]}, which {where} names.",
            hint=f"Factors are {', '.join(names)}.",
        )
