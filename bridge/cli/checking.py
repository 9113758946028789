"""`check`: shows what the bridge would use, or everything that is wrong with the configuration."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import typer

from bridge.cli.chosen_file import chosen_file, unread_files
from bridge.cli.layers import Configuration, Layer, examined, read_environment, read_file, unknown_variables
from bridge.config.settings import SANDBOX_TOKEN, Settings, Tls
from bridge.errors import ConfigurationError, StartError

INTERRUPTED: Final = 130
"""The exit code if a signal ends it: what was not tried yet may be wrong."""


def check(config: Path | None, *, is_whole: bool, is_online: bool = False) -> None:
    """Print what the bridge would use; with mistakes, print them all and exit."""
    file, file_mistakes = _file_layer(config)
    configuration, mistakes = examined(read_environment(), file)
    errors: list[StartError] = [*file_mistakes, *map(ConfigurationError, mistakes), *_refusals(configuration)]
    unread = {f"environment {name}": why for name, why in unknown_variables(os.environ).items()}
    if config is None:
        unread |= unread_files()
    if errors:
        _exit_with_all(errors, unread)
    from bridge.cli.report import report

    report(configuration, unread, is_whole=is_whole)
    if is_online:
        _try_online(configuration.settings)


def _try_online(settings: Settings) -> None:
    """Try what a start needs, and exit with its code if something fails."""
    from bridge.cli.online import try_everything
    from bridge.cli.redacting_log import redacting_log
    from bridge.cli.stopping import run

    quiet = settings.log.model_copy(update={"level": "error"})
    redacting_log(settings.model_copy(update={"log": quiet}))
    if not run(try_everything(settings)):
        raise typer.Exit(INTERRUPTED)


def refuse_sandbox_token(configuration: Configuration) -> None:
    """Raise `ConfigurationError` if a real bridge would have the token that every sandbox has."""
    token = configuration.settings.api_token
    if token is not None and token.get_secret_value() == SANDBOX_TOKEN:
        place = configuration.places["api_token"]
        raise ConfigurationError(f"{place}: is the token of the sandbox, which everyone knows")


def _file_layer(config: Path | None) -> tuple[Layer, list[StartError]]:
    try:
        return read_file(chosen_file(config)), []
    except ConfigurationError as error:
        return read_file(None), [error]


def _refusals(configuration: Configuration) -> Iterator[StartError]:
    """Yield what a start would refuse although each value is right."""
    try:
        refuse_sandbox_token(configuration)
    except StartError as error:
        yield error
    for look in (_read_keys, _read_certificate, _find_event_loop, _find_database_driver):
        try:
            look(configuration.settings)
        except StartError as error:
            yield error


def _read_keys(settings: Settings) -> None:
    from bridge.app.secret_keys import key_sources

    sources = key_sources(settings)
    if not sources.is_generated or sources.generated.exists():
        sources.read()


def _read_certificate(settings: Settings) -> None:
    if settings.server.tls == Tls():
        return
    from bridge.app.server_options import certificate_of

    certificate_of(settings)


def _find_event_loop(settings: Settings) -> None:
    from bridge.cli.event_loop import maker_of

    maker_of(settings.server.event_loop)


def _find_database_driver(settings: Settings) -> None:
    from bridge.app.databases import refuse_unusable

    refuse_unusable(settings)


def _exit_with_all(errors: list[StartError], unread: Mapping[str, str]) -> None:
    say: Callable[[str], object] = sys.stderr.write
    for error in errors:
        say(f"error: {error}\n")
    for name, reason in unread.items():
        say(f"note: {name} {reason}\n")
    sys.exit(errors[0].exit_code)
