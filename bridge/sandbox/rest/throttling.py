"""Answers 429 (Discord's docs, "Rate Limits"); without `Via` libraries take them for a ban by Cloudflare."""

import math

from bridge.sandbox.errors import ApiError, Problem

__all__ = ["throttled"]

TOO_MANY = Problem(429, 0, "You are being rate limited.")


def throttled(retry_after_s: float) -> ApiError:
    """Return the refusal of a request that came too soon."""
    headers = {
        "Retry-After": str(math.ceil(retry_after_s)),
        "Via": "1.1 google",
        "X-RateLimit-Scope": "user",
    }
    error = ApiError(TOO_MANY, headers=headers)
    error.extra = {"retry_after": retry_after_s, "global": False}
    return error
