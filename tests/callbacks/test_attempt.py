"""One attempt: it ends in time whatever the receiver does, and reads no more than it has to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from bridge.callbacks.attempt import MOST_READ, AttemptResult, _read_a_little, post
from bridge.callbacks.client import CallbackClient
from bridge.callbacks.status_line import HEAD_S
from bridge.config.settings import Settings
from tests.tools.local_client import local_client
from tests.tools.receivers import (
    Answer,
    dripping,
    headers_only,
    hung_up_after,
    receiving,
    saying,
    silence,
    status,
)

TIMEOUT_S = 0.4


@pytest.fixture
async def client() -> AsyncIterator[CallbackClient]:
    async with local_client() as opened:
        yield opened


@pytest.mark.parametrize(
    "answer",
    [silence, dripping("HTTP/1.1 200 " + "O" * 1000, pause_s=0.02)],
    ids=["silent", "each byte soon after the other"],
)
async def test_an_attempt_without_an_answer_ends_in_time(client: CallbackClient, answer: Answer) -> None:
    async with receiving(answer) as receiver, asyncio.timeout(30):
        went = await post(client, receiver.url, b"{}", {}, TIMEOUT_S)

    assert went == AttemptResult(None, f"no answer within {TIMEOUT_S:g} seconds")


async def test_an_answer_whose_body_never_ends_is_an_answer_within_the_same_time(
    client: CallbackClient,
) -> None:
    async with receiving(headers_only) as receiver, asyncio.timeout(30):
        went = await post(client, receiver.url, b"{}", {}, TIMEOUT_S)

    assert went == AttemptResult(200)


async def test_a_body_that_does_not_come_is_not_waited_for_as_long_as_an_answer(
    client: CallbackClient,
) -> None:
    async with receiving(headers_only) as receiver, asyncio.timeout(30):
        went = await post(client, receiver.url, b"{}", {}, 30)

    assert went == AttemptResult(200)


@pytest.mark.parametrize(
    "follows",
    [
        "Content-Length: 2\r\n\r\nok",
        "\r\nok",
        "Transfer-Encoding: chunked\r\n\r\nno chunk",
        "Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n",
        "Content-Length: many\r\n\r\n",
        "no header\r\n\r\n",
        "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nok",
        "Content-Length: 90\r\n\r\ncut",
        "X-Cut: in the midst of a hea",
        "X-Long: " + "a" * 100_000 + "\r\n\r\n",
        "".join(f"X-{number}: 1\r\n" for number in range(5000)) + "\r\n",
        "",
    ],
)
@pytest.mark.parametrize("code", [200, 204])
@pytest.mark.parametrize("then", [saying, hung_up_after])
async def test_what_follows_the_line_of_a_2xx_takes_nothing_back(
    client: CallbackClient, code: int, follows: str, then: Callable[[str], Answer]
) -> None:
    line = f"HTTP/1.1 {code} Fine\r\n"

    async with receiving(then(line + follows)) as receiver, asyncio.timeout(30):
        went = await post(client, receiver.url, b"{}", {}, 30)

    assert (went.status, went.is_delivered, went.error) == (code, True, None)


@pytest.mark.parametrize("follows", ["", "X-Cut: in the midst of a hea"])
async def test_a_2xx_is_delivered_though_the_limit_of_the_attempt_comes_before_the_rest_of_its_head(
    client: CallbackClient, follows: str
) -> None:
    assert TIMEOUT_S < HEAD_S

    async with receiving(saying("HTTP/1.1 200 Fine\r\n" + follows)) as receiver, asyncio.timeout(30):
        went = await post(client, receiver.url, b"{}", {}, TIMEOUT_S)

    assert went == AttemptResult(200)


@pytest.mark.parametrize(
    "line", ["HTTP/1.1 500 No", "HTTP/1.1 302 No", "HTTP/1.1 404 No\r\n\r\nHTTP/1.1 200 OK"]
)
async def test_what_is_no_2xx_is_none_whatever_follows(client: CallbackClient, line: str) -> None:
    async with receiving(hung_up_after(f"{line}\r\nno header\r\n\r\n")) as receiver, asyncio.timeout(30):
        went = await post(client, receiver.url, b"{}", {}, 30)

    assert not went.is_delivered


async def test_a_2xx_after_an_early_hint_is_delivered(client: CallbackClient) -> None:
    hint = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"

    async with receiving(saying(hint + "HTTP/1.1 204 Fine\r\nContent-Length: 2\r\n\r\nok")) as receiver:
        went = await post(client, receiver.url, b"{}", {}, 30)

    assert went == AttemptResult(204)


async def test_a_204_with_a_body_does_not_spoil_the_callback_behind_it(client: CallbackClient) -> None:
    answer = dripping("HTTP/1.1 204 Fine\r\nContent-Length: 2\r\n\r\nok", pause_s=0)

    async with receiving(answer) as receiver:
        went = [await post(client, receiver.url, b"{}", {}, 30) for _ in range(5)]

    assert went == [AttemptResult(204)] * 5


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/hook/猫?n=é", "/hook/%E7%8C%AB?n=%C3%A9"),
        ("/a?c=%C3%A9&d=%2f", "/a?c=%C3%A9&d=%2f"),
        ("/a+b/%7E~;x=1?q=[1]&r=a/b?c#end", "/a+b/%7E~;x=1?q=[1]&r=a/b?c"),
        ('/"<>{}|^`', "/%22%3C%3E%7B%7D%7C%5E%60"),
        ("", "/"),
        ("?é", "/?%C3%A9"),
    ],
)
async def test_an_address_beyond_ascii_is_sent_encoded_and_another_as_it_is(
    client: CallbackClient, path: str, target: str
) -> None:
    async with receiving() as receiver:
        url = receiver.url.removesuffix("/hook") + path
        went = await post(client, url, b"{}", {}, TIMEOUT_S)

    assert went == AttemptResult(200)
    assert [one.target for one in receiver.posts] == [target]


def test_an_attempt_has_fifteen_seconds_unless_it_is_set() -> None:
    assert Settings().callbacks.timeout_s == 15


async def test_four_kilobytes_of_a_body_are_read() -> None:
    body = Endless()

    await _read_a_little(SimpleNamespace(content=body))  # type: ignore[arg-type]

    assert body.given == MOST_READ == 4096


class Endless:
    """A body without an end; a real one would not tell how much of it was asked for."""

    given = 0

    async def read(self, most: int) -> bytes:
        piece = bytes(min(most, 1000))
        self.given += len(piece)
        return piece


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_like_any_other(client: CallbackClient, code: int) -> None:
    async with receiving() as elsewhere, receiving(status(code, Location=elsewhere.url)) as receiver:
        went = await post(client, receiver.url, b"{}", {}, TIMEOUT_S)

    assert went == AttemptResult(code, f"HTTP status {code}")
    assert not went.is_delivered
    assert elsewhere.posts == []


@pytest.mark.parametrize(("code", "is_gone"), [(410, True), (404, False), (500, False)])
async def test_only_410_says_that_a_receiver_is_gone(
    client: CallbackClient, code: int, is_gone: bool
) -> None:
    async with receiving(status(code)) as receiver:
        went: Any = await post(client, receiver.url, b"{}", {}, TIMEOUT_S)

    assert went.is_gone is is_gone
