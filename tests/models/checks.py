"""scikit-learn's own checks of an estimator, as pytest parameters."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

# Arrays of other libraries: nothing here claims to take them, and the check skips itself unless a
# switch is set that changes SciPy for all tests.
NOT_CLAIMED = "array_api"


def checks_of(*estimators: Any, without: frozenset[str] = frozenset()) -> list[Any]:
    """(estimator, check) pairs, named after both, but for checks named in ``without``."""
    return [
        pytest.param(one, check, id=f"{one}-{check.func.__name__}")
        for estimator in estimators
        for one, check in estimator_checks_generator(estimator)
        if NOT_CLAIMED not in check.func.__name__ and check.func.__name__ not in without
    ]
