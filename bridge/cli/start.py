"""Reads the settings, starts the log and runs a command."""

import os
from collections.abc import Callable, Coroutine, Mapping
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeAlias

import structlog

from bridge.cli.checking import refuse_sandbox_token
from bridge.cli.chosen_file import chosen_file, unread_files
from bridge.cli.event_loop import maker_of
from bridge.cli.layers import (
    bot_section,
    load,
    preset,
    read_environment,
    read_file,
    read_flags,
)
from bridge.cli.ready import clear_ready_file
from bridge.cli.redacting_log import redacting_log
from bridge.cli.stopping import run
from bridge.config.settings import SANDBOX_TOKEN, Settings
from bridge.flows.timing import STANDARD, Timing

log = structlog.get_logger(__name__)

Command: TypeAlias = Callable[[Settings], Coroutine[Any, Any, None]]
"""A command on the database of the settings."""
LOOPBACK: Final = ("127.0.0.0/8", "::1/128")
"""What the receivers of somebody who tries a sandbox listen on."""


def start_bridge(
    config: Path | None,
    flags: Mapping[str, object],
    ready_file: Path | None,
    record: Path | None,
    timing: Timing | None,
) -> None:
    """Run the bridge with the settings of flags, environment and file."""
    configuration = load(read_flags(flags), read_environment(), read_file(chosen_file(config)))
    refuse_sandbox_token(configuration)
    settings = configuration.settings
    redactor = redacting_log(settings)
    for name, reason in unread_files().items() if config is None else ():
        log.warning("file_was_not_read", name=name, reason=reason)
    from bridge.cli.running import serve

    make_loop = maker_of(settings.server.event_loop)
    clear_ready_file(ready_file)
    run(serve(settings, redactor, ready_file, record, timing or STANDARD), make_loop)


def start_sandbox(
    flags: Mapping[str, object], bot: Path | None, simulator: Mapping[str, Any], ready_file: Path | None
) -> None:
    """Run a bridge against its own simulator; without a data directory, in a temporary one."""
    with TemporaryDirectory(prefix="pixverse-bridge-", ignore_cleanup_errors=True) as temporary:
        values = {"api_token": SANDBOX_TOKEN, "data_dir": temporary, "callbacks.allow": LOOPBACK}
        defaults = preset(values, "the sandbox")
        layers = (read_flags(flags), read_environment(), bot_section(bot), defaults)
        settings = load(*layers).settings
        redactor = redacting_log(settings)
        from bridge.cli.running import sandbox
        from bridge.cli.simulating import sandbox_options

        options = sandbox_options({**simulator, "seed": seed_of(settings.data_dir)})
        make_loop = maker_of(settings.server.event_loop)
        clear_ready_file(ready_file)
        run(sandbox(options, layers, settings.data_dir, redactor, ready_file), make_loop)


def seed_of(data_dir: Path) -> int:
    """Return a seed that depends on the directory only, so that each start has the same accounts."""
    return int.from_bytes(sha256(os.fsencode(data_dir.absolute())).digest()[:6])


def start_discord(simulator: Mapping[str, Any], ready_file: Path | None) -> None:
    """Run the simulator; it uses only the log settings."""
    redactor = redacting_log(load(read_environment()).settings)
    from bridge.cli.simulating import sandbox_discord, sandbox_options

    options = sandbox_options(simulator)
    clear_ready_file(ready_file)
    run(sandbox_discord(options, redactor, ready_file))


def start_recording(config: Path | None, channel: str, out: Path, seconds: float | None) -> None:
    """Record the bot's messages of one account."""
    settings = settings_of(config, {})
    redactor = redacting_log(settings)
    from bridge.cli.recording import RecordingAction, record

    run(record(settings, redactor, RecordingAction(channel, out, seconds)))


def start_explaining(config: Path | None, recording: Path, *, as_json: bool) -> None:
    """Explain a recording with the configured rows of the bot."""
    settings = settings_of(config, {})
    redacting_log(settings)
    from bridge.cli.explaining import explain

    explain(recording, settings.bot, as_json=as_json)


def start_webhook_secret(config: Path | None, flags: Mapping[str, object], action: str, tenant: str) -> None:
    """Show or change the webhook secret of a tenant."""
    settings = settings_of(config, flags)
    redactor = redacting_log(settings)
    from bridge.cli.webhook_secret import SecretAction, webhook_secret

    run(webhook_secret(settings, redactor, SecretAction(action), tenant))


def start_keys_list(config: Path | None, flags: Mapping[str, object], *, as_json: bool) -> None:
    """List the secret keys."""
    settings = settings_of(config, flags)
    redactor = redacting_log(settings)
    from bridge.cli.keys import list_keys

    run(list_keys(settings, redactor, as_json=as_json))


def start_keys_rotate(
    config: Path | None, flags: Mapping[str, object], *, as_json: bool, is_dropping: bool
) -> None:
    """Encrypt all secrets with a new key."""
    settings = settings_of(config, flags)
    redactor = redacting_log(settings)
    from bridge.cli.keys import rotate_keys

    run(rotate_keys(settings, redactor, as_json=as_json, is_dropping=is_dropping))


def start_migrate(source: str, target: str, data_dir: Path | None, *, as_json: bool) -> None:
    """Move an installation; of the settings, only those of the environment count."""
    settings = load(read_environment()).settings
    redactor = redacting_log(settings)
    from bridge.cli.migrate import Wanted, migrate

    migrate(settings, redactor, Wanted(source, target, data_dir), as_json=as_json)


def start_backup(
    config: Path | None,
    flags: Mapping[str, object],
    file: Path,
    *,
    with_key: bool,
    with_media: bool,
    as_json: bool,
) -> None:
    """Write a backup of the installation of the settings."""
    settings = settings_of(config, flags)
    redacting_log(settings)
    from bridge.app.backup import Wanted
    from bridge.cli.backup import back_up

    back_up(settings, file, Wanted(with_key, with_media), as_json=as_json)


def start_verify(file: Path, *, as_json: bool) -> None:
    """Check a backup; only the log settings count."""
    redacting_log(load(read_environment()).settings)
    from bridge.cli.backup import verify

    verify(file, as_json=as_json)


def start_restore(file: Path, data_dir: Path, database: str | None, *, as_json: bool) -> None:
    """Restore a backup; only the log settings count."""
    redacting_log(load(read_environment()).settings)
    from bridge.cli.backup import restore

    restore(file, data_dir, database, as_json=as_json)


def start_access(config: Path | None, flags: Mapping[str, object], command: Command) -> None:
    """Run a command about tokens or tenants on the database of the settings."""
    settings = settings_of(config, flags)
    redacting_log(settings)
    run(command(settings))


def settings_of(config: Path | None, flags: Mapping[str, object]) -> Settings:
    """Return the settings of flags, environment and file."""
    return load(read_flags(flags), read_environment(), read_file(chosen_file(config))).settings
