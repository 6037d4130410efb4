"""All that is said of one district and outcome, in words: for the panel, the brief, and tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from maps.facts import FactorText, factor_texts, factors_by_code, numbers_of, reason_text
from maps.levels import LEVELS, NO_DATA, legend
from maps.made import is_trafficking
from maps.notes import doubts, label_of_outcome
from maps.pictures import Picture, rank_picture, rate_picture
from maps.recorded import CasesFact, cases_of
from maps.released import Released
from maps.responsible import ContactFact, Responsible
from maps.services import ServiceFact, Services
from maps.trend import YearFact, trends
from maps.words import Words


@dataclass(frozen=True)
class Figure:
    """A number with its doubt in words, and both as a picture."""

    name: str
    value: str
    doubt: str
    picture: Picture | None = None


@dataclass(frozen=True)
class FactorFact:
    """A factor in a sentence; ``strength`` is -3 to 3, below 0 where it lowers the risk."""

    label: str
    sentence: str
    effect: str
    strength: int


@dataclass(frozen=True)
class DistrictFacts:
    """One district and outcome. Every text is ready to be shown, once it is escaped.

    Attributes
    ----------
    level : str
        One of ``maps.levels.LEVELS``.
    reason : str
        Why there is no score; "" where there is one.
    figures : tuple of Figure
        Rate, rank and relative risk, as far as they are known; none without a score.
    factors : tuple of FactorFact
        Those that weigh most, the strongest first.
    trend : tuple of YearFact
        Years in order; none where there is only this one.
    services_note : str
        From where the ways to services are measured; "" where none is.
    cases : tuple of str
        Sentences, of what everybody may know of the recorded cases.
    unknown : tuple of str
        What is not known, in sentences.
    """

    code: str
    name: str
    province: str
    department: str
    outcome: str
    label: str
    trafficking: bool
    level: str
    level_label: str
    level_explain: str
    reason: str
    no_records: bool
    figures: tuple[Figure, ...]
    factors: tuple[FactorFact, ...]
    trend: tuple[YearFact, ...]
    services: tuple[ServiceFact, ...]
    services_note: str
    cases: tuple[str, ...]
    responsible: tuple[ContactFact, ...]
    unknown: tuple[str, ...]


class Districts:
    """The districts of a run in one language; what all need is worked out once."""

    def __init__(self, released: Released, words: Words) -> None:
        self.released, self.words = released, words
        self.services = Services(released, words)
        self.responsible = Responsible(released)
        self._places = _by_code(released)
        self._levels = {one["id"]: one for one in legend(words, released.settings["publish"])}
        self._factors = factor_texts(released, words)
        self._outcomes: dict[str, Outcome] = {}

    def outcome(self, name: str) -> Outcome:
        """What is said of all districts for an outcome."""
        if name not in self._outcomes:
            self._outcomes[name] = Outcome(self.released, name, self.words)
        return self._outcomes[name]

    def of(self, code: str, outcome: str) -> DistrictFacts:
        """All that is said of a district; a KeyError where there is none of this code."""
        place, about = self._places[code], self.outcome(outcome)
        score = about.scores[code]
        level = about.level(code)
        label = self.released.outcome(outcome)
        return DistrictFacts(
            code=code,
            name=place["name"],
            province=place["province"] or "",
            department=place["department"] or "",
            outcome=outcome,
            label=label_of_outcome(label, self.words),
            trafficking=is_trafficking(label),
            level=level,
            level_label=self._levels[level]["label"],
            level_explain=self._levels[level]["explain"],
            reason=about.reason(code),
            no_records=level != NO_DATA and bool(score["no_records"]),
            figures=about.figures(code),
            factors=tuple(map(self._factor, about.factors[code] if level != NO_DATA else [])),
            trend=about.trend.get(code, ()),
            services=self.services.of(code),
            services_note=self.services.note,
            cases=tuple(about.cases.get(code, CasesFact()).sentences(self.words)),
            responsible=self.responsible.of(code),
            unknown=tuple(self.unknown(code, outcome)),
        )

    def unknown(self, code: str, outcome: str) -> list[str]:
        """What is not known of a district, in sentences: first its own, then what all share."""
        about = self.outcome(outcome)
        no_records = about.level(code) != NO_DATA and about.scores[code]["no_records"]
        own = [
            about.reason(code),
            self.words("detail.unknown_records") if no_records else "",
            "" if about.trend.get(code) else self.words("detail.one_year"),
            "" if self.responsible.of(code) else self.words("detail.no_contact"),
        ]
        return [one for one in [*own, *self.unknown_everywhere()] if one]

    def unknown_everywhere(self) -> list[str]:
        """What is not known of any district."""
        absent = self.services.absent()
        layers = [self.words("detail.unknown_layers", names=self.words.series(absent))]
        return [*doubts(self.released, self.words), *(layers if absent else [])]

    def _factor(self, told: FactorText) -> FactorFact:
        index, strength, value = told
        text = self._factors[index]
        key = f"detail.{'up' if strength > 0 else 'down'}_{abs(strength)}"
        sentence = text["phrase"].replace("{value}", value)
        return FactorFact(text["label"], sentence, self.words(key), strength)


class Outcome:
    """One outcome in all districts of a run."""

    def __init__(self, released: Released, name: str, words: Words) -> None:
        self._released, self._words = released, words
        table = released.scores_of(name)
        self.scores: Mapping[str, Mapping[Any, Any]] = dict(
            zip(table.index, table.to_dict("records"), strict=True)
        )
        self.ranked = released.ranked(name)
        self.kind = released.rates_of(name)
        self.factors = factors_by_code(released, name, words)
        self.trend = trends(released, name, words)
        self.cases = cases_of(released, name, words)

    def level(self, code: str) -> str:
        """One of ``LEVELS``; what is none of them is no data."""
        level = self.scores[code]["level"]
        return str(level) if level in LEVELS else NO_DATA

    def reason(self, code: str) -> str:
        """Why a district has no score; "" where it has one."""
        if self.level(code) != NO_DATA:
            return ""
        return reason_text(self._released, self._words, self.scores[code]["no_data_reason"])

    def pictures(self, code: str) -> tuple[Picture | None, Picture | None]:
        """Of rate and rank; the mean rate of the area is what the relative risk is relative to."""
        score = self.scores[code]
        if self.level(code) == NO_DATA:
            return None, None
        risk = score["relative_risk"]
        mean = score["rate"] / risk if risk and risk > 0 else None
        rate = rate_picture(score["rate"], score["rate_low"], score["rate_high"], mean)
        return rate, rank_picture(score["rank"], score["rank_low"], score["rank_high"], self.ranked)

    def figures(self, code: str) -> tuple[Figure, ...]:
        """Rate, rank and relative risk, each with its doubt."""
        if self.level(code) == NO_DATA:
            return ()
        words = self._words
        texts = numbers_of(self.scores[code], words)
        rate, rate_low, rate_high, risk, risk_low, risk_high, score, rank, first, last = texts
        of_rate, of_rank = self.pictures(code)
        unit = words("detail.rate_unit")
        name = words(f"rate_name.{self.kind}", year=str(self._released.target_year))
        interval = words("detail.interval", low=rate_low, high=rate_high)
        found = [Figure(name, rate, f"{unit} ({interval})", of_rate)] if rate else []
        value = words("detail.rank_value", rank=rank, n=words.count(self.ranked))
        doubt = words("detail.rank_range", low=first, high=last, score=score)
        found.append(Figure(words("detail.rank"), value, f"({doubt})", of_rank))
        if risk:
            interval = words("detail.interval", low=risk_low, high=risk_high)
            value = words("detail.relative_risk_value", rr=risk)
            found.append(Figure(words("detail.relative_risk"), value, f"({interval})"))
        return tuple(found)


def _by_code(released: Released) -> Mapping[str, Mapping[str, Any]]:
    table = released.districts[["code", "name", "province", "department"]].astype(object)
    plain = table.where(table.notna(), None).set_index("code")
    return dict(zip(plain.index, plain.to_dict("records"), strict=True))
