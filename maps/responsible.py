"""Who answers for a district: institutions with their telephones, the nearest first."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from maps.released import Released

LEVELS = ("district", "province", "department")


@dataclass(frozen=True)
class ContactFact:
    """An institution, its telephone ("" where none is known), and of what area it is."""

    institution: str
    phone: str
    level: str


class Responsible:
    """Contacts of a project by district."""

    def __init__(self, released: Released) -> None:
        self._of: dict[tuple[str, str], list[ContactFact]] = defaultdict(list)
        table = released.beside.contacts
        plain = table.astype(object).where(table.notna(), None)
        for row in plain.to_dict("records"):
            fact = ContactFact(str(row["institution"]), row["phone"] or "", row["area_type"])
            self._of[row["area_type"], row["area"]].append(fact)
        names = ["code", "province_code", "department_code"]
        self._areas = dict(
            zip(released.districts["code"], released.districts[names].to_numpy(), strict=True)
        )

    @property
    def known(self) -> bool:
        """Whether the project names anybody."""
        return bool(self._of)

    def of(self, code: str) -> tuple[ContactFact, ...]:
        """Those of the district, of its province, and of its department, in this order."""
        areas = zip(LEVELS, self._areas[code], strict=True)
        return tuple(fact for area in areas for fact in self._of.get(area, ()))
