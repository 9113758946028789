"""Looks at an account that nobody has connected: a login, and no connection to the gateway."""

from bridge.chat import Channel
from bridge.doctor.seen import Seen, Unseen
from bridge.ports import Clock
from bridge.sessions.endpoint import Endpoint
from bridge.sessions.reconnect import Reconnect, ReconnectLimits
from bridge.sessions.selfbot.client import GatewayClient
from bridge.sessions.selfbot.examination import Examination, unseen_by
from bridge.sessions.selfbot.identity import Identity
from bridge.sessions.selfbot.rate_limit import ASKED_TO_WAIT, Hold
from bridge.sessions.selfbot.rest import Rest
from bridge.sessions.trouble import Lost, Troubled


async def examined(
    endpoint: Endpoint, clock: Clock, token: str, place: Channel, most_bytes: int, hold: Hold
) -> Seen:
    """Log in without a connection to the gateway, and return what Discord shows to the account.

    `hold` is the global rate limit of the account's person.
    """
    if hold.is_on:
        return Seen(place, clock.now_ms(), Unseen(ASKED_TO_WAIT))
    pace = Reconnect(clock, ReconnectLimits())
    client = GatewayClient(endpoint, clock, pace, _hear_nothing, lambda _outage: None)
    try:
        await client.log_in(token)
        identity = Identity(token)
        identity.present(client.presented_headers, client.cookies)
        rest = Rest(endpoint, identity, clock, hold, lambda _trouble: None)
        try:
            return await Examination(rest, place, clock, most_bytes).seen()
        finally:
            await rest.aclose()
    except Lost as lost:
        reason, remedy = lost.outage.reason, lost.outage.remedy
        return Seen(place, clock.now_ms(), Unseen(reason, remedy=remedy))
    except Troubled as troubled:
        return Seen(place, clock.now_ms(), unseen_by(troubled.trouble))
    finally:
        await client.shut()


async def _hear_nothing(_frame: object) -> None:
    """Ignore an event: there is no gateway connection."""
