"""Keeps libraries from reaching out. Called before any of them is imported."""

from __future__ import annotations

import os

_SWITCHES = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "GRADIO_ANALYTICS_ENABLED": "False",
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


_HUB_SWITCHES = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


def go_offline(*, but_for_the_hub: bool = False) -> None:
    """Set the switches by which libraries are told to stay on this machine.

    `but_for_the_hub` leaves those of the model hub as the user has set them.
    """
    for name, value in _SWITCHES.items():
        if not (but_for_the_hub and name in _HUB_SWITCHES):
            os.environ[name] = value
