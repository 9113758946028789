"""The verbs: a form becomes an order, and what became of it an answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from bridge.api.answers import Refusal
from bridge.api.body import Fields, read_fields, read_upload
from bridge.api.form_data import Intray
from bridge.api.forms import (
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
from bridge.api.guard import TENANT
from bridge.api.idempotency import Once
from bridge.api.jobs import missing_job
from bridge.api.places import check_ids, check_place, check_reply_url
from bridge.api.wording import submitted
from bridge.flows.order import Order
from bridge.flows.submit import Accepted, Submit
from bridge.jobs.command import Command, Verb
from bridge.jobs.job import Job, State
from bridge.ports import Clock
from bridge.store import jobs
from bridge.store.database import Database
from bridge.store.idempotency import Key
from bridge.store.uploads import Uploads

UPLOAD_S: Final = 120.0
FORMS: Final[Mapping[Verb, type[PlacedForm]]] = {
    Verb.CREATE: CreateForm,
    Verb.CREATE_SINGLE: CreateSingleForm,
    Verb.ANIMATE: AnimateForm,
    Verb.MEME_FACE: MemeFaceForm,
}


@dataclass(frozen=True, slots=True)
class SubmitResource:
    """Handlers of the verbs. `most_bytes` limits an uploaded picture."""

    submit: Submit
    database: Database
    uploads: Uploads
    clock: Clock
    once: Once
    most_bytes: int

    async def create(self, request: web.Request) -> web.Response:
        """Make four videos of a prompt."""
        return await self._words(request, Verb.CREATE)

    async def create_single(self, request: web.Request) -> web.Response:
        """Make one video of a prompt."""
        return await self._words(request, Verb.CREATE_SINGLE)

    async def animate(self, request: web.Request) -> web.Response:
        """Make a video of a picture."""
        return await self._picture(request, Verb.ANIMATE, "image")

    async def meme_face(self, request: web.Request) -> web.Response:
        """Make a video with a face."""
        return await self._picture(request, Verb.MEME_FACE, "face")

    async def button(self, request: web.Request) -> web.Response:
        """Press a button of a completed job."""
        fields = await read_fields(request)
        form = read_form(ButtonForm, fields)
        check_prompt_button(form, self.submit.profile.prompt_buttons)
        check_reply_url(form.replyUrl)
        parent = await self._parent(request[TENANT], form)
        command = Command(verb=Verb.BUTTON, button=form.button, prompt=form.prompt)

        async def submit(key: Key | None) -> web.Response:
            return await self._submitted(_pressed(request[TENANT], form, command, parent, key))

        return await self.once.answer(request, fields, submit)

    async def _words(self, request: web.Request, verb: Verb) -> web.Response:
        return await self._placed(request, verb, await read_fields(request))

    async def _picture(self, request: web.Request, verb: Verb, name: str) -> web.Response:
        """Take the picture to the disk first; it stays there only with a job that needs it."""
        intray = Intray(name, self.uploads, self.most_bytes)
        try:
            return await self._placed(request, verb, await read_upload(request, intray, UPLOAD_S), intray)
        finally:
            if not intray.is_needed:
                intray.clear()

    async def _placed(
        self, request: web.Request, verb: Verb, fields: Fields, intray: Intray | None = None
    ) -> web.Response:
        check_place(fields)
        form = read_form(FORMS[verb], fields)
        if isinstance(form, CreateForm):
            check_character(form)
        check_ids(form)
        check_reply_url(form.replyUrl)

        async def submit(key: Key | None) -> web.Response:
            return await self._submitted(_ordered(request[TENANT], form, verb, key), intray)

        return await self.once.answer(request, fields, submit)

    async def _submitted(self, order: Order, intray: Intray | None = None) -> web.Response:
        """Submit an order; a cancelled request leaves its picture, since the job may have been kept."""
        if intray is not None:
            intray.is_needed = True
        outcome = await self.submit.run(order)
        if intray is not None:
            intray.is_needed = isinstance(outcome, Accepted)
        return submitted(outcome, self.clock.now_ms())

    async def _parent(self, tenant: str, form: ButtonForm) -> Job:
        parent = await self.database.query(lambda tx: jobs.of_tenant(tx, tenant, form.jobid))
        if parent is None:
            raise await missing_job(self.database, tenant, form.jobid)
        if parent.state is not State.COMPLETED:
            raise not_completed(form.jobid)
        if parent.said is None or form.button not in parent.said.buttons:
            raise not_offered(form.button)
        return parent


def not_completed(job_id: str) -> Refusal:
    """Return the refusal of a button under a job without a video."""
    return Refusal(400, f"jobid {job_id} is not completed")


def not_offered(button: str) -> Refusal:
    """Return the refusal of a button that a job does not offer."""
    return Refusal(400, f"button {button} not supported")


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


def _wishes(form: Form) -> dict[str, Any]:
    return {"max_jobs": form.maxJobs, "reply_url": form.replyUrl, "reply_ref": form.replyRef}
