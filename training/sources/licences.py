"""Under what licence each data set comes, and whether an adapter trained on it may ship.

What is not in the table does not ship: `check_sources` refuses it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from training.errors import SourceError


@dataclass(frozen=True, slots=True)
class Licence:
    """A data set's licence.

    `source` is the name that examples carry, `terms` an SPDX identifier or words, `origin` the
    paper or repository that publishes the set, `ships` whether what is trained on it may be given
    away. Each set is to be named in the model card.
    """

    source: str
    terms: str
    origin: str
    ships: bool
    note: str = ""


LICENCES: tuple[Licence, ...] = (
    Licence("FinQA", "MIT", "Chen et al., 2021, czyssrs/FinQA", True),
    Licence("ConvFinQA", "MIT", "Chen et al., 2022, czyssrs/ConvFinQA", True),
    Licence(
        "TAT-QA",
        "CC-BY-4.0",
        "Zhu et al., 2021, NExTplusplus/TAT-QA",
        True,
        "The repository's code is MIT; the data set is under CC BY 4.0.",
    ),
    Licence("StrategyQA", "MIT", "Geva et al., 2021, eladsegal/strategyqa", True),
    Licence(
        "BREAK",
        "MIT",
        "Wolfson et al., 2020, allenai/Break",
        True,
        "Its questions are quoted from HotpotQA and DROP (CC BY-SA 4.0), ComQA and "
        "ComplexWebQuestions.",
    ),
    Licence("MuSiQue", "CC-BY-4.0", "Trivedi et al., 2022, StonyBrookNLP/musique", True),
    Licence(
        "HotpotQA",
        "CC-BY-SA-4.0",
        "Yang et al., 2018, hotpotqa/hotpot",
        True,
        "Share alike applies to copies of its text.",
    ),
    Licence("2WikiMultiHopQA", "Apache-2.0", "Ho et al., 2020, Alab-NII/2wikimultihop", True),
    Licence(
        "SQuAD",
        "CC-BY-SA-4.0",
        "Rajpurkar et al., 2016 and 2018; XQuAD: Artetxe et al., 2020, google-deepmind/xquad",
        True,
        "Share alike applies to copies of its text.",
    ),
    Licence(
        "DROP",
        "CC-BY-SA-4.0",
        "Dua et al., 2019, AllenAI",
        True,
        "Share alike applies to copies of its text.",
    ),
    Licence("GSM8K", "MIT", "Cobbe et al., 2021, openai/grade-school-math", True),
    Licence(
        "SEC filings",
        "public record",
        "EDGAR, U.S. Securities and Exchange Commission",
        True,
        "Anyone may read filings; their prose remains the filers' own.",
    ),
    Licence("AceDesk", "Apache-2.0", "made by this project's own builders", True),
    Licence(
        "TabMWP",
        "CC-BY-NC-SA-4.0",
        "Lu et al., 2023, lupantech/PromptPG",
        False,
        "The repository's code is MIT; the data set is for non-commercial use.",
    ),
    Licence(
        "FinanceBench",
        "CC-BY-NC-4.0",
        "Islam et al., 2023, patronus-ai/financebench",
        False,
        "Non-commercial, and what the desk is measured on.",
    ),
)
# Names that examples of one set carry beside the table's.
_PARTS = {
    "XQuAD": "SQuAD",
    "AceDesk questions": "AceDesk",
    "AceDesk questions over windows": "AceDesk",
    "filings": "SEC filings",
}


def find_licence(source: str) -> Licence | None:
    """Return the licence of the set that examples name as their source; None if unknown."""
    name = _PARTS.get(source, source)
    return next((licence for licence in LICENCES if licence.source == name), None)


def check_sources(sources: Iterable[str]) -> tuple[Licence, ...]:
    """Return the licences of the sets that examples come from, each once, by name.

    Raises:
        SourceError: a set is unknown, or its licence does not allow what ships.
    """
    found: dict[str, Licence] = {}
    for source in sorted(set(sources)):
        licence = find_licence(source)
        if licence is None:
            raise SourceError(
                f"The licence of {source} is not known. Add the set to the table in "
                "training/sources/licences.py, or leave it out."
            )
        if not licence.ships:
            raise SourceError(
                f"{source} is under {licence.terms}, which does not allow an adapter to ship. "
                "Leave the set out."
            )
        found[licence.source] = licence
    return tuple(found.values())
