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


# What the user had set of them before this program set its own.
_BEFORE: dict[str, str | None] = {}


def go_offline(*, but_for_the_hub: bool = False) -> None:
    """Set the switches by which libraries are told to stay on this machine.

    `but_for_the_hub` leaves those of the model hub as the user has set them.
    """
    for name, value in _SWITCHES.items():
        if but_for_the_hub and name in _HUB_SWITCHES:
            continue
        _BEFORE.setdefault(name, os.environ.get(name))
        os.environ[name] = value


def environment_before() -> dict[str, str]:
    """Return the environment as the user has set it, for another program."""
    found = dict(os.environ)
    for name, value in _BEFORE.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = value
    return found
