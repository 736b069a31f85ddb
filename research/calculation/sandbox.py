"""Running a program that a model wrote, where it can reach nothing and cannot run on.

The interpreter (`pydantic_monty`) is a process of its own without files, network, environment or
host functions; time, memory and recursion are bounded. The result is the variable `ans`, as
AceSearcher's programs have it. Knows nothing of what a program is about.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import pydantic_monty

Failure = Literal[
    "empty", "syntax", "refused", "time", "memory", "recursion", "missing", "crash", "error",
    "no answer", "not a value",
]  # fmt: skip
Input = Decimal | int | float | str | bool
Output = int | float | str | bool | list[int | float | str | bool]

_SECONDS = 1.0
# The interpreter ends a program by itself; what hangs it all the same is ended from outside.
_LAST_SECONDS = 2.0
_MEMORY = 64 * 2**20
# No clock and no chance: asked of a host that is not there, so that a result can be had again.
_POLICY = pydantic_monty.OSPolicy(datetime="call_host", random_start="call_host")
_RECURSION = 200
_LONGEST_PROGRAM = 20_000
_LONGEST_TEXT = 2_000
_LONGEST_LIST = 1_000
# Integers beyond this say nothing of money.
_LARGEST = 10**40
_FENCE = re.compile(r"```(?:python|py)?\s*\n(.*?)(?:```|\Z)", re.DOTALL | re.IGNORECASE)
_CODE_LINE = re.compile(
    r"^(?:\s*#|\s*(?:from|import|def|for|while|if|elif|else|return|print|try|except|with|class)\b"
    r"|\s*[A-Za-z_]\w*\s*(?:=|\+=|-=|\*=|/=|\()|\s+\S|\s*[)\]}]|\s*$)"
)
_MISSING = re.compile(
    r"No module named '([^']+)'|name '([^']+)' is not defined|attribute '([^']+)'"
)

_MISSING_ERRORS = ("ImportError", "ModuleNotFoundError", "NameError", "AttributeError")


@dataclass(frozen=True, slots=True)
class ProgramResult:
    """What a program gave: a plain value, or why there is none, in words for the user."""

    value: Output | None
    failure: Failure | None = None
    message: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether there is a value."""
        return self.failure is None


def extract_program(text: str) -> str:
    """Return the program in what a model wrote, without fences and the prose around it; or ""."""
    fenced: list[str] = _FENCE.findall(text)
    if fenced:
        return max(fenced, key=len).strip()[:_LONGEST_PROGRAM]
    lines = text.splitlines()
    while lines and not _CODE_LINE.match(lines[0]):
        lines.pop(0)
    kept: list[str] = []
    for line in lines:
        if not _CODE_LINE.match(line):
            break
        kept.append(line)
    return "\n".join(kept).strip()[:_LONGEST_PROGRAM]


def run_program(source: str, inputs: Mapping[str, Input] | None = None) -> ProgramResult:
    """Run a program and return its `ans`, or the value of its last expression.

    Never raises for what the program does: every way in which it can fail has a name.
    """
    if not source.strip():
        return ProgramResult(None, "empty", "There is no program.")
    given = {name: _to_plain(value) for name, value in (inputs or {}).items()}
    limits = pydantic_monty.ResourceLimits(
        max_feed_duration_secs=_SECONDS,
        max_turn_duration_secs=_SECONDS,
        max_memory=_MEMORY,
        max_recursion_depth=_RECURSION,
        max_total_sleep_secs=0.0,
    )
    try:
        with (
            pydantic_monty.Monty(max_processes=1, request_timeout=_LAST_SECONDS) as pool,
            pool.checkout(limits=limits, os_policy=_POLICY) as session,
        ):
            # What it prints is taken in and thrown away.
            last = session.feed_run(
                source, inputs=given, print_callback=pydantic_monty.CollectString()
            )
            try:
                value = session.feed_run("ans")
            except pydantic_monty.MontyRuntimeError:
                value = last
    except pydantic_monty.MontySyntaxError as error:
        return ProgramResult(None, "syntax", f"The program does not parse: {_shorten(error)}")
    except pydantic_monty.MontyRuntimeError as error:
        return _name_failure(error)
    except (pydantic_monty.MontyCrashedError, TimeoutError) as error:
        return ProgramResult(None, "crash", f"The program was stopped: {_shorten(error)}")
    except (pydantic_monty.MontyError, ValueError, OverflowError) as error:
        return ProgramResult(None, "error", f"The program failed: {_shorten(error)}")
    return _take_value(value)


def _to_plain(value: Input) -> int | float | str | bool:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _name_failure(error: pydantic_monty.MontyRuntimeError) -> ProgramResult:
    text = str(error)
    kinds: tuple[tuple[str, Failure, str], ...] = (
        ("TimeoutError", "time", f"The program ran longer than {_SECONDS:g} second."),
        ("MemoryError", "memory", f"The program wanted more than {_MEMORY >> 20} MiB."),
        ("RecursionError", "recursion", "The program calls itself too deeply."),
        ("PermissionError", "refused", "The program asked for what it may not have."),
        ("is not supported in this environment", "refused", "The program asked for its host."),
        ("NotImplementedError", "missing", "The program uses what the interpreter lacks."),
    )
    for name, failure, message in kinds:
        if name in text:
            return ProgramResult(None, failure, f"{message} ({_shorten(error)})")
    missing = _MISSING.search(text)
    if missing and any(name in text for name in _MISSING_ERRORS):
        what = next(group for group in missing.groups() if group)
        return ProgramResult(None, "missing", f'The program uses "{what}", which there is not.')
    return ProgramResult(None, "error", f"The program failed: {_shorten(error)}")


def _take_value(value: object) -> ProgramResult:
    if value is None:
        return ProgramResult(None, "no answer", "The program leaves no answer in `ans`.")
    if isinstance(value, list | tuple):
        items = [_check_value(item) for item in value[:_LONGEST_LIST]]
        if not items or any(item is None for item in items) or len(value) > _LONGEST_LIST:
            return ProgramResult(None, "not a value", "The answer is no list of plain values.")
        return ProgramResult([item for item in items if item is not None])
    checked = _check_value(value)
    if checked is None:
        told = f"The answer is no plain value but {type(value).__name__}, or no finite number."
        return ProgramResult(None, "not a value", told)
    return ProgramResult(checked)


def _check_value(value: object) -> int | float | str | bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < _LARGEST else None
    if isinstance(value, float):
        return value if math.isfinite(value) and abs(value) < _LARGEST else None
    return value if isinstance(value, str) and len(value) <= _LONGEST_TEXT else None


def _shorten(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    last = lines[-1].strip() if lines else type(error).__name__
    return last if len(last) <= 160 else last[:159] + "\u2026"
