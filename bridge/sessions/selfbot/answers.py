"""What an HTTP answer of Discord means for an interaction, the account and the channel; pure."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from bridge.sessions.port import LONGEST_RETRY_S, Rejected, Sent, Taken, Throttled, Unknown
from bridge.sessions.selfbot.raw_json import Raw, inner, mapping, text, truth, whole
from bridge.sessions.trouble import (
    Trouble,
    action_required,
    bad_token,
    captcha,
    channel_gone,
    forbidden,
    no_access,
    no_such_channel,
)

BODY_LIMIT: Final = 2_000
UNSAID_RETRY_S: Final = 60.0
NOT_READY: Final = range(110_000, 120_000)
INVALID_FORM: Final = 50_035
UNKNOWN_CHANNEL: Final = 10_003
MISSING_ACCESS: Final = 50_001
VERIFY_ACCOUNT: Final = frozenset({40_002, 40_013})
TERMS: Final = frozenset({40_013, 40_014})
TOO_MANY_REQUESTS: Final = 429
UNAUTHORIZED: Final = "Discord refused the token (401)"
BLOCKED: Final = 40_333
"""Discord's documentation lists it as Cloudflare's: "Cloudflare is blocking your request"."""
MOST_DIGITS: Final = 25


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers by lower-case name, and body of an HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content(self) -> object:
        """Return the body as JSON, None if it is not JSON (Cloudflare answers in HTML)."""
        try:
            return json.loads(self.body, parse_int=_whole)
        except (ValueError, RecursionError):
            return None

    @property
    def object(self) -> Raw:
        """Return the body as a JSON object, empty if it is not one."""
        return mapping(self.content) or {}

    @property
    def code(self) -> int | None:
        """Return Discord's error code."""
        return whole(self.object, "code")

    @property
    def is_discords(self) -> bool:
        """Return whether Discord's API answered: its errors are JSON with a `code`, or ask for a captcha."""
        return (self.code is not None and self.code != BLOCKED) or "captcha_key" in self.object

    @property
    def shown(self) -> str:
        """Return the beginning of the body as text."""
        return self.body.decode(errors="replace")[:BODY_LIMIT]


def judge(answer: Answer) -> Sent:
    """Return the outcome of an interaction with this answer.

    A 4xx that is not from Discord's API proves nothing. Usually Cloudflare sent it without forwarding the
    request, but Cloudflare or another proxy can also replace an answer of the API by an error page
    (https://developers.cloudflare.com/rules/custom-errors/).
    """
    if answer.status == TOO_MANY_REQUESTS or is_not_ready(answer):
        return Throttled(retry_after_s(answer), is_global(answer), answer.shown)
    if 200 <= answer.status < 300:
        return Taken()
    if is_blocked(answer):
        return Unknown(f"{answer.status}, not by Discord's API")
    if 400 <= answer.status < 500:
        return Rejected(answer.status, answer.shown, _is_stale(answer), _is_account(answer))
    return Unknown(f"Discord answered {answer.status}")


def is_blocked(answer: Answer) -> bool:
    """Return whether a proxy before Discord's API refused the request, for example Cloudflare."""
    is_refusal = 400 <= answer.status < 500 and answer.status != TOO_MANY_REQUESTS
    return is_refusal and not answer.is_discords


def is_not_ready(answer: Answer) -> bool:
    """Return whether Discord asks to repeat the request later (202 with an error code)."""
    return answer.status == 202 and (answer.code or 0) in NOT_READY


def retry_after_s(answer: Answer) -> float:
    """Return how many seconds to wait; Cloudflare says it in a header only, or not at all."""
    said, header = _number(answer.object.get("retry_after")), _number(answer.headers.get("retry-after"))
    if said is not None and header is not None and header == said / 1000:
        said = header
    return min(next((each for each in (said, header) if each is not None), UNSAID_RETRY_S), LONGEST_RETRY_S)


def account_trouble(answer: Answer) -> Trouble | None:
    """Return the trouble of the account that any answer can show."""
    if not answer.is_discords:
        return None
    if answer.status == 401:
        return bad_token(UNAUTHORIZED)
    if "captcha_key" in answer.object:
        return captcha()
    if answer.status == 403 and answer.code in VERIFY_ACCOUNT | TERMS:
        return action_required(text(answer.object, "message") or f"code {answer.code}")
    return None


def channel_trouble(answer: Answer) -> Trouble | None:
    """Return the trouble of the account in a channel that the answer to a request about it shows."""
    if not answer.is_discords:
        return None
    if answer.status == 403:
        said = text(answer.object, "message") or "no reason given"
        return forbidden(f"Discord refuses this account here (403, code {answer.code}: {said[:200]})")
    return channel_gone() if answer.status == 404 and answer.code == UNKNOWN_CHANNEL else None


def access_trouble(answer: Answer) -> Trouble | None:
    """Return what the answer to a read of a channel says of the account's access to it.

    A later read that succeeds proves that it has ended.
    """
    trouble = channel_trouble(answer)
    if trouble is None or account_trouble(answer) is not None:
        return None
    if answer.status == 404:
        return no_such_channel()
    return no_access() if answer.code == MISSING_ACCESS else replace(trouble, ends_with_access=True)


def _is_account(answer: Answer) -> bool:
    return account_trouble(answer) is not None or channel_trouble(answer) is not None


def _is_stale(answer: Answer) -> bool:
    if answer.status != 400:
        return False
    outdated = inner(answer.object, "errors", "data") or {}
    is_about_data = answer.code == INVALID_FORM and "_errors" in outdated
    return is_about_data or b"INVALID_VERSION" in answer.body


def is_global(answer: Answer) -> bool:
    """Return whether a 429 is global.

    Cloudflare's are: a page, or the text of a ban, also as JSON (discord-api-docs#5810), without a time.
    """
    said = answer.headers.get("x-ratelimit-scope") == "global" or "x-ratelimit-global" in answer.headers
    return truth(answer.object, "global") or said or "retry_after" not in answer.object


def _whole(digits: str) -> int | None:
    """Return a whole number of the JSON, None where it is longer than Python reads or Discord writes."""
    return int(digits) if len(digits) <= MOST_DIGITS else None


def _number(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None
