"""Which numbers torch is fast in on this processor: bfloat16, or float32 where that is emulated.

Knows no model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# How torch calls instructions that multiply bfloat16. Without them bfloat16 is emulated, which is
# slower than float32, although torch says that it is "supported".
_BFLOAT16_FLAGS = ("avx512_bf16", "amx_bf16")


@dataclass(frozen=True, slots=True)
class Precision:
    """The numbers that a model computes in; `reason` says why it is not the fast one, else ""."""

    name: str
    reason: str = ""

    @property
    def engine(self) -> str:
        """What the user is shown."""
        return f"torch {self.name}" + (f" ({self.reason})" if self.reason else "")


BFLOAT16 = Precision("bfloat16")
FLOAT32 = Precision("float32", "this processor has no fast bfloat16")


def choose_precision(capabilities: Mapping[str, Any], has_onednn: bool) -> Precision:
    """Return bfloat16 where the processor multiplies it and torch's oneDNN uses that."""
    is_fast = has_onednn and any(capabilities.get(flag) for flag in _BFLOAT16_FLAGS)
    return BFLOAT16 if is_fast else FLOAT32


def probe_precision() -> Precision:
    """Return the precision that is fast on this processor, as torch's own probes tell."""
    import torch

    # The probes' place is not promised to stay: without them float32 is right, only slower.
    probe = getattr(torch.cpu, "get_capabilities", dict)
    has_onednn = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    return choose_precision(probe(), has_onednn)
