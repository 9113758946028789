"""What is heard waits for its reader in a bounded queue that never drops in silence."""

from bridge.chat import EPHEMERAL, Channel, InteractionCreated, Listening, Message
from bridge.sessions.pool import SelfbotSessions
from bridge.sessions.port import Session
from tests.sessions.conftest import HERE, Listener, Stored, until
from tests.sessions.fake_discord import OTHER_CHANNEL, TOKEN, FakeDiscord
from tests.sessions.fake_wire import USER

AGAIN = Listening(is_resumed=False, user_id=USER)


async def test_an_overflow_ends_the_connection_until_the_history_is_to_be_read(
    discord: FakeDiscord, session: Session
) -> None:
    for number in range(30):
        await discord.say(str(number))
    await until(session, "reconnecting")

    listener = Listener(session)
    heard = [await listener.next() for _ in range(21)]

    assert heard[0] == AGAIN
    assert [message.id for message in heard[1:20] if isinstance(message, Message)] == [
        str(n) for n in range(19)
    ]
    assert heard[20] == AGAIN
    assert session.condition.is_connected


async def test_what_history_cannot_show_has_a_reserve(
    discord: FakeDiscord, sessions: SelfbotSessions, session: Session, stored: Stored
) -> None:
    beside = Listener(sessions.open(TOKEN, Channel(HERE.guild, OTHER_CHANNEL), stored))
    await beside.next()
    for number in range(25):
        await discord.say(str(number))
    await until(session, "reconnecting")
    await discord.say("90", "refused", flags=EPHEMERAL)
    await discord.dispatch("INTERACTION_CREATE", {"id": "91", "nonce": "92"})
    await beside.next()

    listener = Listener(session)
    heard = [await listener.next() for _ in range(23)]

    assert heard[20] == Message("90", HERE.id, content="refused", flags=EPHEMERAL)
    assert heard[21] == InteractionCreated("91", "92")
    assert heard[22] == AGAIN


async def test_after_an_overflow_a_resume_counts_as_none(discord: FakeDiscord, session: Session) -> None:
    for number in range(30):
        await discord.say(str(number))
    await until(session, "reconnecting")
    await discord.drop()
    await discord.until(lambda: bool(discord.requests("resumed")))

    listener = Listener(session)
    heard = [await listener.next() for _ in range(21)]

    assert heard[20] == AGAIN
    assert not any(isinstance(each, Listening) and each.is_resumed for each in heard)


async def test_gateway_order_is_kept(discord: FakeDiscord, session: Session) -> None:
    listener = Listener(session)
    await listener.next()

    for number in range(200):
        await discord.say(str(number))
        await discord.dispatch("INTERACTION_CREATE", {"id": str(number), "nonce": "1"})
        heard = [await listener.next(), await listener.next()]
        assert [getattr(each, "id", None) for each in heard] == [str(number)] * 2


async def test_a_frame_that_comes_twice_is_heard_once(discord: FakeDiscord, session: Session) -> None:
    listener = Listener(session)
    await listener.next()
    message = {"id": "1", "channel_id": HERE.id, "content": "once"}

    await discord.dispatch("MESSAGE_CREATE", message, sequence=50)
    await discord.dispatch("MESSAGE_CREATE", message, sequence=50)
    await discord.dispatch("MESSAGE_CREATE", {**message, "id": "2"}, sequence=49)

    assert [getattr(await listener.next(), "id", None) for _ in range(2)] == ["1", "2"]
