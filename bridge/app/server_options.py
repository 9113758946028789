"""How the HTTP server listens, as the settings say."""

from ipaddress import ip_address

import structlog

from bridge.api.http.certificate import ServerCertificate
from bridge.api.http.options import Limits, ServerOptions
from bridge.config.settings import Settings
from bridge.errors import ConfigurationError
from bridge.jobs.links import cdn_at

log = structlog.get_logger(__name__)


def server_options(settings: Settings) -> ServerOptions:
    """Return the options of the server; raises `ConfigurationError` if the certificate is not usable."""
    server = settings.server
    return ServerOptions(
        server.host,
        server.port,
        hosts=server.hosts,
        origins=server.cors_origins,
        trusted_proxies=server.trusted_proxies,
        base_path=server.base_path,
        limits=Limits(server.connections, server.connections_per_address),
        certificate=certificate_of(settings),
        media=_media(settings),
        picture_bytes=settings.uploads.max_bytes,
        is_access_logged=settings.log.access,
    )


def _media(settings: Settings) -> tuple[str, ...]:
    """Return where the videos of records are, besides this server."""
    mirrored = settings.media.public_url if settings.media.mirror else None
    return (*cdn_at(settings.discord.cdn_url).bases, *filter(None, [mirrored]))


def certificate_of(settings: Settings) -> ServerCertificate | None:
    """Return the certificate, read from its files; None without TLS. Raises `ConfigurationError`."""
    tls = settings.server.tls
    if tls.certificate is None and tls.key is None:
        return None
    if tls.certificate is None or tls.key is None:
        raise ConfigurationError("server.tls.certificate and server.tls.key must be set together")
    return ServerCertificate(tls.certificate, tls.key)


def log_tls(settings: Settings, options: ServerOptions) -> None:
    """Log until when the certificate is valid, or warn when other machines can reach the API without TLS."""
    if options.certificate is not None:
        options.certificate.log_expiry()
    elif not _is_loopback(settings.server.host):
        log.warning(
            "listening_without_tls",
            host=settings.server.host,
            reason="tokens and Discord tokens cross the network in clear text",
            remedy="set server.tls.certificate and server.tls.key, or let only a proxy with TLS reach it",
        )


def url_of(settings: Settings, port: int) -> str:
    """Return the URL for a client on this machine."""
    host = settings.server.host
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    scheme = "http" if settings.server.tls.certificate is None else "https"
    return f"{scheme}://{shown}:{port}{settings.server.base_path}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
