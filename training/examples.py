"""Examples: a prompt as the desk renders it, what the model shall write, and where both are from.

Knows the file format, one JSON object a line; knows no data set and no tokenizer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from training.errors import DataError

# Of the prompts P1 to P8, in their order.
Role = Literal[
    "question_plan",
    "claim_plan",
    "sub_answer",
    "sub_claim",
    "final_answer",
    "claim_verdict",
    "document_plan",
    "program",
]
ROLES: tuple[Role, ...] = get_args(Role)
Part = Literal["train", "measure"]
# What the Solver writes where the passages do not hold the answer.
NOT_DISCLOSED = "Not disclosed"


@dataclass(frozen=True, slots=True)
class Example:
    """One prompt and its completion.

    `source` is the data set ("TAT-QA"), `document` the unit that is split between training and
    measuring ("tatqa:<table uid>", "finqa:<ticker>"): all examples of a document are on one side.
    `gold` is what measuring needs beside the completion, empty where that is all:

    - plans that compute: `cells`, a list of `{"row", "column", "value", "unit"}` that the
      sub-questions may be looked up in (the value as a decimal text, before its scale), `answer`
      (a decimal text, "yes", "no", or a name) and `computed` (whether it is a number);
    - sub-answers: `accepted`, other texts that are right;
    - programs: `answer`, a decimal text.
    """

    role: Role
    prompt: str
    completion: str
    source: str
    document: str
    gold: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """What tells examples apart: a hash of prompt and completion."""
        text = f"{self.prompt}\x00{self.completion}"
        return hashlib.sha256(text.encode()).hexdigest()


def write_examples(path: Path, examples: Iterable[Example]) -> int:
    """Write examples, one a line; the file is there whole or not at all. Returns how many."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    count = 0
    with part.open("w", encoding="utf-8") as file:
        for example in examples:
            file.write(json.dumps(asdict(example), ensure_ascii=False) + "\n")
            count += 1
    part.replace(path)
    return count


def read_examples(path: Path) -> Iterator[Example]:
    """Read what `write_examples` wrote.

    Raises:
        DataError: the file is missing, or a line of it is no example.
    """
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                yield _read(line, f"{path}, line {number}")
    except OSError as error:
        raise DataError(
            f"{path} cannot be read ({error.strerror}). Build it: `acedesk train data`."
        ) from error


def _read(line: str, place: str) -> Example:
    try:
        example = Example(**json.loads(line))
    except (json.JSONDecodeError, TypeError) as error:
        raise DataError(f"{place} is no example ({error}). Build the data again.") from error
    if example.role not in ROLES:
        raise DataError(f"{place} has the unknown role {example.role!r}. Build the data again.")
    return example
