"""Checks the account and the `replyUrl` of a job before anything is stored."""

from typing import Final

from bridge.api.contract.fields import INCOMPLETE, NO_ID
from bridge.api.contract.requests import PlacedForm
from bridge.api.http.answers import Refusal
from bridge.api.http.request_body import Fields
from bridge.callbacks.addresses import AllowedAddresses
from bridge.callbacks.receiver_url import refusal
from bridge.chat import is_snowflake

_PLACE: Final = ("discord", "server", "channel")
_PLACES: Final = (
    "Give channel, or discord and channel, or discord, server and channel, or none of them; given: {given}"
)


def check_place(fields: Fields) -> None:
    """Refuse an incomplete account: allowed are all fields, the channel with or without a token, or none."""
    given = [name for name in _PLACE if fields.get(name) is not None]
    if given not in ([], ["channel"], ["discord", "channel"], list(_PLACE)):
        raise Refusal(400, INCOMPLETE, _PLACES.format(given=", ".join(given)))


def check_ids(form: PlacedForm) -> None:
    """Refuse invalid Discord ids; an unknown channel alone is a 404 later."""
    if form.channel is not None and form.discord is not None and not is_snowflake(form.channel):
        raise Refusal(400, f"channel {form.channel[:100]} is not valid Discord channel id", NO_ID)
    if form.server is not None and not is_snowflake(form.server):
        raise Refusal(400, f"server {form.server[:100]} is not valid Discord server id", NO_ID)


def check_reply_url(url: str | None, allowed: AllowedAddresses) -> None:
    """Refuse a URL that callbacks may not go to."""
    reason = None if url is None else refusal(url, allowed)
    if reason is not None:
        raise Refusal(400, "replyUrl is not an allowed URL", f"replyUrl {reason}")
