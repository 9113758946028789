"""A job's links to files on Discord's CDN: which they are, when they expire, how they are replaced; pure.

A link expires about a day after Discord issued it. In its query `ex` is the expiry and `is` the issue time,
in hex seconds, `hm` the signature (Discord's docs, "Reference", "Signed Attachment CDN URLs"). A renewal
changes only these.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from bridge.chat import Attachment, Embed, EmbedImage
from bridge.jobs.job import Job, Said
from bridge.ports import HOUR_MS

MARGIN_MS: Final = HOUR_MS
"""How long before its expiry a link is replaced; half of its lifetime if that is shorter."""

Renew = Callable[[str], str]
DISCORDS_CDN: Final = "https://cdn.discordapp.com"
_SIGNATURE: Final = ("ex", "is", "hm")
_DIES: Final = re.compile(r"[?&]ex=([0-9a-fA-F]{1,12})(?:&|$)")
_MADE: Final = re.compile(r"[?&]is=([0-9a-fA-F]{1,12})(?:&|$)")
_FILE: Final = re.compile(r"/(?:ephemeral-)?attachments/[0-9]{1,20}/[0-9]{1,20}/[^/?#\s]+")
_MEDIA: Final = "https://media.discordapp.net"


@dataclass(frozen=True, slots=True)
class Cdn:
    """The URL prefixes of the files of one Discord."""

    bases: tuple[str, ...]

    def place(self, url: str) -> str | None:
        """Return the part of a link that does not change on renewal; None if it is not a file of this CDN."""
        address, _, query = url.partition("?")
        base = next((base for base in self.bases if address.startswith(f"{base}/")), None)
        if base is None or not _FILE.fullmatch(address.removeprefix(base)):
            return None
        kept = [part for part in query.split("&") if part and part.partition("=")[0] not in _SIGNATURE]
        return f"{address}?{'&'.join(kept)}" if kept else address


def cdn_at(url: str) -> Cdn:
    """Return the CDN at an address; the real one has a second address for pictures."""
    return Cdn((url, _MEDIA) if url == DISCORDS_CDN else (url,))


def dies_ms(url: str) -> int | None:
    """Return when a link expires, None if it does not say so."""
    return _moment_ms(_DIES, url)


def is_near_end(url: str, now_ms: int) -> bool:
    """Return whether a link must be replaced: it has expired or will soon."""
    dies, made = dies_ms(url), _moment_ms(_MADE, url) or 0
    return dies is not None and now_ms >= dies - min(MARGIN_MS, max(0, dies - made) // 2)


def links_of(job: Job) -> Iterator[str]:
    """Yield the links of a job's files and pictures."""
    if job.said is None:
        return
    images = [embed.image for embed in job.said.embeds if embed.image is not None]
    shown: list[Attachment | EmbedImage] = [*job.said.attachments, *images]
    for each in shown:
        yield each.url
        if each.proxy_url is not None:
            yield each.proxy_url


def with_links(job: Job, renew: Renew) -> Job:
    """Return a job with each link replaced by `renew`."""
    return job if job.said is None else replace(job, said=_said(job.said, renew))


def _said(said: Said, renew: Renew) -> Said:
    return replace(
        said,
        attachments=tuple(_attachment(file, renew) for file in said.attachments),
        embeds=tuple(_embed(embed, renew) for embed in said.embeds),
    )


def _attachment(file: Attachment, renew: Renew) -> Attachment:
    return replace(file, url=renew(file.url), proxy_url=file.proxy_url and renew(file.proxy_url))


def _embed(embed: Embed, renew: Renew) -> Embed:
    image = embed.image
    if image is None:
        return embed
    renewed = replace(image, url=renew(image.url), proxy_url=image.proxy_url and renew(image.proxy_url))
    return replace(embed, image=renewed)


def _moment_ms(pattern: re.Pattern[str], url: str) -> int | None:
    found = pattern.search(url)
    return int(found[1], 16) * 1000 if found else None


@dataclass(frozen=True, slots=True)
class Dying:
    """A link about to expire, and the job's account, which is tried first."""

    url: str
    tenant: str
    account: int
