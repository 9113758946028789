"""Every refusal of each route, produced by the code that refuses, so that the texts are the same.

Values that depend on the request are in angle brackets.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from bridge.access.quotas import requests_spent, streams_spent
from bridge.accounts.slots import Full, Held, Paused
from bridge.api.accounts import not_matching, same_token
from bridge.api.callback_test import tests_spent
from bridge.api.contract.idempotency import no_key, still_running, used_otherwise
from bridge.api.contract.pressing import no_value, not_a_button, not_completed, not_in_menu, not_offered
from bridge.api.contract.requests import (
    AccountForm,
    ButtonForm,
    CallbackTestForm,
    Checked,
    RedeliverForm,
    SearchForm,
    SettingsForm,
    read_form,
)
from bridge.api.contract.targets import check_place, check_reply_url
from bridge.api.contract.verb_forms import form_of, reader_of
from bridge.api.contract.views import STATUSES
from bridge.api.contract.wording import (
    DISCORDS_LIMIT,
    ended,
    expired_job,
    not_configured,
    submitted,
    unavailable,
    unknown_job,
)
from bridge.api.doctor import is_examined
from bridge.api.events import no_position
from bridge.api.history import no_choice, no_cursor, no_limit
from bridge.api.http.accepting import too_many
from bridge.api.http.answers import Refusal
from bridge.api.http.entrance import too_many_requests
from bridge.api.http.form_data import file_too_large, no_form_data, not_supported, too_large
from bridge.api.http.guard import failed, no_database, no_nul, unauthorized
from bridge.api.http.rate_limits import over_quota
from bridge.api.http.request_body import (
    FORM,
    JSON,
    LIMIT_S,
    URLENCODED,
    no_json,
    packed,
    too_slow,
    wrong_type,
)
from bridge.api.http.request_head import misdirected
from bridge.api.jobs import no_job_id
from bridge.api.submitting import UPLOAD_S
from bridge.callbacks.addresses import AllowedAddresses
from bridge.flows.places import NotAvailable
from bridge.flows.submit.draft import QuotaUsed
from bridge.flows.submit.not_connected import NotConnected
from bridge.flows.submit.submit import NoRoom, NotConfigured
from bridge.jobs.command import Command, Upload, Verb
from bridge.jobs.job import Cause, Failure, Job, Menu, State
from bridge.jobs.texts import CANNOT_BE_SENT, THROTTLED, needs_attention, rejected
from bridge.store.rows.callbacks import STATES
from bridge.verbs.row import FieldRow, Kind, VerbRow

_UPLOAD: Final = Upload(size=1, type="image/png", key="", sha256="")
_MENU: Final = Menu("<button>", ("Realistic", "Anime"))
_GOOD: Final[Mapping[str, object]] = {
    "prompt": "a cat on a skateboard",
    "jobid": "<jobid>",
    "button": "U1",
    "discord": "discord",
    "server": "1140860020586713128",
    "channel": "1140860020586713128",
    "maxJobs": "10",
    "replyUrl": "https://example.com/hook",
}

EVERYWHERE: Final = (
    unauthorized(),
    unauthorized("<reason>"),
    misdirected(),
    no_nul(),
    over_quota(requests_spent(60, 30)),
    failed(),
    no_database(),
    too_many(),
    too_many_requests(),
)
JOB: Final = (no_job_id(), unknown_job("<jobid>"), expired_job())
NOT_CONFIGURED: Final = (not_configured(None),)
CHANNEL_NOT_CONFIGURED: Final = (not_configured("<channel>"),)
EXAMINED: Final = is_examined("<channel>")
STREAM: Final = (no_position("<last_event_id>"), over_quota(streams_spent(2)))
CALLBACKS: Final = (no_choice("state", "<state>", STATES), no_limit("<limit>"), no_cursor("<cursor>"))


def history_refusals(verbs: Sequence[str]) -> tuple[Refusal, ...]:
    """Return the refusals of the list of all jobs."""
    return (
        no_choice("status", "<status>", STATUSES),
        no_choice("verb", "<verb>", verbs),
        *(_given_by(partial(read_form, SearchForm, {"prompt": text})) for text in ("x" * 513, "\0")),
        no_limit("<limit>"),
        no_cursor("<cursor>"),
    )


def body_refusals(types: tuple[str, ...]) -> tuple[Refusal, ...]:
    """Return the refusals of a body before its fields are validated."""
    limit_s = LIMIT_S if JSON in types else UPLOAD_S
    faults = {JSON: no_json("<why>"), FORM: no_form_data("<why>"), URLENCODED: no_form_data("<why>")}
    return (
        *(faults[kind] for kind in types),
        too_slow(limit_s),
        too_large(),
        wrong_type(types, "The body came as <type>"),
        packed(),
    )


def settings_refusals() -> tuple[Refusal, ...]:
    """Return the refusals of the caller's own settings."""
    return (*_field_refusals(SettingsForm), _reply_url())


def redeliver_refusals() -> tuple[Refusal, ...]:
    """Return the refusals of sending callbacks again."""
    return (*_field_refusals(RedeliverForm), unknown_job("<jobid>"), expired_job())


def test_refusals() -> tuple[Refusal, ...]:
    """Return the refusals of a test callback."""
    return (*_field_refusals(CallbackTestForm), _reply_url(), over_quota(tests_spent()))


