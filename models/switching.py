"""A model that another one can take the place of while it is asked.

What is being written is finished by the model that began it. Knows no engine.
"""

from __future__ import annotations

from models.chat import ChatModel
from models.forwarding import ForwardingChatModel


class SwitchableChatModel(ForwardingChatModel):
    """Wraps the `ChatModel` that answers just now."""

    def switch(self, model: ChatModel) -> None:
        """Ask `model` from the next request on."""
        self._model = model
