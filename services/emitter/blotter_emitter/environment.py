"""The settings of an emitter that come from the environment."""

import os
from typing import Any, Callable, Dict, Tuple

from .security import Security

_TRUE = ("1", "true", "yes", "on")
_FALSE = ("0", "false", "no", "off")


def _flag(text: str) -> bool:
    return text.lower() in _TRUE


def _spool(text: str) -> Any:
    """A folder, or a word for none."""
    return False if text.lower() in _FALSE else text


READ: Dict[str, Tuple[str, Callable[[str], Any]]] = {
    "BLOTTER_SOURCE": ("source", str),
    "BLOTTER_SYSTEM_ID": ("system_id", str),
    "BLOTTER_KAFKA": ("bootstrap_servers", str),
    "BLOTTER_GATEWAY": ("gateway", str),
    "BLOTTER_API_KEY": ("api_key", str),
    "BLOTTER_DIGEST_KEY": ("digest_key", str),
    "BLOTTER_RAISE_ON_INVALID": ("raise_on_invalid", _flag),
    "BLOTTER_EMITTER_FILE": ("file", str),
    "BLOTTER_EMITTER_SCAN": ("scan", _flag),
    "BLOTTER_EMITTER_SPOOL": ("spool", _spool),
    "BLOTTER_EMITTER_SPOOL_BYTES": ("spool_bytes", int),
    "BLOTTER_EMITTER_SPOOL_CONTENT": ("spool_content", _flag),
    "BLOTTER_EMITTER_QUEUE_BYTES": ("queue_bytes", int),
    "BLOTTER_EMITTER_GATHER_SECONDS": ("gather_seconds", float),
    "BLOTTER_EMITTER_EXIT_TIMEOUT": ("exit_timeout", float),
    "BLOTTER_EMITTER_DELIVERY_TIMEOUT": ("delivery_timeout", float),
    "BLOTTER_EMITTER_WAIT_WHEN_FULL": ("wait_when_full", float),
}
"""Variable, the setting of `Emitter` that it is, and how it is read."""


def settings_of_environment() -> Dict[str, Any]:
    """Those that are set; raises ValueError, naming the variable, for a value that is none."""
    settings: Dict[str, Any] = {"security": Security.from_environment()}
    for variable, (setting, reading) in READ.items():
        text = os.environ.get(variable)
        if text:
            try:
                settings[setting] = reading(text)
            except ValueError:
                raise ValueError(f"{variable} must be a number") from None
    return settings