def account_refusals() -> tuple[Refusal, ...]:
    """Return the refusals of an account's configuration."""
    places = (same_token("<channel>"), unavailable("<channel>"))
    checks = not_matching("<channel>", "<channel>"), not_configured("<channel>")
    return (*_field_refusals(AccountForm), *checks, *places)


def submit_refusals(verb: VerbRow) -> tuple[Refusal, ...]:
    """Return the refusals of a verb."""
    form = form_of(verb)
    good = {**_GOOD, **{field.name: good_value(field) for field in verb.fields}}
    return (
        *_field_refusals(form, good),
        _given_by(lambda: check_place({"server": "<server>"})),
        *_not_applying(verb, good),
        _reply_url(),
        *_files(verb),
        *_keys(),
        *_outcomes(),
    )


def button_refusals() -> tuple[Refusal, ...]:
    """Return the refusals of a button."""
    parents = (
        not_completed("<jobid>", "<status>"),
        not_offered("<button>", ("U1", "U2")),
        not_a_button("<button>"),
        no_value(_MENU),
        not_in_menu("<value>", _MENU),
        unknown_job("<jobid>"),
        expired_job(),
    )
    return (*_field_refusals(ButtonForm), _reply_url(), *_keys(), *_outcomes(), *parents)


def good_value(field: FieldRow) -> object:
    """Return a value that a field takes, of a file the upload."""
    if field.is_file:
        return _UPLOAD
    if field.choices:
        return field.values[0]
    if field.kind is Kind.BOOLEAN:
        return True
    if field.kind is Kind.STRING:
        return str(_GOOD["prompt"]).ljust(int(field.least or 0), ".")[: int(field.most or 64)]
    return field.most if field.least is None else field.least


def _field_refusals(form: type[Checked], values: Mapping[str, object] = _GOOD) -> Iterator[Refusal]:
    good = {name: value for name, value in values.items() if name in form.model_fields}
    for name, field in form.model_fields.items():
        others = {other: value for other, value in good.items() if other != name}
        if field.is_required():
            yield from _refusals_of(form, others)
        numbers = ("0", "11") if field.annotation in (int, int | None) else ()
        for bad in (f"<{name}>", "x" * 1025, *numbers):
            yield from _refusals_of(form, {**others, name: bad})
    yield from _refusals_of(form, {**good, next(iter(form.model_fields)): 5})


def _refusals_of(form: type[Checked], fields: Mapping[str, object]) -> Iterator[Refusal]:
    """Yield the refusal of some fields, unless it repeats a value at length."""
    try:
        read_form(form, fields)
    except Refusal as refusal:
        if "xxx" not in refusal.error:
            yield refusal


def _not_applying(verb: VerbRow, good: Mapping[str, object]) -> Iterator[Refusal]:
    """Yield the refusals of choices that apply to some values of another field only."""
    for field in verb.fields:
        if field.applies_to is None:
            continue
        applied = {field.applies_to.field: field.applies_to.values[0], field.name: f"<{field.name}>"}
        yield _given_by(partial(reader_of(verb).read, {**good, **applied}))


def _reply_url() -> Refusal:
    return _given_by(lambda: check_reply_url("<replyUrl>", AllowedAddresses()))


def _files(verb: VerbRow) -> Iterator[Refusal]:
    for field in verb.file_fields:
        yield not_supported(field, "<what was seen in the file, and what would be right>")
        yield file_too_large(field.name, "<uploads.max_bytes>")
        yield file_too_large(field.name, "<Discord's limit of the account>", DISCORDS_LIMIT)


def _keys() -> tuple[Refusal, ...]:
    return no_key(), still_running(), used_otherwise()


def _outcomes() -> Iterator[Refusal]:
    failures = (
        Failure(Cause.MODERATED, "<the bot's own text>"),
        Failure(Cause.THROTTLED, THROTTLED, '{"message":"You are being rate limited.","retry_after":10}', 10),
        Failure(Cause.BOT_BUSY, "<the bot's own text>"),
        Failure(Cause.ACCOUNT, needs_attention("<channel>"), "<reason>. <remedy>"),
        Failure(Cause.REJECTED, rejected(400), "<Discord's body>"),
        Failure(Cause.NOT_SENDABLE, CANNOT_BE_SENT, "<reason>"),
    )
    outcomes = (
        Full(2, ("<jobid>",)),
        Held(10_000),
        NotAvailable("<channel>"),
        NotConfigured("<channel>"),
        NotConnected("Account <channel>: <reason>. <remedy>."),
        Paused("<channel>"),
        Paused(None),
        NoRoom(),
        QuotaUsed(100),
    )
    yield from (_given_by(partial(ended, _job(failure))) for failure in failures)
    yield from (_given_by(partial(submitted, outcome, 0)) for outcome in outcomes)


def _job(failure: Failure) -> Job:
    moderated = failure.cause is Cause.MODERATED
    return Job(
        id="<jobid>",
        tenant="",
        account=0,
        server="",
        channel="<channel>",
        discord="",
        command=Command(verb=Verb.CREATE),
        created_ms=0,
        updated_ms=0,
        heard_ms=0,
        fingerprint="",
        state=State.MODERATED if moderated else State.FAILED,
        failure=failure,
    )


def _given_by(call: Callable[[], object]) -> Refusal:
    try:
        call()
    except Refusal as refusal:
        return refusal
    raise AssertionError("nothing was refused")
