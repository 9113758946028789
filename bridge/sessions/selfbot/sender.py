"""Runs an interaction in two steps: first everything repeatable, then exactly one POST."""

from collections.abc import Callable
from typing import Final, assert_never

import structlog

from bridge.chat import ButtonPress, Channel, Interaction, ModalSubmit, SlashCommand
from bridge.ports import Clock
from bridge.sessions.port import NotSent, Prepared, Rejected, Sent, Throttled, Unknown
from bridge.sessions.selfbot.answers import (
    Answer,
    account_trouble,
    channel_trouble,
    is_blocked,
    judge,
    retry_after_s,
)
from bridge.sessions.selfbot.command_index import CommandIndex
from bridge.sessions.selfbot.one_post import NeverSent, NoAnswer, OnePost
from bridge.sessions.selfbot.options import Unsendable
from bridge.sessions.selfbot.outgoing import (
    Payload,
    check,
    command_of,
    command_payload,
    files_of,
    press_payload,
    submit_payload,
)
from bridge.sessions.selfbot.rate_limit import ASKED_TO_WAIT, Hold
from bridge.sessions.selfbot.rest import NoUsableAnswer, OnTrouble
from bridge.sessions.selfbot.upload import AttachmentUploads
from bridge.sessions.trouble import trace_of

log = structlog.get_logger(__name__)

FRESH_MS: Final = 600_000
"""How long a prepared interaction may be posted.

Discord does not document how long it keeps an unused upload. Its own client uses one at once.
"""
PASSING: Final = frozenset({401, 403, 404, 408, 425, 429})
"""Refusals that are about the account, the channel or the moment, not about the command."""


class InteractionSender:
    """Sends interactions of one account; `session_id` returns the current gateway session, None without one.

    `on_trouble` is called if an answer shows a problem of the account.
    """

    def __init__(
        self,
        index: CommandIndex,
        uploads: AttachmentUploads,
        post: OnePost,
        hold: Hold,
        clock: Clock,
        session_id: Callable[[], str | None],
        on_trouble: OnTrouble,
    ) -> None:
        self._on_trouble = on_trouble
        self._index = index
        self._uploads = uploads
        self._post = post
        self._hold = hold
        self._clock = clock
        self._session_id = session_id
        self._blocked_ms = -1

    async def prepare(
        self, channel: Channel, interaction: Interaction, on_channel_trouble: OnTrouble
    ) -> Prepared | NotSent:
        """Look up, check, upload; calls `on_channel_trouble` if the account has a problem in the channel."""
        made_ms = self._clock.monotonic_ms()
        try:
            payload = await self._payload(channel, interaction)
        except Unsendable as error:
            return NotSent(str(error), is_lasting=True)
        except NoUsableAnswer as error:
            _tell_channel(error.answer, on_channel_trouble)
            is_outage = error.status is None or error.status >= 500
            return NotSent(str(error), is_lasting=_is_lasting(error.status), is_outage=is_outage)
        except Exception as error:  # noqa: BLE001 - one request: whatever it is, nothing was posted
            log.warning("interaction_not_prepared", trace=trace_of(error))
            return NotSent(f"the interaction could not be prepared ({type(error).__name__})")
        return Prepared(interaction, made_ms, payload)

    def is_current(self, channel: Channel, prepared: Prepared) -> bool:
        """Return whether it was prepared recently enough and its command has not changed."""
        command = command_of(prepared.payload)
        is_known = command is None or self._index.offers(channel.guild, command)
        is_young = self._clock.monotonic_ms() - prepared.made_ms < FRESH_MS
        return is_known and is_young and prepared.made_ms > self._blocked_ms

    async def post(
        self,
        channel: Channel,
        prepared: Prepared,
        nonce: str,
        on_channel_trouble: OnTrouble,
        leave_within_s: float,
    ) -> Sent:
        """POST a prepared interaction once; the current gateway session receives its events."""
        session_id = self._session_id()
        if session_id is None:
            return NotSent("the connection was lost before the interaction was sent")
        if self._hold.is_on:
            return NotSent(ASKED_TO_WAIT)
        payload = {**prepared.payload, "session_id": session_id, "nonce": nonce}
        sent = await self._posted(payload, leave_within_s)
        if not isinstance(sent, Answer):
            return sent
        return self._judged(channel, sent, on_channel_trouble)

    async def _payload(self, channel: Channel, interaction: Interaction) -> Payload:
        match interaction:
            case SlashCommand():
                return await self._command(channel, interaction)
            case ButtonPress():
                return press_payload(channel, interaction)
            case ModalSubmit():
                return submit_payload(channel, interaction)
            case _:
                assert_never(interaction)

    async def _command(self, channel: Channel, asked: SlashCommand) -> Payload:
        command = await self._index.find(channel.guild, asked)
        check(command, asked)
        uploads = await self._uploads.upload(channel, files_of(asked))
        return command_payload(channel, command, asked, uploads)

    async def _posted(self, payload: Payload, leave_within_s: float) -> Answer | NotSent | Unknown:
        try:
            return await self._post.post(payload, leave_within_s)
        except NeverSent as error:
            return NotSent(str(error))
        except NoAnswer as error:
            return Unknown(str(error))
        except Exception as error:  # noqa: BLE001 - one request: whatever it is, it may have been posted
            log.warning("interaction_outcome_unknown", trace=trace_of(error))
            return Unknown(f"the POST ended unexpectedly ({type(error).__name__})")

    def _judged(self, channel: Channel, answer: Answer, on_channel_trouble: OnTrouble) -> Sent:
        sent = judge(answer)
        if is_blocked(answer):
            self._wait_for_the_way(answer)
        if isinstance(sent, Throttled) and sent.is_global:
            self._hold.keep(sent.retry_after_s)
        if isinstance(sent, Rejected):
            self._learn(channel, answer, sent, on_channel_trouble)
        return sent

    def _wait_for_the_way(self, answer: Answer) -> None:
        """POST nothing for a while, and until a look-up, which can be repeated, has succeeded."""
        log.warning("interaction_blocked", status=answer.status)
        self._hold.keep(retry_after_s(answer))
        self._blocked_ms = self._clock.monotonic_ms()
        self._index.discard_all()

    def _learn(self, channel: Channel, answer: Answer, sent: Rejected, on_channel_trouble: OnTrouble) -> None:
        log.info("interaction_rejected", status=answer.status, code=answer.code, is_stale=sent.is_stale)
        if trouble := account_trouble(answer):
            self._on_trouble(trouble)
        else:
            _tell_channel(answer, on_channel_trouble)
        if sent.is_stale:
            self._index.discard(channel.guild)


def _tell_channel(answer: Answer | None, on_channel_trouble: OnTrouble) -> None:
    trouble = channel_trouble(answer) if answer is not None else None
    if trouble is not None:
        on_channel_trouble(trouble)


def _is_lasting(status: int | None) -> bool:
    """Return whether a refusal before the POST is about this command, so that a retry cannot help."""
    return status is not None and 400 <= status < 500 and status not in PASSING
