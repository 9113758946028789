"""Tries what a start needs on this machine, without changing it: directory, port, database."""

import asyncio
import os
import socket
from pathlib import Path
from tempfile import TemporaryFile

from bridge.app.databases import database_path, is_postgres
from bridge.app.foundation import is_in_use
from bridge.config.settings import Settings
from bridge.errors import AddressError, DataError, why_not_listening
from bridge.store.sqlite.migrations import is_up_to_date, refuse_unusable


async def try_directory(settings: Settings) -> str:
    """Return what is known of the data directory; raises `DataError` if nothing can be written there."""
    path = settings.data_dir.absolute()
    place = path
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        with TemporaryFile(dir=place):
            pass
    except OSError as error:
        raise DataError(f"{place} cannot be written: {error.strerror}") from None
    return f"{path} can be written" if place == path else f"{path} can be created"


async def try_address(settings: Settings) -> str:
    """Return what is known of the address; raises `AddressError` if it cannot be listened on."""
    host, port = settings.server.host, settings.server.port
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in found:
            with socket.socket(family, kind, protocol) as listener:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind(address)
                listener.listen()
    except OSError as error:
        raise AddressError(f"{host}:{port} cannot be listened on: {why_not_listening(error)}") from None
    return f"{host}:{port or 'a free port'} can be listened on"


def is_running(settings: Settings) -> bool:
    """Return whether a bridge uses the database, as far as a file tells."""
    if is_postgres(settings) or not database_path(settings).is_file():
        return False
    return bool(is_in_use(settings))


async def try_database(settings: Settings) -> str:
    """Return what is known of the database; raises `StartError` if it cannot be used."""
    if is_postgres(settings):
        from bridge.store.postgres.address import address_of
        from bridge.store.postgres.trial import connect_once

        address = address_of(settings.database or "")
        await asyncio.to_thread(connect_once, address)
        return f"{address.shown} accepts connections"
    return _try_file(database_path(settings))


def _try_file(path: Path) -> str:
    if not path.exists():
        return f"{path} will be made at the first start"
    if not path.is_file() or not os.access(path, os.R_OK | os.W_OK):
        raise DataError(f"{path} cannot be read and written")
    refuse_unusable(path)
    return f"{path} is up to date" if is_up_to_date(path) else f"{path} will be upgraded at the next start"
