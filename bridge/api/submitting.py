"""The verbs: a form becomes an order, and what became of it an answer."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web
from yarl import URL

from bridge.api.answers import Refusal
from bridge.api.body import Fields, read_fields
from bridge.api.forms import CreateForm, Form, check_character, read_form
from bridge.api.guard import TENANT
from bridge.api.wording import submitted
from bridge.chat import is_snowflake
from bridge.flows.submit import Order, Submit
from bridge.jobs.command import Command, Verb
from bridge.ports import Clock

_PLACE: Final = ("discord", "server", "channel")


@dataclass(frozen=True, slots=True)
class SubmitResource:
    """Handlers of the verbs."""

    submit: Submit
    clock: Clock

    async def create(self, request: web.Request) -> web.Response:
        """Make four videos of a prompt."""
        fields = await read_fields(request)
        _check_place(fields)
        form = read_form(CreateForm, fields)
        check_character(form)
        command = Command(
            verb=Verb.CREATE,
            prompt=form.prompt,
            negative_prompt=form.negative_prompt,
            style=form.style,
            aspect_ratio=form.aspect_ratio,
            character=form.character,
        )
        return await self._submitted(request, form, command)

    async def _submitted(self, request: web.Request, form: Form, command: Command) -> web.Response:
        outcome = await self.submit.run(_order(request[TENANT], form, command))
        return submitted(outcome, self.clock.now_ms())


def _order(tenant: str, form: Form, command: Command) -> Order:
    _check_ids(form)
    _check_reply_url(form.replyUrl)
    return Order(
        tenant=tenant,
        command=command,
        token=form.discord,
        server=form.server,
        channel=form.channel,
        max_jobs=form.maxJobs,
        reply_url=form.replyUrl,
        reply_ref=form.replyRef,
    )


def _check_place(fields: Fields) -> None:
    """Refuse a part of a place: all three of it, the channel alone, or none of it are whole."""
    given = [name for name in _PLACE if fields.get(name) is not None]
    if given not in ([], ["channel"], list(_PLACE)):
        raise Refusal(400, "prompt, discord, server or channel value is missing")


def _check_ids(form: Form) -> None:
    if form.channel is not None and form.discord is not None and not is_snowflake(form.channel):
        raise Refusal(400, f"channel {form.channel[:100]} is not valid Discord channel id")
    if form.server is not None and not is_snowflake(form.server):
        raise Refusal(400, f"server {form.server[:100]} is not valid Discord server id")


def _check_reply_url(url: str | None) -> None:
    if url is None:
        return
    try:
        parsed = URL(url)
        is_web = parsed.scheme in ("http", "https") and bool(parsed.host) and parsed.port is not None
    except ValueError:
        is_web = False
    if not is_web or not url.isprintable() or " " in url:
        raise Refusal(400, "replyUrl is not an allowed URL", "replyUrl must be an http or https URL")
