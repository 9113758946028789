"""The description of every operation, one constant each; `bridge.api.routes` assigns the handlers."""

from collections.abc import Sequence
from typing import Final

from bridge.access.scopes import Scope
from bridge.api.contract.looking import CountsBody, StatisticsBody, TimelineBody
from bridge.api.contract.requests import (
    AccountForm,
    ButtonForm,
    CallbackTestForm,
    Checked,
    RedeliverForm,
    SettingsForm,
)
from bridge.api.contract.responses import (
    AccountBody,
    CallbacksBody,
    CallbackTestBody,
    CancelBody,
    DoctorBody,
    EventsBody,
    HealthBody,
    HistoryBody,
    RedeliveredBody,
    SecretBody,
    SettingsBody,
    Stream,
    TokenBody,
)
from bridge.api.contract.verb_forms import form_of
from bridge.api.contract.verbs import VerbsBody
from bridge.api.contract.views import STATUSES, JobRecord
from bridge.api.history import MOST, USUAL
from bridge.api.http.answers import Refusal
from bridge.api.http.request_body import FORM, JSON, URLENCODED
from bridge.api.openapi import examples
from bridge.api.openapi.model import CHANNEL, JOB, TEXT, Operation, Parameter, Success
from bridge.jobs.command import Verb
from bridge.store.rows.callbacks import STATES
from bridge.verbs.built_in import BUTTON as PRESS
from bridge.verbs.built_in import MOST_TEXT
from bridge.verbs.row import VerbRow

