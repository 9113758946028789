"""Runs an interaction: what can be repeated first, then the one POST, then what its answer means."""

from collections.abc import Callable
from typing import Final, assert_never

import structlog

from bridge.chat import ButtonPress, Channel, Interaction, ModalSubmit, SlashCommand
from bridge.sessions.port import NotSent, Rejected, Sent, Unknown
from bridge.sessions.selfbot.answers import Answer, account_trouble, channel_trouble, judge
from bridge.sessions.selfbot.command_index import CommandIndex
from bridge.sessions.selfbot.one_post import NeverSent, NoAnswer, OnePost
from bridge.sessions.selfbot.options import Unsendable
from bridge.sessions.selfbot.outgoing import (
    Payload,
    Place,
    check,
    command_payload,
    files_of,
    press_payload,
    submit_payload,
)
from bridge.sessions.selfbot.rest import OnTrouble, Unanswered
from bridge.sessions.selfbot.upload import Uploads
from bridge.sessions.trouble import trace_of

log = structlog.get_logger(__name__)

PASSING: Final = frozenset({401, 403, 404, 408, 425, 429})
"""Refusals that are about the account, the channel or the moment, not about the command."""


class _NoSession(Exception):
    """The gateway session was lost while the interaction was being prepared."""


class Sender:
    """Sends interactions of one account; `session_id` says which gateway session is live, if one is.

    `on_trouble` hears what an answer says of the account.
    """

    def __init__(
        self,
        index: CommandIndex,
        uploads: Uploads,
        post: OnePost,
        session_id: Callable[[], str | None],
        on_trouble: OnTrouble,
    ) -> None:
        self._on_trouble = on_trouble
        self._index = index
        self._uploads = uploads
        self._post = post
        self._session_id = session_id

    async def send(
        self, channel: Channel, interaction: Interaction, nonce: str, on_channel_trouble: OnTrouble
    ) -> Sent:
        """Run `interaction`; `on_channel_trouble` hears what is wrong with the account in this channel."""
        try:
            payload = await self._prepare(channel, interaction, nonce)
        except Unsendable as error:
            return NotSent(str(error), is_lasting=True)
        except Unanswered as error:
            _tell_channel(error.answer, on_channel_trouble)
            return NotSent(str(error), is_lasting=_is_lasting(error.status))
        except _NoSession:
            return NotSent("the connection was lost before the interaction was sent")
        except Exception as error:  # noqa: BLE001 - one request: whatever it is, nothing was posted
            log.warning("interaction_not_prepared", nonce=nonce, trace=trace_of(error))
            return NotSent(f"the interaction could not be prepared ({type(error).__name__})")
        return await self._submit(channel, payload, on_channel_trouble)

    async def _prepare(self, channel: Channel, interaction: Interaction, nonce: str) -> Payload:
        match interaction:
            case SlashCommand():
                return await self._prepare_command(channel, interaction, nonce)
            case ButtonPress():
                return press_payload(self._place(channel, nonce), interaction)
            case ModalSubmit():
                return submit_payload(self._place(channel, nonce), interaction)
            case _:
                assert_never(interaction)

    async def _prepare_command(self, channel: Channel, asked: SlashCommand, nonce: str) -> Payload:
        command = await self._index.find(channel.guild, asked)
        check(command, asked)
        uploads = await self._uploads.upload(channel.id, files_of(asked))
        return command_payload(self._place(channel, nonce), command, asked, uploads)

    def _place(self, channel: Channel, nonce: str) -> Place:
        session_id = self._session_id()
        if session_id is None:
            raise _NoSession
        return Place(channel, session_id, nonce)

    async def _submit(self, channel: Channel, payload: Payload, on_channel_trouble: OnTrouble) -> Sent:
        try:
            answer = await self._post.post(payload)
        except NeverSent as error:
            return NotSent(str(error))
        except NoAnswer as error:
            return Unknown(str(error))
        except Exception as error:  # noqa: BLE001 - one request: whatever it is, it may have been posted
            log.warning("interaction_outcome_unknown", trace=trace_of(error))
            return Unknown(f"the POST ended unexpectedly ({type(error).__name__})")
        sent = judge(answer)
        if isinstance(sent, Rejected):
            self._learn(channel, answer, sent, on_channel_trouble)
        return sent

    def _learn(self, channel: Channel, answer: Answer, sent: Rejected, on_channel_trouble: OnTrouble) -> None:
        log.info("interaction_rejected", status=answer.status, code=answer.code, is_stale=sent.is_stale)
        if trouble := account_trouble(answer):
            self._on_trouble(trouble)
        else:
            _tell_channel(answer, on_channel_trouble)
        if sent.is_stale:
            self._index.forget(channel.guild)


def _tell_channel(answer: Answer | None, on_channel_trouble: OnTrouble) -> None:
    trouble = channel_trouble(answer) if answer is not None else None
    if trouble is not None:
        on_channel_trouble(trouble)


def _is_lasting(status: int | None) -> bool:
    """Tell whether a refusal before the POST is about this command, and will be the same again."""
    return status is not None and 400 <= status < 500 and status not in PASSING
