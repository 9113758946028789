"""A test callback is sent as a real one, says what became of it, and leaves nothing behind."""

from typing import Any

import pytest
from standardwebhooks import Webhook

from bridge.api import callback_test
from bridge.callbacks.attempt import NOT_FOUND, AttemptResult
from bridge.callbacks.sample import explained
from tests.tools.receivers import receiving, status
from tests.tools.world import Answer, Api

TEST = "/v1/pixverse/callbacks/test"


async def tried(api: Api, url: str) -> Answer:
    return await api.call("POST", TEST, json={"replyUrl": url})


async def test_it_is_signed_marked_and_of_no_job(api: Api) -> None:
    secret = (await api.get("/v1/pixverse/callbacks/secret")).body["secret"]
    async with receiving() as operator:
        answer = await tried(api, operator.url)
        [post] = await operator.got(1)

    record = Webhook(secret).verify(post.body, dict(post.headers))
    assert (record["test"], record["status"], record["code"]) == (True, "completed", 200)
    assert {"jobid", "verb", "attachments", "messageId", "replyUrl"} <= record.keys()
    assert answer.body.pop("duration_ms") >= 0
    assert answer.body == {
        "id": post.headers["webhook-id"],
        "delivered": True,
        "status": 200,
        "error": None,
        "explanation": "The receiver has acknowledged it with HTTP status 200.",
        "code": 200,
    }
    assert (await api.get("/v1/pixverse/callbacks")).body["callbacks"] == []
    assert (await api.get("/v1/pixverse/jobs/history")).body["jobs"] == []


@pytest.mark.parametrize("refused", [301, 401, 500])
async def test_what_the_receiver_answers_is_told_and_not_tried_again(api: Api, refused: int) -> None:
    async with receiving() as operator:
        operator.answer = status(refused)
        answer = await tried(api, operator.url)
        posts = await operator.got(1)

    assert (answer.status, answer.body["delivered"], answer.body["status"]) == (200, False, refused)
    assert str(refused) in answer.body["explanation"]
    assert len(posts) == 1


async def test_a_receiver_that_is_not_there_is_told(api: Api) -> None:
    async with receiving() as operator:
        url = operator.url

    answer = await tried(api, url)

    assert (answer.body["delivered"], answer.body["status"]) == (False, None)
    assert answer.body["explanation"].startswith("The receiver could not be connected to.")


@pytest.mark.parametrize(
    ("url", "error"),
    [
        (None, "Required param replyUrl is missing or empty"),
        ("http://169.254.169.254/latest", "replyUrl is not an allowed URL"),
        ("ftp://example.com", "replyUrl is not an allowed URL"),
        ("x" * 1_025, "replyUrl is too long"),
    ],
)
async def test_the_rules_for_addresses_are_those_of_callbacks(api: Api, url: Any, error: str) -> None:
    answer = await tried(api, url)

    assert (answer.status, answer.body["error"]) == (400, error)


async def test_it_is_limited(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callback_test, "PER_MINUTE", 2)
    async with receiving() as operator:
        statuses = [(await tried(api, operator.url)).status for _ in range(3)]
        refused = await tried(api, operator.url)

    assert statuses == [200, 200, 429]
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.body["errorDetails"] == "This token may have 2 tests of callbacks per minute"
    assert len(operator.posts) == 2


@pytest.mark.parametrize(
    ("result", "sentence"),
    [
        (AttemptResult(None, NOT_FOUND), f"Nothing was sent: {NOT_FOUND}."),
        (
            AttemptResult(None, "no answer within 10 seconds"),
            "no answer within 10 seconds: it must answer first",
        ),
        (AttemptResult(None, "ClientConnectorCertificateError: x"), "no valid certificate"),
        (AttemptResult(None, "ServerDisconnectedError: x"), "could not be read"),
        (AttemptResult(410, "HTTP status 410"), "not be attempted again"),
        (AttemptResult(403, "HTTP status 403"), "another secret"),
    ],
)
def test_each_outcome_has_a_sentence(result: AttemptResult, sentence: str) -> None:
    assert sentence in explained(result)
