"""The addresses of Discord, or of a simulator of it."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

API_VERSION: Final = "v9"
REAL_HOSTS: Final = frozenset({"discord.com", "canary.discord.com", "ptb.discord.com"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The addresses of Discord; `api_url` without version, `proxy` is the only proxy that is used."""

    api_url: str = "https://discord.com/api"
    gateway_url: str = "wss://gateway.discord.gg/"
    proxy: str | None = None

    @property
    def versioned_api_url(self) -> str:
        """Return the base URL of all routes."""
        return f"{self.api_url.rstrip('/')}/{API_VERSION}"

    @property
    def is_real_discord(self) -> bool:
        """Return whether this is the real Discord; only then the library looks up its web client."""
        return urlsplit(self.api_url).hostname in REAL_HOSTS

    @property
    def only_proxy(self) -> str:
        """Return the proxy for libcurl; an empty text makes it ignore those of the environment."""
        return self.proxy or ""
