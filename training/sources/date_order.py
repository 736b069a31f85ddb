"""Which of two dates is earlier, as encyclopedias write them: "4 May 1912", "May 4, 1912", "1912".

Knows nothing else of dates: what is not written out, or not to the day where that decides, has no
order.
"""

from __future__ import annotations

import re

_MONTHS = (
    "january february march april may june july august september october november december".split()
)
_MONTH = re.compile(rf"\b({'|'.join(_MONTHS)})\b", re.IGNORECASE)
_YEAR = re.compile(r"(?<!\d)(\d{3,4})(?!\d)")
_DAY = re.compile(r"(?<!\d)(\d{1,2})(?!\d)")


def compare_dates(first: str, second: str) -> int | None:
    """Return -1 where the first is earlier, 1 where it is later, 0 where both are the same day.

    None where a text is no date, or the dates are too coarse to tell.
    """
    one, two = _read_date(first), _read_date(second)
    if one is None or two is None:
        return None
    for left, right in zip(one, two, strict=True):
        if left is None or right is None:
            return None
        if left != right:
            return -1 if left < right else 1
    return 0


def _read_date(text: str) -> tuple[int, int | None, int | None] | None:
    years, months, days = _YEAR.findall(text), _MONTH.findall(text), _DAY.findall(text)
    if len(years) != 1 or len(months) > 1 or len(days) > 1 or re.search(r"\bBCE?\b", text):
        return None
    month = _MONTHS.index(months[0].lower()) + 1 if months else None
    return int(years[0]), month, int(days[0]) if days and month else None
