"""The contract's texts for a job that could not be sent to Discord."""

from typing import Final

NEEDS_ATTENTION: Final = "Account {channel} needs attention"
CANNOT_BE_SENT: Final = "The command could not be sent to Discord"


def rejected(status: int) -> str:
    """Return the text for a refusal by Discord."""
    return f"Discord /interactions failed with HTTP status {status}"


THROTTLED: Final = rejected(429)


def not_available(channel: str) -> str:
    """Return the text for a channel in which the person of a token belongs to another tenant."""
    return f"Channel {channel} is not available"


def needs_attention(channel: str) -> str:
    """Return the text for an account that cannot be used."""
    return NEEDS_ATTENTION.format(channel=channel)
