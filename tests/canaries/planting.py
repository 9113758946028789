"""Marks every secret that this process makes: the simulated Discord's tokens and those of the bridge."""

import base64
import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import bridge.access.token_text
import bridge.cli.running
import bridge.cli.tokens
import bridge.sandbox.acts.starting
import bridge.sandbox.tokens
import bridge.store.key_files
import bridge.store.rows.webhook_secrets


def plant() -> None:
    """Replace what makes secrets, under every name by which the bridge knows it."""
    replace(bridge.sandbox.tokens.new_token, discord_token)
    replace(bridge.sandbox.acts.starting.new_interaction_token, interaction_token)
    replace(bridge.access.token_text.new_token, api_token)
    replace(bridge.store.rows.webhook_secrets.made, webhook_secret)
    replace(bridge.store.key_files.made, encryption_key)


def replace(original: Callable[..., Any], planted: Callable[..., Any]) -> None:
    """Replace a function in every module that has imported it."""
    counted = _counted(planted)
    for module in [module for name, module in sys.modules.items() if name.startswith("bridge.")]:
        for name in [name for name, value in vars(module).items() if value is original]:
            setattr(module, name, counted)


def _counted(planted: Callable[..., str]) -> Callable[..., str]:
    """Return a function that also notes what was planted, so that a run without canaries is no proof."""

    def made(*given: Any) -> str:
        text = planted(*given)
        with (Path(os.environ["CANARIES"]) / f"planted-{os.getpid()}").open("a") as file:
            file.write(f"{planted.__name__}\n")
        return text

    return made


def discord_token(user_id: int, rng: Random) -> str:
    """Return a token in Discord's form."""
    first = base64.urlsafe_b64encode(str(user_id).encode()).decode().rstrip("=")
    return f"{first}.{rng.getrandbits(24):06x}.CANARYdx{rng.getrandbits(120):030x}"


def interaction_token(sim: Any) -> str:
    """Return a token in the form of the simulator."""
    return f"aW50ZXJhY3Rpb24{sim.rng.getrandbits(400):0100x}CANARYix{sim.rng.getrandbits(256):064x}"


def api_token() -> str:
    """Return a token in the form of the bridge."""
    text = f"pvb_CANARYax{secrets.token_hex(14)}"
    return text + bridge.access.token_text.checksum(text)


def webhook_secret() -> str:
    """Return a secret of 32 bytes."""
    return "whsec_CANARYwA" + base64.b64encode(secrets.token_bytes(26)).decode()


def encryption_key() -> str:
    """Return a key of 32 bytes."""
    return "CANARYkA" + secrets.token_urlsafe(26)
