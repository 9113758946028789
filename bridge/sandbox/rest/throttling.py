"""Answers 429 (Discord's docs, "Rate Limits"); without `Via` libraries take them for a ban by Cloudflare."""

import math

from bridge.sandbox.errors import ApiError, Problem
from bridge.sandbox.limits import GLOBAL, Limit, Standing
from bridge.sandbox.rest.call import Call

__all__ = ["VIA", "count_request", "throttled"]

TOO_MANY = Problem(429, 0, "You are being rate limited.")
VIA = "1.1 google"
PLACES = ("channel_id", "guild_id", "application_id", "token")


def count_request(call: Call, bucket: str, limit: Limit | None) -> dict[str, str]:
    """Count a request; refuse it when it is one too many, else return the headers of its bucket.

    A user meets the global limit alone and is told of no bucket. What an interaction's token allows has
    buckets but is outside the global limit; a first answer (`limit` is None) has no bucket at all.
    """
    who, has_token = call.user, "token" in call.params
    if who is not None and not has_token:
        _refuse_if_over(call.sim.limits.take(GLOBAL, str(who.id), "global"), is_global=True)
    if limit is None or not (has_token or (who is not None and who.is_bot)):
        return {}
    places = [call.params[name] for name in PLACES if name in call.params]
    subject = "" if has_token or who is None else str(who.id)
    standing = call.sim.limits.take(limit, subject, bucket, *places)
    _refuse_if_over(standing)
    return standing.headers()


def throttled(
    retry_after_s: float, headers: dict[str, str] | None = None, *, is_global: bool = False
) -> ApiError:
    """Return the refusal of a request that came too soon."""
    told = {
        **(headers or {}),
        "Retry-After": str(math.ceil(retry_after_s)),
        "X-RateLimit-Scope": "global" if is_global else "user",
        **({"X-RateLimit-Global": "true"} if is_global else {}),
    }
    error = ApiError(TOO_MANY, headers=told)
    error.extra = {"retry_after": round(retry_after_s, 3), "global": is_global}
    return error


def _refuse_if_over(standing: Standing, *, is_global: bool = False) -> None:
    if standing.is_over:
        headers = {} if is_global else standing.headers()
        raise throttled(standing.wait_s, headers, is_global=is_global)
