"""The verbs: turns a form into an order, and its outcome into an answer."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from aiohttp import web

from bridge.access.api_token import ApiToken
from bridge.api.contract.idempotency import IdempotentRequests
from bridge.api.contract.pressing import chosen, not_a_button, not_completed, not_offered, pressable
from bridge.api.contract.requests import (
    AnimateForm,
    ButtonForm,
    CreateForm,
    CreateSingleForm,
    Form,
    MemeFaceForm,
    PlacedForm,
    check_character,
    check_prompt_button,
    read_form,
)
from bridge.api.contract.targets import check_ids, check_place, check_reply_url
from bridge.api.contract.wording import TRY_AGAIN, submitted
from bridge.api.http.answers import Refusal
from bridge.api.http.form_data import UploadSlot
from bridge.api.http.guard import TENANT, TOKEN
from bridge.api.http.protocol import written
from bridge.api.http.request_body import Fields, read_fields, read_upload
from bridge.api.jobs import found_job
from bridge.callbacks.addresses import AllowedAddresses
from bridge.callbacks.open_submits import OpenSubmits
from bridge.callbacks.outbox import Outbox
from bridge.flows.submit.order import JobQuota, Order, new_job_id
from bridge.flows.submit.submit import Accepted, Submit
from bridge.flows.submit.waiting import Waiting
from bridge.jobs.command import Command, Verb
from bridge.jobs.job import Job, State
from bridge.pixverse.profile import DEFAULT
from bridge.ports import Clock
from bridge.store.database import Database
from bridge.store.files.uploads import Uploads
from bridge.store.rows.idempotency import Key

UPLOAD_S: Final = 120.0
FORMS: Final[Mapping[Verb, type[PlacedForm]]] = {
    Verb.CREATE: CreateForm,
    Verb.CREATE_SINGLE: CreateSingleForm,
    Verb.ANIMATE: AnimateForm,
    Verb.MEME_FACE: MemeFaceForm,
}
_ORDERED: Final = web.RequestKey("ordered", str)
_HAS_NO_CALLBACK: Final = web.RequestKey("has_no_callback", bool)
_JOB: Final = web.RequestKey("job", str)
"""The id of the job that a request orders, whether it is known to have no callback, and the id of the job."""


@dataclass(frozen=True, slots=True)
class SubmitResource:
    """Handlers of the verbs. `most_bytes` limits an uploaded picture, `addresses` where callbacks may go."""

    submit: Submit
    waiting: Waiting
    database: Database
    uploads: Uploads
    clock: Clock
    once: IdempotentRequests
    open_submits: OpenSubmits
    outbox: Outbox
    addresses: AllowedAddresses
    most_bytes: int

    async def create(self, request: web.Request) -> web.Response:
        """Make four videos from a prompt."""
        return await self._told(request, self._words(request, Verb.CREATE))

    async def create_single(self, request: web.Request) -> web.Response:
        """Make one video from a prompt."""
        return await self._told(request, self._words(request, Verb.CREATE_SINGLE))

    async def animate(self, request: web.Request) -> web.Response:
        """Make a video from a picture."""
        return await self._told(request, self._picture(request, Verb.ANIMATE, "image"))

    async def meme_face(self, request: web.Request) -> web.Response:
        """Make a video with a face."""
        return await self._told(request, self._picture(request, Verb.MEME_FACE, "face"))

    async def button(self, request: web.Request) -> web.Response:
        """Press a button of a completed job."""
        return await self._told(request, self._button(request))

    async def _button(self, request: web.Request) -> web.Response:
        fields = await read_fields(request)
        form = read_form(ButtonForm, fields)
        if form.button not in DEFAULT.buttons:
            await self._check_other(request[TENANT], form)
        check_prompt_button(form, self.submit.profile.prompt_buttons)
        check_reply_url(form.replyUrl, self.addresses)
        parent = await self._parent(request[TENANT], form)
        value = chosen(form, parent)
        command = Command(verb=Verb.BUTTON, button=form.button, value=value, prompt=form.prompt)

        job_id = new_job_id(self.clock.now_ms())

        async def submit(key: Key | None) -> web.Response:
            order = _pressed(request[TENANT], form, command, parent, key)
            return await self._submitted(request, order, job_id)

        return await self.once.answer(request, fields, job_id, submit)

    async def _told(self, request: web.Request, work: Awaitable[web.Response]) -> web.Response:
        """Write the answer and release the callbacks that wait for it; after a 429 withdraw the callback.

        A client repeats a submit after a 429 with the same replyRef, and would take this callback for that of
        the repeated job. A client that disconnected before the answer gets the callback.
        """
        try:
            answer = await _whatever(work)
            if await written(request, answer) and answer.status in TRY_AGAIN and _JOB in request:
                await self.outbox.withdraw(request[_JOB])
            return answer
        finally:
            is_kept = not request.get(_HAS_NO_CALLBACK, False)
            self.open_submits.end(request.get(_ORDERED, ""), is_kept=is_kept)

    async def _words(self, request: web.Request, verb: Verb) -> web.Response:
        return await self._placed(request, verb, await read_fields(request))

    async def _picture(self, request: web.Request, verb: Verb, name: str) -> web.Response:
        """Write the picture to disk first; delete it if no job needs it."""
        slot = UploadSlot(name, self.uploads, self.most_bytes)
        try:
            return await self._placed(request, verb, await read_upload(request, slot, UPLOAD_S), slot)
        finally:
            if not slot.is_needed:
                slot.clear()

    async def _placed(
        self, request: web.Request, verb: Verb, fields: Fields, slot: UploadSlot | None = None
    ) -> web.Response:
        check_place(fields)
        form = read_form(FORMS[verb], fields)
        if isinstance(form, CreateForm):
            check_character(form)
        check_ids(form)
        check_reply_url(form.replyUrl, self.addresses)

        job_id = new_job_id(self.clock.now_ms())

        async def submit(key: Key | None) -> web.Response:
            return await self._submitted(request, _ordered(request[TENANT], form, verb, key), job_id, slot)

        return await self.once.answer(request, fields, job_id, submit)

    async def _submitted(
        self, request: web.Request, order: Order, job_id: str, slot: UploadSlot | None = None
    ) -> web.Response:
        """Submit an order; a cancelled request keeps its picture, because the job may have been stored."""
        if slot is not None:
            slot.is_needed = True
        self.open_submits.begin(job_id)
        request[_ORDERED] = job_id
        outcome = await self.submit.run(replace(order, job_id=job_id, quota=_quota(request[TOKEN])))
        if isinstance(outcome, Accepted):
            request[_JOB] = outcome.job.id
        request[_HAS_NO_CALLBACK] = not isinstance(outcome, Accepted) or outcome.job.reply_url is None
        wait = await self.waiting.of(outcome.job) if isinstance(outcome, Accepted) else None
        if slot is not None:
            slot.is_needed = isinstance(outcome, Accepted)
        return submitted(outcome, self.clock.now_ms(), wait)

    async def _parent(self, tenant: str, form: ButtonForm) -> Job:
        parent = await found_job(self.database, tenant, form.jobid)
        if parent.state is not State.COMPLETED:
            raise not_completed(form.jobid, parent.status)
        offered = pressable(parent)
        if form.button not in offered:
            raise not_offered(form.button, offered)
        return parent

    async def _check_other(self, tenant: str, form: ButtonForm) -> None:
        """Check a name that the contract does not have, before anything else: its job must offer it."""
        try:
            await self._parent(tenant, form)
        except Refusal:
            raise not_a_button(form.button) from None


async def _whatever(work: Awaitable[web.Response]) -> web.Response:
    """Return the answer, also if it is a refusal."""
    try:
        return await work
    except Refusal as refusal:
        return refusal.answer()


def _ordered(tenant: str, form: PlacedForm, verb: Verb, key: Key | None) -> Order:
    given = {name: getattr(form, name, None) for name in Command.__dataclass_fields__ if name != "verb"}
    return Order(
        tenant=tenant,
        command=Command(verb=verb, **given),
        key=key,
        token=form.discord,
        server=form.server,
        channel=form.channel,
        **_wishes(form),
    )


def _pressed(tenant: str, form: ButtonForm, command: Command, parent: Job, key: Key | None) -> Order:
    """Return the order of a button: its server and channel are the parent's."""
    return Order(
        tenant=tenant,
        command=command,
        parent=parent,
        key=key,
        token=form.discord,
        server=parent.server,
        channel=parent.channel,
        **_wishes(form),
    )


def _quota(token: ApiToken) -> JobQuota | None:
    most = token.quotas.jobs_per_day
    return None if most is None else JobQuota(token.id, most)


def _wishes(form: Form) -> dict[str, Any]:
    return {"max_jobs": form.maxJobs, "reply_url": form.replyUrl, "reply_ref": form.replyRef}
