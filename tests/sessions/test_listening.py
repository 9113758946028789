"""What a session hears, and in what order."""

from bridge.chat import Listening, Message
from bridge.sessions.port import Session
from tests.sessions.conftest import Listener
from tests.sessions.fake_discord import GUILD, FakeDiscord
from tests.sessions.fake_wire import USER


async def test_a_session_listens_only_after_its_guild_is_subscribed(
    discord: FakeDiscord, session: Session
) -> None:
    listener = Listener(session)
    await discord.until(lambda: bool(discord.ops(37)))

    await discord.say("1", "hello")

    assert await listener.next() == Listening(is_resumed=False, user_id=USER)
    assert await listener.next() == Message("1", "300000000000000003", content="hello")
    assert list(discord.ops(37)[0]["subscriptions"]) == [GUILD]
