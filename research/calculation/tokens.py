"""A step of a plan cut into words, signs, references and numbers. Knows no meaning of any word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingestion.figures import find_figures
from research.calculation.formulas import Node, Number, Reference


@dataclass(frozen=True, slots=True)
class Token:
    """A word (in small letters), a sign, a reference or a number."""

    text: str
    node: Node | None = None


_NAME = r"(?:[A-Z0-9][\w.&'\u2019,-]*\s+(?:of\s+|and\s+|the\s+)?)*[A-Z0-9][\w.&'\u2019-]*"
_NAMED_BEFORE = re.compile(rf"(?P<name>{_NAME})\s*\(\s*#(?P<number>\d+)\s*\)")
_NAMED_AFTER = re.compile(r"#(?P<number>\d+)\s*\((?P<name>[^()#]*[A-Za-z][^()#]*)\)")
_PIECE = re.compile(
    r"#\d+(?:\x00\d+\x00)?|\x01\d+\x01|[a-z]+(?:[-'][a-z]+)*|[-+*/(),:=\u00d7\u00f7\u2212]"
)
_FILLER = frozenset(
    "the a an please calculate compute find determine give answer answers result results value "
    "values amount amounts figure figures percentage-wise respectively calculated using".split()
)
_SIGNS = {"\u00d7": "*", "\u00f7": "/", "\u2212": "-"}


def cut_step(text: str) -> tuple[Token, ...]:
    """Cut a step into tokens; () where it holds something that is none."""
    names: list[str] = []
    numbers: list[Number] = []

    def keep_name(match: re.Match[str]) -> str:
        names.append(match["name"].strip())
        return f"#{match['number']}\x00{len(names) - 1}\x00"

    text = text.strip().rstrip("?.! ")
    text = _NAMED_AFTER.sub(keep_name, _NAMED_BEFORE.sub(keep_name, text))
    references = [match.span() for match in re.finditer(r"#\d+(?:\x00\d+\x00)?", text)]
    for figure in reversed(tuple(find_figures(text))):
        if any(start < figure.end and figure.start < end for start, end in references):
            continue
        numbers.append(Number(figure.value, figure.unit, figure.scale))
        text = f"{text[: figure.start]} \x01{len(numbers) - 1}\x01 {text[figure.end :]}"
    text = re.sub(r"(?<=[\w\x00])['\u2019]s\b", "", text).lower()
    text = re.sub(r"\bgo(?:es)? (up|down)\b", r"go-\1", text)
    tokens = [_build_token(piece, names, numbers) for piece in _PIECE.findall(text)]
    left = _PIECE.sub(" ", text).strip()
    if left:
        return ()
    return tuple(token for token in tokens if token.text not in _FILLER)


def _build_token(piece: str, names: Sequence[str], numbers: Sequence[Number]) -> Token:
    if piece.startswith("#"):
        number, _, name = piece[1:].strip("\x00").partition("\x00")
        return Token("#", Reference(f"Q{int(number)}", names[int(name)] if name else ""))
    if piece.startswith("\x01"):
        return Token("number", numbers[int(piece.strip("\x01"))])
    return Token(_SIGNS.get(piece, piece))
