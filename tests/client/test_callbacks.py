"""A callback is taken if it is from the bridge and new, whatever its case, and else refused."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence

import pytest
from multidict import CIMultiDict

from bridge.callbacks.signing import signed
from bridge.client import InvalidCallback, verify_callback
from bridge.store.rows.webhook_secrets import made
from tests.client.scripted import DONE

NOW_S = 1_767_225_600
SECRET, OTHER = made(), made()
BODY = json.dumps({**DONE, "prompt": "a cat 🐈"}, ensure_ascii=False).encode()


def headers(secrets: Sequence[str] = (SECRET,), at_s: int = NOW_S) -> dict[str, str]:
    return dict(signed("msg_1", at_s * 1000, BODY, secrets))


@pytest.mark.parametrize(
    "given",
    [
        headers(),
        headers([OTHER, SECRET]),
        headers(at_s=NOW_S - 299),
        {name.title(): value for name, value in headers().items()},
        CIMultiDict(headers()),
    ],
)
def test_a_callback_of_the_bridge_is_taken(given: Mapping[str, str]) -> None:
    job = verify_callback(BODY, given, SECRET, now_s=NOW_S)

    assert (job.id, job.status, job.prompt) == (DONE["jobid"], "completed", "a cat 🐈")


@pytest.mark.parametrize(
    ("body", "given"),
    [
        (BODY, headers([OTHER])),
        (BODY.replace(b"cat", b"dog"), headers()),
        (BODY, headers() | {"webhook-id": "msg_2"}),
        (BODY, headers() | {"webhook-timestamp": str(NOW_S - 1)}),
        (BODY, headers() | {"webhook-timestamp": "soon"}),
        (BODY, headers() | {"webhook-timestamp": "٣"}),
        (BODY, headers() | {"webhook-signature": ""}),
        (BODY, headers() | {"webhook-signature": "v1,"}),
        (BODY, headers() | {"webhook-signature": "v1,\udc80"}),
        (BODY, headers(at_s=NOW_S - 301)),
        (BODY, headers(at_s=NOW_S + 301)),
        (BODY, {}),
    ],
)
def test_everything_else_is_refused(body: bytes, given: Mapping[str, str]) -> None:
    with pytest.raises(InvalidCallback):
        verify_callback(body, given, SECRET, now_s=NOW_S)


def test_what_is_signed_but_no_job_is_told() -> None:
    alert = b'{"channel": "1", "condition": "bad_token"}'

    with pytest.raises(InvalidCallback, match="about no job"):
        verify_callback(alert, dict(signed("msg_1", NOW_S * 1000, alert, [SECRET])), SECRET, now_s=NOW_S)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_ü", "not base64!"])
def test_a_secret_that_is_none_is_an_error_of_the_program(secret: str) -> None:
    content = f"msg_1.{NOW_S}.".encode() + BODY
    signature = base64.b64encode(hmac.new(b"", content, hashlib.sha256).digest()).decode()
    forged = headers() | {"webhook-signature": f"v1,{signature}"}

    with pytest.raises(ValueError, match="whsec_"):
        verify_callback(BODY, forged, secret, now_s=NOW_S)
