"""How large a file may be: by the account's subscription, its server's boosts, and what changes them."""

from pathlib import Path
from typing import Any

import pytest

from bridge.chat import File, SlashCommand
from bridge.sessions.port import NotSent, Session
from bridge.sessions.selfbot.file_limits import MIB, FileLimits
from tests.sessions.conftest import send
from tests.sessions.fake_discord import GUILD, FakeDiscord, answers


def ready(premium_type: object, **guild: Any) -> dict[str, Any]:
    return {"user": {"premium_type": premium_type}, "guilds": [{"id": GUILD, **guild}]}


@pytest.mark.parametrize(
    ("premium_type", "tier", "most"),
    [(0, 0, 10), (0, 1, 10), (0, 2, 50), (0, 3, 100), (1, 0, 50), (3, 0, 50), (3, 3, 100), (2, 3, 500)],
)
@pytest.mark.parametrize("is_nested", [True, False])
def test_the_larger_limit_of_the_subscription_and_of_the_boosts_holds(
    premium_type: int, tier: int, most: int, *, is_nested: bool
) -> None:
    limits, properties = FileLimits(), {"premium_tier": tier}

    limits.learn(ready(premium_type, **({"properties": properties} if is_nested else properties)))

    assert limits.of(GUILD) == most * MIB


@pytest.mark.parametrize(
    "said", [ready(9, premium_tier=1), ready(None, premium_tier=1), ready(0), ready(0, premium_tier=8), {}]
)
def test_what_is_not_known_is_no_limit(said: dict[str, Any]) -> None:
    limits = FileLimits()

    limits.learn(said)

    assert limits.of(GUILD) is None


def test_a_change_of_subscription_or_boosts_changes_the_limit() -> None:
    limits = FileLimits()
    limits.learn(ready(2, premium_tier=1))

    limits.learn_account({"premium_type": 0})
    without = limits.of(GUILD)
    limits.learn_guild({"id": GUILD, "premium_tier": 3})

    assert (without, limits.of(GUILD)) == (10 * MIB, 100 * MIB)


@pytest.mark.parametrize("part", ["POST /channels", "PUT /storage"])
async def test_a_file_that_discord_finds_too_large_is_told_with_its_size_and_not_offered_again(
    discord: FakeDiscord, session: Session, tmp_path: Path, part: str
) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(b"png")
    discord.handlers[part] = answers(413, {"message": "Request entity too large", "code": 40_005})
    picture = File("cat.png", str(path), 3, "image/png")

    sent = await send(session, SlashCommand(None, "create", {"prompt": "a cat", "image": picture}), "1")

    assert isinstance(sent, NotSent)
    assert sent == NotSent("Discord takes no file of 3 bytes from this account (413)", is_lasting=True)
