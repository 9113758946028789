"""How the server listens: what the settings say of it, the warning about an open address, SIGHUP."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from bridge.api.http.certificate import ServerCertificate
from bridge.app.server_options import log_tls, server_options, url_of
from bridge.cli.commands import app
from bridge.cli.hangup import read_again_on_hangup
from bridge.config.settings import Settings
from bridge.errors import ConfigurationError
from tests.tools.certificates import certificate_in


def with_tls(folder: Path, **server: str) -> Settings:
    files = certificate_in(folder)
    tls = {"certificate": files.certificate, "key": files.key}
    return Settings(server={"tls": tls, **server})  # type: ignore[arg-type]


def events(settings: Settings) -> list[str]:
    with capture_logs() as logs:
        log_tls(settings, server_options(settings))
    return [line["event"] for line in logs]


def test_the_default_address_is_this_machines_and_needs_no_warning() -> None:
    assert Settings().server.host == "127.0.0.1"
    assert events(Settings()) == []


@pytest.mark.parametrize("host", ["localhost", "::1", "127.0.0.9"])
def test_an_address_of_this_machine_needs_no_warning(host: str) -> None:
    assert events(Settings(server={"host": host})) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "bridge.example"])
def test_an_open_address_without_tls_is_one_warning(host: str) -> None:
    assert events(Settings(server={"host": host})) == ["listening_without_tls"]  # type: ignore[arg-type]


def test_an_open_address_with_tls_needs_no_warning(tmp_path: Path) -> None:
    assert events(with_tls(tmp_path, host="0.0.0.0")) == ["certificate_read"]


def test_the_url_has_the_scheme(tmp_path: Path) -> None:
    assert url_of(Settings(), 1) == "http://127.0.0.1:1"
    assert url_of(with_tls(tmp_path, host="::"), 1) == "https://[::1]:1"


@pytest.mark.parametrize("name", ["certificate", "key"])
def test_a_certificate_without_a_key_and_the_reverse_stop_the_start(tmp_path: Path, name: str) -> None:
    settings = Settings(server={"tls": {name: tmp_path / "file"}})  # type: ignore[arg-type]

    with pytest.raises(ConfigurationError, match="must be set together"):
        server_options(settings)


def test_check_reads_the_files_of_the_certificate(tmp_path: Path) -> None:
    files = certificate_in(tmp_path)
    variables = {
        "BRIDGE_SERVER__TLS__CERTIFICATE": str(files.certificate),
        "BRIDGE_SERVER__TLS__KEY": str(files.key),
    }

    fine = CliRunner().invoke(app, ["check"], env=variables)
    files.key.unlink()
    broken = CliRunner().invoke(app, ["check"], env=variables)

    assert (fine.exit_code, "The configuration is fine" in fine.output) == (0, True)
    assert (broken.exit_code, str(files.key) in broken.output) == (2, True)


async def test_sighup_reads_the_certificate_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = certificate_in(tmp_path)
    certificate = ServerCertificate(files.certificate, files.key)
    before, is_read = certificate.context, asyncio.Event()
    monkeypatch.setattr(certificate, "log_expiry", is_read.set)

    read_again_on_hangup(certificate)
    os.kill(os.getpid(), signal.SIGHUP)
    async with asyncio.timeout(30):
        await is_read.wait()
    asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)

    assert certificate.context is not before
