"""The server with a certificate: what it speaks, what it limits, and how it takes a new certificate."""

import asyncio
import shutil
import socket
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bridge.api.http.certificate import ServerCertificate
from bridge.api.http.options import Limits
from bridge.api.http.protocol import Protocol
from bridge.errors import ConfigurationError
from tests.server.conftest import HEALTH, LIMIT_S, Reply, Serve, Served, is_cut, read_replies
from tests.tools.access import TOKEN
from tests.tools.certificates import Files, certificate_in

HEAD = f"Host: bridge\r\nAuthorization: Bearer {TOKEN}\r\n"
GET = f"GET {HEALTH} HTTP/1.1\r\n{HEAD}Connection: close\r\n\r\n".encode()
LARGE = f"GET /docs/swagger-ui-bundle.js HTTP/1.1\r\n{HEAD}\r\n".encode()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return certificate_in(tmp_path)


@pytest.fixture
def certificate(files: Files) -> ServerCertificate:
    return ServerCertificate(files.certificate, files.key)


def trusting(files: Files) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=files.certificate)


@asynccontextmanager
async def secured(
    server: Served, context: ssl.SSLContext
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with asyncio.timeout(LIMIT_S):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=context)
        try:
            yield reader, writer
        finally:
            writer.transport.abort()


async def ask(server: Served, context: ssl.SSLContext, request: bytes = GET) -> Reply:
    async with secured(server, context) as (reader, writer):
        writer.write(request)
        [reply] = [reply async for reply in read_replies(reader)]
    return reply


async def test_with_a_certificate_the_server_speaks_https(
    serve: Serve, certificate: ServerCertificate, files: Files
) -> None:
    async with serve(certificate=certificate) as server:
        reply = await ask(server, trusting(files))

    assert reply.status == 200


@pytest.mark.skipif(sys.platform == "win32", reason="there is no uvloop")
def test_with_uvloop_too(serve: Serve, certificate: ServerCertificate, files: Files) -> None:
    import uvloop

    async def asked() -> list[int]:
        async with serve(certificate=certificate) as server:
            return [(await ask(server, trusting(files))).status for _ in range(3)]

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(asked()) == [200] * 3


async def test_a_large_body_arrives_whole(serve: Serve, certificate: ServerCertificate, files: Files) -> None:
    head = f"POST {HEALTH.replace('health', 'create')} HTTP/1.1\r\n{HEAD}Connection: close\r\n"
    body = b'{"prompt": "' + b"x" * 900_000 + b'"}'
    kind = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"

    async with serve(certificate=certificate) as server:
        reply = await ask(server, trusting(files), (head + kind).encode() + body)

    assert (reply.status, reply.body) == (200, b'{"fields":["prompt"],"code":200}\n')


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
async def test_old_versions_of_tls_are_refused(
    serve: Serve, certificate: ServerCertificate, files: Files, version: ssl.TLSVersion
) -> None:
    context = trusting(files)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version = context.maximum_version = version

    async with serve(certificate=certificate) as server:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await ask(server, context)


@pytest.mark.parametrize("sent", [GET, b"\x16\x03\x01\x00\x05hello", b"\0" * 1_000, b""])
async def test_a_broken_handshake_costs_its_connection_only(
    serve: Serve, certificate: ServerCertificate, files: Files, sent: bytes
) -> None:
    async with serve(certificate=certificate, limits=Limits(connections=1)) as server:
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", server.port)) as client:
                client.sendall(sent)
        async with asyncio.timeout(LIMIT_S):
            while (reply := await answered(server, trusting(files))) is None:
                pass

    assert reply.status == 200


