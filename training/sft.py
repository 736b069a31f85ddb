"""Supervised fine-tuning: a LoRA adapter over the weights that will run, from examples.

The base is a GGUF file, and its weights are taken as that file computes with them, so that what
is learnt fits them. Low-rank pairs on all linear layers (arXiv 2106.09685), AdamW, a cosine after
a short rise, one epoch, as AceSearcher's first stage. Runs through transformers' Trainer, which
brings checkpoints, GPUs and several machines (accelerate). Knows rows; builds no data.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

from models.builtin import hash_file
from models.conversion.adapter_reading import write_adapter_folder
from models.conversion.dequantising import write_checkpoint
from models.precision import BFLOAT16, probe_precision
from training.errors import DataError, ExtraMissing, RunError
from training.examples import Example, read_examples
from training.packing import Row, group_examples, pack_groups
from training.tokenizing import open_format, tokenize_examples

ADAPTER_FOLDER = "adapter"
BASE_FOLDER = "base"
_START_FOLDER = "start"
_RUN_FILE = "run.json"
_CHECKPOINTS = "checkpoints"


@dataclass(frozen=True, slots=True)
class TuningSettings:
    """How a run learns.

    `row_tokens` is the length of a row, but for those that share a window, which may have as many
    as `longest`; `rows_a_step` is how many make one step of the optimiser (on each device), `rate`
    the highest learning rate, `save_steps` how often a checkpoint is kept.
    """

    rank: int = 16
    rate: float = 1e-3
    epochs: float = 1.0
    row_tokens: int = 448
    longest: int = 832
    rows_a_step: int = 2
    warmup: float = 0.03
    save_steps: int = 100
    seed: int = 17


@dataclass(frozen=True, slots=True)
class Run:
    """What a run has learnt from: kept beside it, so that it is not gone on with by mistake."""

    base: str
    data_sha256: str
    examples: int
    rows: int
    tokens: int
    settings: dict[str, Any]
    start_sha256: str | None = None


def tune(
    base: Path,
    data: Path,
    folder: Path,
    settings: TuningSettings,
    say: Callable[[str], None],
    start: Path | None = None,
) -> Path:
    """Learn an adapter for `base` (GGUF) from `data` (examples, JSONL); returns PEFT's folder.

    It starts from nothing, or from what the adapter `start` (GGUF) has learnt, whose rank it then
    keeps. A run that was stopped goes on from its last checkpoint when it is called again with the
    same base, data, settings and start.

    Raises:
        ExtraMissing: the libraries of the extra are not installed.
        DataError: there is nothing to learn from.
        RunError: `folder` holds a run of something else.
        ModelFileError, CheckpointError: `start` is no adapter of this base.
    """
    require_extra()
    rows, count = build_rows(base, list(read_examples(data)), settings)
    tokens = sum(len(row) for row in rows)
    begun = hash_file(start) if start else None
    run = Run(base.name, hash_file(data), count, len(rows), tokens, asdict(settings), begun)
    _require_same(folder, run)
    say(f"{count} examples in {len(rows)} rows of {tokens:,} tokens.")
    checkpoint = folder / BASE_FOLDER
    if not (checkpoint / "config.json").exists():
        say(f"Reading the weights that {base.name} computes with.")
        write_checkpoint(base, checkpoint)
    if start:
        write_adapter_folder(start, base, folder / _START_FOLDER)
    model = _build_model(checkpoint, settings, folder / _START_FOLDER if start else None)
    trainer = _build_trainer(model, rows, folder, settings, say)
    last = _find_last_checkpoint(folder / _CHECKPOINTS)
    if last:
        say(f"Going on from {Path(last).name}.")
    trainer.train(resume_from_checkpoint=last)
    if trainer.is_world_process_zero():
        model.save_pretrained(str(folder / ADAPTER_FOLDER))
    return folder / ADAPTER_FOLDER


def require_extra() -> None:
    """Raise ExtraMissing where the libraries are not installed."""
    try:
        import accelerate  # noqa: F401  # looked for, not used here
        import peft  # noqa: F401
    except ImportError as error:
        raise ExtraMissing(
            f"Training needs the extra `train` ({error.name} is missing): "
            "pip install -c constraints.txt 'acedesk[train]'."
        ) from error


def build_rows(
    base: Path, examples: Sequence[Example], settings: TuningSettings
) -> tuple[list[Row], int]:
    """Return rows, and how many examples are in them; those longer than the longest are left out.

    Raises:
        DataError: none is left.
    """
    format_, end = open_format(base)
    found = list(tokenize_examples(examples, format_, end, settings.longest))
    if not found:
        raise DataError("There is no example to learn from. Build the data: `acedesk train data`.")
    groups = group_examples(found, settings.longest)
    count = sum(len(group.tails) for group in groups)
    return pack_groups(groups, settings.row_tokens, Random(settings.seed)), count


def _require_same(folder: Path, run: Run) -> None:
    """Write down what the run learns from, or see that it is what it was."""
    path = folder / _RUN_FILE
    if path.exists():
        before = json.loads(path.read_text(encoding="utf-8"))
        others = [key for key, value in asdict(run).items() if before.get(key) != value]
        if others:
            raise RunError(
                f"{folder} holds a run with another {' and '.join(others)}. Name another folder, "
                "or remove this one."
            )
        return
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(run), indent=2), encoding="utf-8")


def read_run(folder: Path) -> Run:
    """Return what a run has learnt from.

    Raises:
        RunError: the folder holds no run.
    """
    try:
        return Run(**json.loads((folder / _RUN_FILE).read_text(encoding="utf-8")))
    except (OSError, TypeError, json.JSONDecodeError) as error:
        raise RunError(
            f"{folder} holds no training run. Start one: `acedesk train sft`."
        ) from error


def _build_model(checkpoint: Path, settings: TuningSettings, start: Path | None) -> Any:
    import torch
    from peft import LoraConfig, PeftModel, get_peft_model
    from transformers import AutoModelForCausalLM
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # type: ignore[no-untyped-call]  # the library leaves it so
    torch.manual_seed(settings.seed)
    model = AutoModelForCausalLM.from_pretrained(
        str(checkpoint), dtype=_choose_type(), local_files_only=True, attn_implementation="sdpa"
    )
    if start:
        return PeftModel.from_pretrained(
            model, str(start), is_trainable=True, autocast_adapter_dtype=False
        )
    lora = LoraConfig(
        r=settings.rank,
        lora_alpha=2 * settings.rank,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    # Pairs of another type than the weights would be cast to and fro at each layer.
    return get_peft_model(model, lora, autocast_adapter_dtype=False)


def _choose_type() -> Any:
    """Return the type of torch that is fast here: bfloat16, or float32 where that is emulated."""
    import torch

    if torch.accelerator.is_available():
        return torch.bfloat16
    return torch.bfloat16 if probe_precision() == BFLOAT16 else torch.float32


def _build_trainer(
    model: Any,
    rows: Sequence[Row],
    folder: Path,
    settings: TuningSettings,
    say: Callable[[str], None],
) -> Any:
    import torch
    from transformers import TrainingArguments
    from transformers.trainer_callback import PrinterCallback

    from training.row_trainer import RowTrainer, Teller, collate_row

    arguments = TrainingArguments(
        output_dir=str(folder / _CHECKPOINTS),
        per_device_train_batch_size=1,  # one row: it holds many examples
        gradient_accumulation_steps=settings.rows_a_step,
        learning_rate=settings.rate,
        num_train_epochs=settings.epochs,
        lr_scheduler_type="cosine_with_min_lr",
        lr_scheduler_kwargs={"min_lr_rate": 0.1},
        warmup_steps=settings.warmup,
        # A run has some thousand steps: an average of a thousand would know only its beginning.
        adam_beta2=0.99,
        weight_decay=0.0,
        max_grad_norm=1.0,
        use_cpu=not torch.accelerator.is_available(),
        logging_steps=10,
        save_steps=settings.save_steps,
        save_total_limit=2,
        seed=settings.seed,
        report_to=[],
        remove_unused_columns=False,
        dataloader_pin_memory=False,
        disable_tqdm=True,
    )
    trainer = RowTrainer(
        model=model,
        args=arguments,
        train_dataset=list(rows),
        data_collator=collate_row,
        callbacks=[Teller(say)],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def _find_last_checkpoint(folder: Path) -> str | None:
    from transformers.trainer_utils import get_last_checkpoint

    if not folder.is_dir():
        return None
    found: str | None = get_last_checkpoint(str(folder))  # type: ignore[no-untyped-call]
    return found
