"""Which documents may train and which only measure; read from a file, or told by a hash.

The unit is the document: a company of FinQA, a table of TAT-QA. What the file does not name does
neither. Without a file a document's hash decides, so that full public sets can be used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from training.errors import SplitError
from training.examples import Part

# Of a hundred documents, so many measure where no file says.
_MEASURING = 10


@dataclass(frozen=True, slots=True)
class Splits:
    """`named` maps "finqa:AAPL" and the like to its part; the sets in `closed` are named whole."""

    named: Mapping[str, Part]
    closed: frozenset[str]

    def part_of(self, document: str) -> Part | None:
        """Return the part of a document ("set:key"), or None where it may do neither."""
        if document in self.named or document.partition(":")[0] in self.closed:
            return self.named.get(document)
        number = int.from_bytes(hashlib.sha256(document.encode()).digest()[:4])
        return "measure" if number % 100 < _MEASURING else "train"


def load_splits(path: Path | None) -> Splits:
    """Read a file of splits: {"finqa": {"train": [...], "measure": [...]}, ...}.

    Raises:
        SplitError: it cannot be read, or a document is on both sides.
    """
    if path is None:
        return Splits({}, frozenset())
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise SplitError(f"{path} is no file of splits ({error}).") from error
    named: dict[str, Part] = {}
    sets = {name: parts for name, parts in content.items() if isinstance(parts, dict)}
    for name, parts in sets.items():
        both = set(parts.get("train", ())) & set(parts.get("measure", ()))
        if both:
            raise SplitError(f"{path} has {name} {min(both)} in both parts. Leave it in one.")
        named.update({f"{name}:{key}": "train" for key in parts.get("train", ())})
        named.update({f"{name}:{key}": "measure" for key in parts.get("measure", ())})
    return Splits(named, frozenset(sets))