async def test_an_error_after_a_handshake_costs_its_connection_only(
    serve: Serve, certificate: ServerCertificate, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defective(*_: object) -> None:
        raise TypeError("a defect")

    async with serve(certificate=certificate, limits=Limits(connections=1)) as server:
        with monkeypatch.context() as patched:
            patched.setattr(Protocol, "connection_made", defective)
            with pytest.raises((ValueError, ssl.SSLError, ConnectionError)):
                await ask(server, trusting(files))
        async with asyncio.timeout(LIMIT_S):
            while (reply := await answered(server, trusting(files))) is None:
                pass

    assert reply.status == 200


async def answered(server: Served, context: ssl.SSLContext) -> Reply | None:
    """Return an answer, or None when there was no room for the connection."""
    try:
        return await ask(server, context)
    except (ssl.SSLError, ConnectionError, asyncio.IncompleteReadError):
        return None


async def test_a_handshake_that_does_not_come_is_cut_and_counts_as_a_connection(
    serve: Serve, certificate: ServerCertificate, files: Files
) -> None:
    limits = Limits(connections_per_address=1, handshake_s=0.3)

    async with serve(certificate=certificate, limits=limits) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            with pytest.raises((ssl.SSLError, ConnectionError)):
                await ask(server, trusting(files))
            client.setblocking(False)
            async with asyncio.timeout(LIMIT_S):
                assert await asyncio.get_running_loop().sock_recv(client, 1) == b""
        reply = await ask(server, trusting(files))

    assert reply.status == 200


async def test_a_client_that_reads_nothing_over_tls_is_cut(
    serve: Serve, certificate: ServerCertificate, files: Files
) -> None:
    limits = Limits(reads_nothing_s=0.2)

    def connected(port: int) -> ssl.SSLSocket:
        plain = socket.socket()
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        plain.connect(("127.0.0.1", port))
        client = trusting(files).wrap_socket(plain, server_hostname="127.0.0.1")
        client.sendall(LARGE * 300)
        return client

    async with serve(certificate=certificate, limits=limits) as server:
        with await asyncio.to_thread(connected, server.port) as client:
            await is_cut(client)


async def test_a_new_certificate_is_used_for_new_connections_and_old_ones_stay(
    serve: Serve, certificate: ServerCertificate, files: Files, tmp_path: Path
) -> None:
    new = certificate_in(tmp_path, "new")

    async with serve(certificate=certificate) as server, secured(server, trusting(files)) as (reader, writer):
        shutil.copy(new.certificate, files.certificate)
        shutil.copy(new.key, files.key)
        with capture_logs() as logs:
            certificate.read_again()
        after = await ask(server, trusting(new))
        writer.write(GET)
        before = [reply.status async for reply in read_replies(reader)]

    assert (after.status, before) == (200, [200])
    assert [line["event"] for line in logs] == ["certificate_read"]


async def test_a_broken_new_certificate_keeps_the_old_one_and_says_so(
    serve: Serve, certificate: ServerCertificate, files: Files
) -> None:
    context = trusting(files)

    async with serve(certificate=certificate) as server:
        files.certificate.write_text("half a certif")
        with capture_logs() as logs:
            certificate.read_again()
        reply = await ask(server, context)

    assert reply.status == 200
    assert [(line["event"], line["log_level"]) for line in logs] == [("certificate_not_replaced", "error")]
    assert "contains no PEM certificate" in logs[0]["reason"]


def test_a_certificate_that_cannot_be_used_is_told_by_its_setting_and_its_reason(tmp_path: Path) -> None:
    good, other = certificate_in(tmp_path), certificate_in(tmp_path, "other")
    locked = certificate_in(tmp_path, "locked", password=b"secret")
    missing = tmp_path / "missing"

    assert (
        complaint(missing, good.key)
        == f"server.tls.certificate: {missing} cannot be read: No such file or directory"
    )
    assert complaint(good.certificate, missing).startswith("server.tls.key: ")
    assert complaint(tmp_path, good.key).endswith("cannot be read: Is a directory")
    assert complaint(good.key, good.key).endswith("contains no PEM certificate")
    assert complaint(good.certificate, good.certificate).endswith("contains no PEM private key")
    assert complaint(good.certificate, other.key).endswith("is not the key of the certificate")
    assert complaint(locked.certificate, locked.key).endswith(
        "is encrypted; store the key without a password"
    )


def test_an_expired_certificate_is_used_with_a_warning(tmp_path: Path) -> None:
    files = certificate_in(tmp_path, days=-1)

    with capture_logs() as logs:
        ServerCertificate(files.certificate, files.key).log_expiry()

    assert [(line["event"], line["log_level"]) for line in logs] == [("certificate_expired", "warning")]


def complaint(certificate: Path, key: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        ServerCertificate(certificate, key)
    return str(caught.value)
