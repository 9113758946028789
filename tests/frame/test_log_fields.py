"""The fields of log lines: a job, an account, its channel and a request have one name each, and are named."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

import bridge

ROOT: Final = Path(bridge.__file__).parent
LEVELS: Final = {"debug", "info", "warning", "error", "exception", "critical"}
NAMES: Final = {"job_id", "job_ids", "account", "channel", "channels"}
OTHER_NAMES: Final = {"job", "jobs", "jobid", "account_id", "accounts", "channel_id", "request", "requestid"}
IN_AN_ACCOUNT: Final = (
    "flows/end",
    "flows/hear",
    "flows/send",
    "running/account.py",
    "running/kept_condition.py",
    "running/kept_session.py",
    "running/loops.py",
    "running/reporting.py",
)
"""What runs in the tasks of an account: `RunningAccount.run` names it on all their lines."""
IN_A_CONNECTION: Final = ("sessions",)
"""What runs in the task of a connection, which names its channels, or in those of an account."""
ABOUT_OTHERS: Final = {
    "api/http": {
        "certificate_expired",
        "certificate_not_replaced",
        "certificate_read",
        "connections_refused",
        "handshake_failed",
        "handshake_raised",
        "request",
        "request_failed",
        "request_was_refused",
    },
    "app": {
        "alerts_host_was_not_found",
        "api_token_reinstated",
        "api_token_rejected",
        "api_tokens_were_revoked",
        "configured_account_was_skipped",
        "configured_api_token_was_added",
        "database_is_too_busy",
        "database_was_restored",
        "listening_without_tls",
        "media_directory_was_not_created",
        "move_was_given_up",
        "no_api_token_of_the_default_tenant",
        "secret_cannot_be_decrypted",
        "secret_key_outdated",
        "secrets_were_bound_to_their_rows",
        "videos_are_not_mirrored",
        "webhook_secret_cannot_be_decrypted",
    },
    "callbacks": {"open_submits_were_not_deleted", "outbox_was_not_read"},
    "cli": {"file_limit_was_not_raised", "file_was_not_read", "variable_was_not_read"},
    "feed": {"events_were_not_encoded", "log_was_not_read"},
    "flows/access": {"token_uses_were_not_kept", "tokens_were_not_read"},
    "flows/keep": {
        "link_requests_were_not_read",
        "links_were_not_asked_for",
        "old_rows_dropped",
        "old_rows_were_kept",
        "uploads_were_not_tidied",
    },
    "flows/submit": {"answer_was_not_kept", "queue_waits"},
    "logs": {"crashed", "exception_ignored", "thread_crashed"},
    "media": {
        "media_mirror_is_down",
        "media_mirror_works_again",
        "media_was_not_planned",
        "media_was_not_read",
        "media_was_not_tidied",
        "mirror_was_not_looked_up",
        "mirrored_videos_deleted",
    },
    "metrics": {"loop_was_stuck"},
    "recording": {"recording_ended"},
    "running": {
        "accounts_were_not_read",
        "alerts_are_waiting",
        "clocks_differ",
        "conditions_were_not_read",
        "heartbeat_was_not_stored",
        "known_accounts_were_not_read",
        "leases_have_ended",
        "leases_were_not_given_up",
        "machine_has_not_joined",
        "machine_joined",
        "machine_was_removed",
        "machine_was_silent",
        "told_alert_was_not_stored",
    },
    "store": {
        "connection_was_not_opened",
        "connection_was_opened",
        "leads",
        "leads_no_longer",
        "notifications_are_not_received",
        "notifications_wait",
        "schema_is_newer",
        "schema_migrated",
    },
}
"""Events about no job, no account and no channel."""
BOUND: Final = {
    "callbacks/attempt.py": {"receiver_was_not_found"},
    "callbacks/sender.py": {
        "callback_attempted",
        "callback_claim_ran_out",
        "callback_failed",
        "callback_given_up",
        "callback_was_not_settled",
    },
    "flows/keep/links.py": {"links_refreshed", "links_were_not_refreshed"},
    "running/alerts.py": {"alert_attempted", "alert_failed", "alert_is_waiting", "alert_was_given_up"},
}
"""Events whose job, account or channel is named where the task begins."""


@dataclass(frozen=True)
class Call:
    """A call that logs: its file and line, its event if that is written there, and its fields."""

    path: str
    line: int
    event: str | None
    fields: frozenset[str]

    def is_in(self, *places: str) -> bool:
        return self.path.startswith(places)


def calls() -> Iterator[Call]:
    for path in sorted(ROOT.rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        if not place.startswith(("sandbox/", "mcp/")):
            yield from calls_in(place, ast.parse(path.read_text()))


def calls_in(place: str, tree: ast.AST) -> Iterator[Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS:
            first = node.args[0] if node.args else None
            event = str(first.value) if isinstance(first, ast.Constant) else None
            fields = frozenset(keyword.arg for keyword in node.keywords if keyword.arg)
            if isinstance(node.func.value, ast.Name) and node.func.value.id == "log":
                yield Call(place, node.lineno, event, fields)


CALLS: Final = list(calls())


def test_calls_are_found() -> None:
    assert len(CALLS) > 100


def test_the_same_thing_has_the_same_name_on_every_line() -> None:
    assert [call for call in CALLS if call.fields & OTHER_NAMES] == []


def test_what_the_tasks_of_an_account_log_does_not_repeat_which_account_it_is() -> None:
    inside = [call for call in CALLS if call.is_in(*IN_AN_ACCOUNT)]

    assert [call for call in inside if call.fields & {"account", "channel"}] == []


def test_a_line_that_names_an_account_names_its_channel() -> None:
    assert [call for call in CALLS if "account" in call.fields and "channel" not in call.fields] == []


def test_every_other_line_names_what_it_is_about_or_is_about_none() -> None:
    others = [call for call in CALLS if not call.is_in(*IN_AN_ACCOUNT, *IN_A_CONNECTION)]
    silent = [call for call in others if call.event is not None and not call.fields & NAMES]

    assert [call for call in silent if not is_known(call)] == []


@pytest.mark.parametrize("place", [*ABOUT_OTHERS, *BOUND])
def test_no_event_is_listed_that_is_not_logged(place: str) -> None:
    logged = {call.event for call in CALLS if call.is_in(place)}

    assert {*ABOUT_OTHERS.get(place, ()), *BOUND.get(place, ())} <= logged


def is_known(call: Call) -> bool:
    listed = (
        events for known in (ABOUT_OTHERS, BOUND) for place, events in known.items() if call.is_in(place)
    )
    return any(call.event in events for events in listed)
