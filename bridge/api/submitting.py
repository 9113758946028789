"""The verbs: turns a form into an order, and its outcome into an answer."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from aiohttp import web

from bridge.access.api_token import ApiToken
from bridge.accounts.guard_rails import BadGuardRail, read_labels
from bridge.api.contract.idempotency import IdempotentRequests
from bridge.api.contract.preferences import APPLIED, RESPOND_ASYNC, prefers_async
from bridge.api.contract.pressing import chosen, not_a_button, not_completed, not_offered, pressable
from bridge.api.contract.requests import ButtonForm, Form, PlacedForm, check_prompt_button, read_form
from bridge.api.contract.targets import check_ids, check_place, check_reply_url
from bridge.api.contract.verb_forms import VerbForm, form_of, reader_of
from bridge.api.contract.wording import TRY_AGAIN, submitted
from bridge.api.http.answers import Refusal
from bridge.api.http.form_data import UploadSlots
from bridge.api.http.guard import TENANT, TOKEN, Handler
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
from bridge.tracing.traceparent import HEADER
from bridge.tracing.tracing import NO_TRACING, Tracing
from bridge.verbs.built_in import BUILT_IN
from bridge.verbs.row import VerbRow

UPLOAD_S: Final = 120.0
FORMS: Final[Mapping[Verb, type[PlacedForm]]] = {
    Verb(verb.name): form_of(verb) for verb in BUILT_IN if verb.command is not None
}
"""The forms of the built-in verbs that run a command of the bot."""
_ORDERED: Final = web.RequestKey("ordered", str)
_HAS_NO_CALLBACK: Final = web.RequestKey("has_no_callback", bool)
_JOB: Final = web.RequestKey("job", str)
"""The id of the job that a request orders, whether it is known to have no callback, and the id of the job."""


@dataclass(frozen=True, slots=True)
class SubmitResource:
    """Handlers of the verbs. `most_bytes` limits an uploaded file, `addresses` where callbacks may go.

    `queue`: how many jobs may wait for each account; `queue_if_asked`: the same for who prefers
    `respond-async`.
    """

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
    tracing: Tracing = NO_TRACING
    queue: int = 0
    queue_if_asked: int = 0

    def running(self, verb: VerbRow) -> Handler:
        """Return the handler of a verb that runs a command of the bot."""

        form = reader_of(verb)

        async def handle(request: web.Request) -> web.Response:
            return await self._told(request, self._run(request, form))

        return handle

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

    async def _run(self, request: web.Request, form: VerbForm) -> web.Response:
        """Write the files to disk first; delete them if no job needs them."""
        files = form.verb.file_fields
        if not files:
            return await self._placed(request, form, await read_fields(request))
        slots = UploadSlots(files, self.uploads, self.most_bytes)
        try:
            return await self._placed(request, form, await read_upload(request, slots, UPLOAD_S), slots)
        finally:
            if not slots.is_needed:
                slots.clear()

    async def _placed(
        self, request: web.Request, asked: VerbForm, fields: Fields, slots: UploadSlots | None = None
    ) -> web.Response:
        check_place(fields)
        form = asked.read(fields)
        check_ids(form)
        check_reply_url(form.replyUrl, self.addresses)

        job_id = new_job_id(self.clock.now_ms())

        async def submit(key: Key | None) -> web.Response:
            return await self._submitted(
                request, _ordered(request[TENANT], form, asked.verb, key), job_id, slots
            )

        return await self.once.answer(request, fields, job_id, submit)

    async def _submitted(
        self, request: web.Request, order: Order, job_id: str, slots: UploadSlots | None = None
    ) -> web.Response:
        """Submit an order; a cancelled request keeps its files, because the job may have been stored."""
        if slots is not None:
            slots.is_needed = True
        self.open_submits.begin(job_id)
        request[_ORDERED] = job_id
        order = replace(
            order,
            job_id=job_id,
            quota=_quota(request[TOKEN]),
            traceparent=self.tracing.taken(request.headers.get(HEADER)),
        )
        order = self._as_preferred(request, order)
        outcome = await self.submit.run(order)
        if isinstance(outcome, Accepted):
            request[_JOB] = outcome.job.id
        request[_HAS_NO_CALLBACK] = not isinstance(outcome, Accepted) or outcome.job.reply_url is None
        wait = await self.waiting.of(outcome.job) if isinstance(outcome, Accepted) else None
        if slots is not None:
            slots.is_needed = isinstance(outcome, Accepted)
        answer = submitted(outcome, self.clock.now_ms(), wait)
        if order.is_async:
            answer.headers[APPLIED] = RESPOND_ASYNC
        return answer

    def _as_preferred(self, request: web.Request, order: Order) -> Order:
        """Return an order with the room that the queue has for it, and whether its client waits."""
        is_async = prefers_async(request)
        room = max(self.queue, self.queue_if_asked) if is_async else self.queue
        return replace(order, queue=room, is_async=is_async, labels=order.labels or asked_labels(request))

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


def _ordered(tenant: str, form: PlacedForm, verb: VerbRow, key: Key | None) -> Order:
    given = {field.name: value for field in verb.fields if (value := getattr(form, field.name)) is not None}
    return Order(
        tenant=tenant,
        command=Command(verb.name, given),
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


def asked_labels(request: web.Request) -> tuple[str, ...]:
    """Return the labels in the query, by which accounts are chosen; raises `Refusal`."""
    try:
        return read_labels(request.query.get("labels", ""))
    except BadGuardRail as error:
        raise Refusal(400, f"labels {error}") from None


def _quota(token: ApiToken) -> JobQuota | None:
    most = token.quotas.jobs_per_day
    return None if most is None else JobQuota(token.id, most)


def _wishes(form: Form) -> dict[str, Any]:
    priority = {} if form.priority is None else {"priority": form.priority}
    labels = {} if form.labels is None else {"labels": form.labels}
    wishes = {"max_jobs": form.maxJobs, "reply_url": form.replyUrl, "reply_ref": form.replyRef}
    return {**wishes, **priority, **labels}