_RECORD: Final = Success("The job's record", {JSON: JobRecord})
_JOB: Final = Parameter("jobid", "The job", JOB, is_required=True)
_SLASH: Final = "With and without a trailing slash."
_FILTERS: Final = (
    Parameter("channel", "Only of this channel", CHANNEL),
    Parameter("replyRef", "Only with this reference", "order-1042"),
)
_PAGE: Final = (
    Parameter(
        "limit", "How many at most", 20, {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
    ),
    Parameter("cursor", "The `next` of the page before", "01a2242e"),
)

_EVENTS: Final = """\
A stream of server-sent events; a page of records with an `Accept` that names `application/json`, and
`text/event-stream` not at all or with a lower quality. Without a position the
stream begins now, the page with the oldest event that is kept; `0` is the oldest for both. The stream sends:

- `id: <position>`, `data: <JobRecord>`: a change of a job, its record as it was then. There is no `event:`.
- `event: account`, `data: <AccountNotice>`: an account's condition changed. It has no `id:` and is not
  replayed. `channel` limits it to that channel; with `jobid` or `replyRef` it is not sent, nor to a token
  without `accounts:read`.
- `event: reset`, `id: <position>`, `data: <ResetNotice>`: the events up to there are no longer kept, or
  were in a database that was deleted, or the position given is ahead of the log.
- `id: <position>` alone: the stream's position; at its beginning, and after 15 seconds without anything else.
- `retry: 2000`: at its beginning, and when the bridge stops: reconnect with the last position.

On the documentation page you always get the page of events: it shows an answer when it has ended.

`data:` is JSON in one line, of the schema of that name in this document.
"""

LIST_ACCOUNTS: Final = Operation(
    name="listAccounts",
    scope=Scope.ACCOUNTS_READ,
    tag="Accounts",
    summary="List the configured accounts",
    success=Success(
        "The configurations by channel", {JSON: dict[str, AccountBody]}, headers=("Cache-Control",)
    ),
    refusals=examples.NOT_CONFIGURED,
)
GET_ACCOUNT: Final = Operation(
    name="getAccount",
    scope=Scope.ACCOUNTS_READ,
    tag="Accounts",
    summary="Show the account of a channel",
    success=Success("The configuration", {JSON: AccountBody}, headers=("Cache-Control",)),
    refusals=examples.CHANNEL_NOT_CONFIGURED,
)
SET_ACCOUNT: Final = Operation(
    name="setAccount",
    scope=Scope.ACCOUNTS_WRITE,
    tag="Accounts",
    summary="Add, change, pause or resume the account of a channel",
    about="With `paused` and no other field, the account is paused or resumed; nothing else changes.",
    success=Success("Stored; the account connects next", status=204),
    form=AccountForm,
    refusals=examples.account_refusals(),
)
DELETE_ACCOUNT: Final = Operation(
    name="deleteAccount",
    scope=Scope.ACCOUNTS_WRITE,
    tag="Accounts",
    summary="Remove the account of a channel",
    success=Success("Removed", status=204),
    refusals=examples.CHANNEL_NOT_CONFIGURED,
)
EXAMINE_ACCOUNT: Final = Operation(
    name="examineAccount",
    scope=Scope.ACCOUNTS_WRITE,
    tag="Accounts",
    summary="Compare what Discord and the bot offer to an account with what the bridge needs",
    about="Runs no command of the bot, and takes up to a minute: docs/doctor.md.",
    success=Success("What was found", {JSON: DoctorBody}, headers=("Cache-Control",)),
    refusals=(*examples.CHANNEL_NOT_CONFIGURED, examples.EXAMINED),
)


def _submit(
    name: str,
    form: type[Checked],
    refusals: tuple[Refusal, ...],
    verb: VerbRow,
    types: tuple[str, ...] = (JSON, FORM, URLENCODED),
) -> Operation:
    return Operation(
        name=name,
        scope=Scope.JOBS_WRITE,
        tag="Submitting",
        summary=verb.about,
        about="200 with the status `created` when the bot has not answered yet: the job goes on.",
        success=Success(
            _RECORD.about, _RECORD.contents, headers=("Idempotent-Replayed", "Preference-Applied")
        ),
        form=form,
        types=types,
        refusals=refusals,
        is_submit=True,
        verb=verb,
    )


def running(verb: VerbRow) -> Operation:
    """Return the operation of a verb that runs a command of the bot."""
    is_built_in = verb.name in {*Verb}
    first, *others = verb.path.split("_") if is_built_in else ("run", *verb.path.split("_"))
    name = "".join((first, *(part.capitalize() for part in others)))
    types = (FORM,) if verb.file_fields else (JSON, FORM, URLENCODED)
    return _submit(name, form_of(verb), examples.submit_refusals(verb), verb, types)


BUTTON: Final = _submit("button", ButtonForm, examples.button_refusals(), PRESS)

LIST_VERBS: Final = Operation(
    name="listVerbs",
    scope=None,
    tag="Submitting",
    summary="List the verbs with their fields",
    about="Those of the API, and those that the configuration of this bridge adds.",
    success=Success("The verbs, the built-in ones first", {JSON: VerbsBody}),
)
LIST_JOBS: Final = Operation(
    name="listJobs",
    scope=Scope.JOBS_READ,
    tag="Jobs",
    summary="List the jobs now executing",
    about="With a `jobid` it answers like `/v1/pixverse/jobs/`.",
    success=Success("The jobids, oldest first, or the record of the `jobid`", {JSON: list[str] | JobRecord}),
    parameters=(Parameter("jobid", "Show this job instead", JOB),),
    refusals=examples.JOB,
)
GET_JOB: Final = Operation(
    name="getJob",
    scope=Scope.JOBS_READ,
    tag="Jobs",
    summary="Show a job",
    success=_RECORD,
    parameters=(_JOB,),
    refusals=examples.JOB,
)


def _cancel(name: str) -> Operation:
    return Operation(
        name=name,
        scope=Scope.JOBS_WRITE,
        tag="Jobs",
        summary="Stop tracking a job and free its slot",
        about=f"A job that has ended keeps its status. {_SLASH}",
        success=Success("The job's status", {JSON: CancelBody}),
        parameters=(_JOB,),
        refusals=examples.JOB,
    )


CANCEL: Final = _cancel("cancelJob")
CANCEL_WITH_SLASH: Final = _cancel("cancelJobWithSlash")


def history(verbs: Sequence[VerbRow]) -> Operation:
    """Return the operation of the list of all jobs."""
    names = [verb.name for verb in verbs]
    return Operation(
        name="listHistory",
        scope=Scope.JOBS_READ,
        tag="Jobs",
        summary="List all jobs, newest first",
        success=Success("A page of records", {JSON: HistoryBody}),
        parameters=(
            *_FILTERS,
            Parameter(
                "status", "Only with this status", "completed", {"type": "string", "enum": ["", *STATUSES]}
            ),
            Parameter(
                "verb", "Only of this verb", "pixverse-create", {"type": "string", "enum": ["", *names]}
            ),
            Parameter(
                "prompt",
                "Only with this in the prompt, in whatever case",
                "cat",
                {**TEXT, "maxLength": MOST_TEXT},
            ),
            *_PAGE,
        ),
        refusals=examples.history_refusals(names),
    )


TIMELINE: Final = Operation(
    name="getTimeline",
    scope=Scope.JOBS_READ,
    tag="Jobs",
    summary="Show what happened to a job",
    success=Success(
        "Its events, interactions, messages, callbacks, and the jobs made from it", {JSON: TimelineBody}
    ),
    parameters=(_JOB,),
    refusals=examples.JOB,
)
COUNTS: Final = Operation(
    name="countJobs",
    scope=Scope.JOBS_READ,
    tag="Jobs",
    summary="Count the jobs by status",
    about="Of the jobs that have ended within the last 24 hours at most 10,000 are counted.",
    success=Success("Running jobs, and those of the last day", {JSON: CountsBody}),
)
ACCOUNT_STATISTICS: Final = Operation(
    name="getAccountStatistics",
    scope=Scope.ACCOUNTS_READ,
    tag="Accounts",
    summary="Show how the jobs of an account's last day ended",
    about="A row for each of the last 24 hours, the current one last; of at most the newest 10,000 jobs.",
    success=Success("24 rows, the oldest first", {JSON: StatisticsBody}),
    refusals=examples.CHANNEL_NOT_CONFIGURED,
)
LIST_CALLBACKS: Final = Operation(
    name="listCallbacks",
    scope=Scope.JOBS_READ,
    tag="Callbacks",
    summary="List callbacks and their attempts, newest first",
    success=Success("A page of callbacks", {JSON: CallbacksBody}),
    parameters=(
        Parameter("jobid", "Only of this job", JOB),
        Parameter("state", "Only in this state", "delivered", {"type": "string", "enum": ["", *STATES]}),
        *_PAGE,
    ),
    refusals=examples.CALLBACKS,
)
GET_SECRET: Final = Operation(
    name="getCallbackSecret",
    scope=Scope.SECRETS_READ,
    tag="Callbacks",
    summary="Show the secret that signs your callbacks",
    success=Success("The secret", {JSON: SecretBody}, headers=("Cache-Control",)),
)
REDELIVER: Final = Operation(
    name="redeliver",
    scope=Scope.JOBS_WRITE,
    tag="Callbacks",
    summary="Send the callbacks of a job again",
    about="Each keeps its `webhook-id` and starts the schedule again.",
    success=Success("How many will be sent", {JSON: RedeliveredBody}),
    form=RedeliverForm,
    refusals=examples.redeliver_refusals(),
)
TEST_CALLBACK: Final = Operation(
    name="testCallback",
    scope=Scope.JOBS_WRITE,
    tag="Callbacks",
    summary="Send a test callback to a URL",
    about="It is sent once, as a callback is, with the record of no job and `test` true; nothing is kept.",
    success=Success("What became of it", {JSON: CallbackTestBody}),
    form=CallbackTestForm,
    refusals=examples.test_refusals(),
)
EVENTS: Final = Operation(
    name="followEvents",
    scope=Scope.JOBS_READ,
    tag="Events",
    summary="Follow every change of every job",
    about=_EVENTS,
    success=Success("The stream, or a page", {JSON: EventsBody, "text/event-stream": Stream}),
    parameters=(
        Parameter("Last-Event-ID", "The position to begin after", "1042", place="header"),
        Parameter("last_event_id", "The same, where no header can be sent", "0"),
        Parameter("jobid", "Only of this job", JOB),
        *_FILTERS,
    ),
    refusals=examples.STREAM,
)
HEALTH: Final = Operation(
    name="getHealth",
    scope=Scope.ACCOUNTS_READ,
    tag="Accounts",
    summary="Show the health of every account",
    success=Success("A row for each account", {JSON: HealthBody}),
)
GET_TOKEN: Final = Operation(
    name="getToken",
    scope=None,
    tag="Settings",
    summary="Show what your own API token may do",
    success=Success("The token's tenant, scopes and expiry", {JSON: TokenBody}),
)
GET_SETTINGS: Final = Operation(
    name="getSettings",
    scope=Scope.ACCOUNTS_READ,
    tag="Settings",
    summary="Show your own settings",
    success=Success("The settings", {JSON: SettingsBody}),
)
CHANGE_SETTINGS: Final = Operation(
    name="changeSettings",
    scope=Scope.ACCOUNTS_WRITE,
    tag="Settings",
    summary="Change your own settings",
    about="A field that is not given stays; an empty one is cleared.",
    success=Success("The settings after the change", {JSON: SettingsBody}),
    form=SettingsForm,
    refusals=examples.settings_refusals(),
)
