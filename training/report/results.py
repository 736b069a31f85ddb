"""The nouns of a report: shares with their standard errors, variants with their speeds.

Knows no example and no model; what a measure means is told in `measures.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from models.speed import Speed
from training.examples import Role

# The examples' own completions, judged as a variant's texts are: what could be reached.
GOLD = "gold"


@dataclass(frozen=True, slots=True)
class Rate:
    """A share: `hits` of `of`. There is no share of nothing: `of` is above 0."""

    hits: int
    of: int

    @property
    def share(self) -> float:
        """Between 0 and 1."""
        return self.hits / self.of

    @property
    def error(self) -> float:
        """The binomial standard error, a share.

        By Agresti and Coull (1998) with two hits and two misses more: at 0% and 100% the plain one
        would be 0, as if nothing were left to doubt.
        """
        share = (self.hits + 2) / (self.of + 4)
        return math.sqrt(share * (1 - share) / (self.of + 4))


@dataclass(frozen=True, slots=True)
class Row:
    """What a variant came to in one measure of a role; `source` is a data set, None for all."""

    variant: str
    role: Role
    measure: str
    source: str | None
    rate: Rate


@dataclass(frozen=True, slots=True)
class Variant:
    """One thing that was measured: the base under `adapter`, a file name, or bare (None)."""

    name: str
    adapter: str | None
    speed: Speed


@dataclass(frozen=True, slots=True)
class Report:
    """All that was measured of one base. `limit` and `seed` chose the examples of each role.

    The rows of `GOLD` are what the examples' own completions come to.
    """

    base: str
    limit: int
    seed: int
    variants: tuple[Variant, ...]
    rows: tuple[Row, ...]

    def find(
        self, variant: str, role: Role, measure: str, source: str | None = None
    ) -> Rate | None:
        """Return one rate, or None where no example was there to measure."""
        for row in self.rows:
            if (row.variant, row.role, row.measure, row.source) == (variant, role, measure, source):
                return row.rate
        return None
