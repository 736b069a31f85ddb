"""The program that sends multi-hop questions that are not of finance through the whole loop.

    python -m benchmarks.multihop_answers --data DIR [--workspace DIR] [--limit N] [--out FILE]

HotpotQA, 2WikiMultiHopQA and MuSiQue; the paragraphs of each set are its library. Scored are the
answer that the desk gives (nothing where it does not find it verified) and the model's draft
beside it, by SQuAD's exact match and F1. With `--out` a run is taken up where it stopped.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean, median

from benchmarks.golds import DataMissing, read_rows
from benchmarks.multihop import load_multihop
from benchmarks.pooled import add_pool
from benchmarks.sought import Sought
from benchmarks.squad import best_of, exact_match, token_f1
from benchmarks.tables import render_number, render_share, render_table
from ingestion.errors import IngestionError
from ingestion.workspace import Workspace
from models.builtin import find_builtin_chat
from models.chat import ChatModel
from models.embedding import BuiltinEmbedder
from models.errors import ModelError
from models.llama.model import LlamaChatModel
from research.conclusion import parse_final_answer
from research.errors import ResearchError
from research.questions import Question, ResearchResult
from research.run import finish_research, run_research

_FILES = {
    "HotpotQA": "migres_hotpot_dev100.jsonl",
    "2WikiMultiHopQA": "migres_2wiki_dev100.jsonl",
    "MuSiQue": "migres_musique_dev100.jsonl",
}
_FOLDER = "multihop"


@dataclass(frozen=True, slots=True)
class Said:
    """What came of one question: the verified answer ("" for none) and the model's draft."""

    question_id: str
    group: str
    golds: tuple[str, ...]
    answer: str
    draft: str
    label: str
    seconds: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; 1 when the questions or the model cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.multihop_answers")
    parser.description, parser.formatter_class = __doc__, argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--data", type=Path, required=True, help=f"holds {_FOLDER}")
    add("--workspace", type=Path, help="keeps the libraries for the next run")
    add("--limit", type=int, metavar="N", help="only the first N of each set")
    add("--model", type=Path, metavar="FILE", help="a GGUF file (default: the built-in model)")
    add("--out", type=Path, metavar="FILE.jsonl", help="keep the answers; taken up when run again")
    add("--json", type=Path, metavar="FILE", help="write the numbers")
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as folder:
            said = list(_measure(options, options.workspace or Path(folder)))
    except (DataMissing, IngestionError, ModelError, ResearchError, OSError) as error:
        print(f"multihop_answers: {error}", file=sys.stderr)
        return 1
    print(render_said(said))
    if options.json:
        numbers = [asdict(one) for one in said]
        options.json.write_text(json.dumps(numbers, indent=2) + "\n", encoding="utf-8")
    return 0


def _measure(options: argparse.Namespace, folder: Path) -> Iterator[Said]:
    pool = load_multihop(options.data)
    golds = load_golds(options.data)
    workspace = Workspace(folder, BuiltinEmbedder())
    ids = {name: key for key, name in add_pool(workspace, pool, lambda text: None).items()}
    model = LlamaChatModel(options.model or find_builtin_chat())
    kept = load_said(options.out)
    for group in _FILES:
        for sought in [one for one in pool.sought if one.group == group][: options.limit]:
            said = kept.get(sought.question_id)
            if said is None:
                said = _ask(sought, golds[sought.question_id], workspace, model, ids[group])
                keep_said(options.out, said)
                print(f"{group}: {said.answer or '-'} | {said.draft}", file=sys.stderr, flush=True)
            yield said


def _ask(
    sought: Sought, golds: tuple[str, ...], store: Workspace, model: ChatModel, document_id: str
) -> Said:
    asked = Question(sought.text, (document_id,), "question")
    result = finish_research(run_research(asked, store, model))
    return Said(
        sought.question_id,
        sought.group,
        golds,
        read_answer(result),
        read_draft(result),
        result.verdict.label,
        round(result.timings["total"], 3),
    )


def read_answer(result: ResearchResult) -> str:
    """Return the answer that the desk stands by; "" where it does not find it verified."""
    is_open = result.verdict.label == "NOT_ENOUGH_INFO" or result.answer.kind == "not_disclosed"
    return "" if is_open else result.answer.text


def read_draft(result: ResearchResult) -> str:
    """Return what the model answered; where it was not asked, the desk's answer."""
    if result.draft is None:
        return read_answer(result)
    return parse_final_answer(result.draft) or result.draft


def load_golds(data: Path) -> dict[str, tuple[str, ...]]:
    """Return the answers that count as right, by the question's id.

    Raises:
        DataMissing: a file is not there, or a line of it has no answer.
    """
    golds: dict[str, tuple[str, ...]] = {}
    for file in _FILES.values():
        for number, row in read_rows(data / _FOLDER / file):
            key = row.get("_id") or row.get("id")
            if not isinstance(key, str) or not isinstance(row.get("answer"), str):
                raise DataMissing(f"Line {number} of {data / _FOLDER / file} has no answer.")
            golds[key] = (row["answer"], *(row.get("answer_aliases") or ()))
    return golds


def load_said(path: Path | None) -> Mapping[str, Said]:
    """Return what an earlier run kept, by question; a last line that was cut off is left out."""
    if path is None or not path.exists():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines.pop()
        path.write_text("".join(lines), encoding="utf-8")
    rows = [json.loads(line) for line in lines]
    return {row["question_id"]: Said(**{**row, "golds": tuple(row["golds"])}) for row in rows}


def keep_said(path: Path | None, said: Said) -> None:
    """Add a line to the file of answers, if there is one."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(said), ensure_ascii=False) + "\n")


def render_said(said: Sequence[Said]) -> str:
    """Return exact match and F1 of answers and drafts by set, and of all together."""
    groups = {group: [one for one in said if one.group == group] for group in _FILES}
    rows = [
        [
            name,
            str(len(of_group)),
            str(sum(bool(one.answer) for one in of_group)),
            *(
                render_share(fmean(best_of(how, getattr(one, what), one.golds) for one in of_group))
                for what in ("answer", "draft")
                for how in (exact_match, token_f1)
            ),
            render_number(median(one.seconds for one in of_group), 1),
        ]
        for name, of_group in {**groups, "all": list(said)}.items()
        if of_group
    ]
    header = ["set", "questions", "answered", "EM", "F1", "draft EM", "draft F1", "median s"]
    return render_table(header, rows)


if __name__ == "__main__":
    sys.exit(main())
