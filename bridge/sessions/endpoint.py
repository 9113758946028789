"""Where Discord is: the real one, or another that speaks like it."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

API_VERSION: Final = "v9"
REAL_HOSTS: Final = frozenset({"discord.com", "canary.discord.com", "ptb.discord.com"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The addresses of one Discord; `api_url` is without version, `proxy` is the only proxy that is used."""

    api_url: str = "https://discord.com/api"
    gateway_url: str = "wss://gateway.discord.gg/"
    cdn_url: str = "https://cdn.discordapp.com"
    proxy: str | None = None

    @property
    def versioned_api_url(self) -> str:
        """Return what every route's path is appended to."""
        return f"{self.api_url.rstrip('/')}/{API_VERSION}"

    @property
    def is_real_discord(self) -> bool:
        """Tell whether this is Discord itself, whose web client the library then looks at to be like it."""
        return urlsplit(self.api_url).hostname in REAL_HOSTS

    @property
    def only_proxy(self) -> str:
        """Return what libcurl is told of proxies: an empty one keeps it from obeying the environment's."""
        return self.proxy or ""
