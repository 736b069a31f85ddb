"""Amounts by year, and how a filing prints them.

An amount is a whole number of tenths of a million, so sums are exact at the one decimal that is
printed. It knows nothing of the company or of pages.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

NIL = "\N{EM DASH}"


@dataclass(frozen=True)
class Series:
    """One amount a year, in tenths of a million, from `first` on without a gap."""

    first: int
    tenths: tuple[int, ...]

    @property
    def years(self) -> range:
        return range(self.first, self.first + len(self.tenths))

    def __getitem__(self, year: int) -> int:
        if year not in self.years:
            raise ValueError(f"{year} lies outside {self.years}; give the series that year")
        return self.tenths[year - self.first]

    def __add__(self, other: "Series") -> "Series":
        return self._with(other, lambda mine, theirs: mine + theirs)

    def __sub__(self, other: "Series") -> "Series":
        return self._with(other, lambda mine, theirs: mine - theirs)

    def __neg__(self) -> "Series":
        return Series(self.first, tuple(-tenths for tenths in self.tenths))

    def _with(self, other: "Series", combine: Callable[[int, int], int]) -> "Series":
        """Combine the years that both have: balances start a year before flows."""
        years = [year for year in self.years if year in other.years]
        return Series(years[0], tuple(combine(self[year], other[year]) for year in years))


def build_series(first: int, *millions: float) -> Series:
    return Series(first, tuple(read_tenths(amount) for amount in millions))


def read_tenths(millions: float) -> int:
    """Tenths from a literal such as 71.8; a second decimal would not tie out and is refused."""
    tenths = Decimal(str(millions)) * 10
    if tenths != int(tenths):
        raise ValueError(f"{millions} has more than one decimal; round it to tenths of a million")
    return int(tenths)


def sum_series(parts: Iterable[Series]) -> Series:
    first, *rest = parts
    for part in rest:
        first = first + part
    return first


def roll_forward(opening: int, movement: Series) -> Series:
    """Year-end balances, from the one before the first movement on."""
    balances = [opening]
    for tenths in movement.tenths:
        balances.append(balances[-1] + tenths)
    return Series(movement.first - 1, tuple(balances))


def build_change(balance: Series) -> Series:
    """What each year added to a year-end balance."""
    pairs = zip(balance.tenths, balance.tenths[1:], strict=False)
    return Series(balance.first + 1, tuple(after - before for before, after in pairs))


def round_ratio(numerator: int, denominator: int, places: str) -> Decimal:
    ratio = Decimal(numerator) / Decimal(denominator)
    return ratio.quantize(Decimal(places), rounding=ROUND_HALF_UP)


def round_percent(part: int, whole: int) -> int:
    """Tenths of a percent, rounded half up as a filing does."""
    return int(round_ratio(part * 1000, whole, "1"))


def measure_growth(series: Series, year: int) -> int:
    """Tenths of a percent from the year before."""
    return round_percent(series[year] - series[year - 1], series[year - 1])


def render_amount(tenths: int) -> str:
    """'1,284.7', '(52.3)' or an em dash, as a cell of a statement."""
    if tenths == 0:
        return NIL
    digits = f"{abs(tenths) // 10:,}.{abs(tenths) % 10}"
    return f"({digits})" if tenths < 0 else digits


def render_percent(tenths: int) -> str:
    """A cell of a percent column: '6.3%', '(9.5)%' or an em dash."""
    return NIL if tenths == 0 else f"{render_amount(tenths)}%"


def say_amount(tenths: int) -> str:
    """'$1,284.7 million', inside a sentence; the sign is left to the words around it."""
    return f"${render_amount(abs(tenths))} million"


def say_percent(tenths: int) -> str:
    return f"{abs(tenths) // 10}.{abs(tenths) % 10}%"


def say_change(series: Series, year: int) -> str:
    """'rose 6.3% to $1,284.7 million', inside a sentence."""
    growth = measure_growth(series, year)
    if growth == 0:
        return f"was level at {say_amount(series[year])}"
    verb = "rose" if growth > 0 else "fell"
    return f"{verb} {say_percent(growth)} to {say_amount(series[year])}"
