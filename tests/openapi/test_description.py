"""The checker of answers finds what is wrong, and knows where Discord's description ends."""

import pytest

from tests.openapi.description import FILE, Answer, Description, described
from tests.openapi.recorder import Recorder


@pytest.fixture
def description() -> Description:
    found = described()
    if found is None:
        pytest.skip(f"Discord's description is not at {FILE.name}: no REST answer is checked in this run")
    return found


def test_a_good_answer_has_no_faults(description: Description) -> None:
    assert description.faults_of(Answer("GET", "/gateway", 200, {"url": "ws://127.0.0.1"})) == []


def test_a_missing_field_is_found(description: Description) -> None:
    faults = description.faults_of(Answer("GET", "/gateway", 200, {}))

    assert faults == ["$: 'url' is a required property"]


def test_a_body_beside_an_empty_answer_is_found(description: Description) -> None:
    answer = Answer("DELETE", "/channels/1/messages/2", 204, {"id": "2"})

    assert description.faults_of(answer) == ["a body where none is described"]


def test_a_refused_form_is_described(description: Description) -> None:
    errors = {"limit": {"_errors": [{"code": "NUMBER_TYPE_MAX", "message": "int value"}]}}
    body = {"code": 50035, "message": "Invalid Form Body", "errors": errors}

    assert description.faults_of(Answer("GET", "/channels/1/messages", 400, body)) == []


@pytest.mark.parametrize(("path", "status"), [("/interactions", 204), ("/gateway", 502)])
def test_what_is_not_described_is_not_checked(description: Description, path: str, status: int) -> None:
    assert description.faults_of(Answer("GET", path, status, None)) is None


def test_a_recorder_counts_what_it_checked(description: Description) -> None:
    recorder = Recorder()

    recorder.hear("GET", "/api/v10/gateway", 200, b'{"url":"ws://127.0.0.1"}')
    recorder.hear("GET", "/api/v9/guilds/1/application-command-index", 200, b"{}")

    assert (recorder.checked, recorder.undescribed, recorder.taken()) == (1, 1, [])
