"""Links to the CDN: signed, and dead after a day (Discord's docs, "Signed Attachment CDN URLs")."""

import hashlib
import hmac
from collections.abc import Mapping

from yarl import URL

from bridge.sandbox.clock import Clock

__all__ = ["LIFE_S", "Links"]

LIFE_S = 24 * 3600


class Links:
    """Signs paths of the CDN with `ex` (when it dies), `is` (when it was made) and `hm`, hex each."""

    def __init__(self, cdn_url: str, secret: bytes, clock: Clock) -> None:
        self.cdn_url = cdn_url
        self._secret = secret
        self._clock = clock

    def sign(self, path: str) -> str:
        """Return a link to `path` that works for a day."""
        return f"{self.cdn_url}{path}?{self._query(path)}&"

    def sign_again(self, path: str, query: Mapping[str, str]) -> str:
        """Return a fresh link that keeps the query parameters that are not part of the signature."""
        kept = {name: value for name, value in query.items() if name not in {"ex", "is", "hm"}}
        return str(URL(self.sign(path).rstrip("&"), encoded=True).update_query(kept))

    def works(self, path: str, query: Mapping[str, str]) -> bool:
        """Tell whether the signature is ours and has not died."""
        given = [query.get(name, "") for name in ("ex", "is", "hm")]
        try:
            dies_s = int(given[0], 16)
        except ValueError:
            return False
        genuine = hmac.compare_digest(self._mark(path, given[0], given[1]), given[2])
        return genuine and dies_s * 1000 > self._clock.now_ms()

    def _query(self, path: str) -> str:
        made_s = self._clock.now_ms() // 1000
        dies, made = f"{made_s + LIFE_S:x}", f"{made_s:x}"
        return f"ex={dies}&is={made}&hm={self._mark(path, dies, made)}"

    def _mark(self, path: str, dies: str, made: str) -> str:
        return hmac.new(self._secret, f"{path}|{dies}|{made}".encode(), hashlib.sha256).hexdigest()
