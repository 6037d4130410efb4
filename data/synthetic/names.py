"""Invented names that sound of the forest: never those of a real district."""

from __future__ import annotations

import numpy as np

FIRST = (
    *(
        "Yari",
        "Sham",
        "Tuca",
        "Huaru",
        "Pacha",
        "Mora",
        "Cuya",
        "Sara",
        "Iña",
        "Apu",
        "Chiri",
        "Naru",
    ),
    *(
        "Teca",
        "Ubi",
        "Zapa",
        "Llami",
        "Quiro",
        "Vari",
        "Ama",
        "Ruca",
        "Tsiri",
        "Caña",
        "Uru",
        "Maya",
    ),
)
MIDDLE = (
    *("va", "mbu", "ru", "qui", "sho", "nda", "ya", "lli"),
    *("pe", "cu", "ña", "ta", "mi", "rua", "so", "gua"),
)
LAST = (
    *("méu", "lari", "vé", "nchuy", "rimo", "yuba"),
    *("zagua", "tirí", "bora", "cumé", "shani", "raypu"),
)
STEMS = len(FIRST) * len(MIDDLE) * len(LAST)
DISTRICT_FORMS = ("{}", "Puerto {}", "Nueva {}", "Alto {}", "Villa {}", "Boca {}", "{} del Monte")
HAMLET_FORMS = (*DISTRICT_FORMS, "Caserío {}", "Quebrada {}", "{} Chico", "Comunidad {}")


def _stem(number: int) -> str:
    number, last = divmod(number, len(LAST))
    first, middle = divmod(number, len(MIDDLE))
    return FIRST[first] + MIDDLE[middle] + LAST[last]


def stems(count: int, random: np.random.Generator) -> list[str]:
    """Different stems, of which there are a few thousand; for departments, provinces, rivers."""
    if count <= STEMS:
        return [_stem(int(number)) for number in random.permutation(STEMS)[:count]]
    return [_stem(int(number)) for number in random.integers(STEMS, size=count)]


def district_names(count: int, random: np.random.Generator) -> list[str]:
    """Different names, most of them short."""
    every = len(DISTRICT_FORMS) * STEMS
    plain = random.permutation(STEMS)[: min(count // 2, STEMS)]
    other = STEMS + random.permutation(every - STEMS)[: count - len(plain)]
    mixed = random.permutation(np.concatenate([plain, other]))
    return [DISTRICT_FORMS[number // STEMS].format(_stem(number % STEMS)) for number in mixed]


def hamlet_names(count: int, random: np.random.Generator) -> list[str]:
    """Names as hamlets have them: some occur several times."""
    form = random.integers(len(HAMLET_FORMS), size=count)
    stem = random.integers(STEMS, size=count)
    return [HAMLET_FORMS[f].format(_stem(int(s))) for f, s in zip(form, stem, strict=True)]
