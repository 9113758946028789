"""The commands about backups."""

from bridge.cli import options as given
from bridge.cli.help_pages import EXIT_CODES, Commands

app = Commands()


@app.command(epilog=EXIT_CODES)
def backup(
    file: given.BackupFile,
    with_key: given.WithKey = False,  # noqa: FBT002 - a switch of the command line
    with_media: given.WithMedia = False,  # noqa: FBT002 - a switch of the command line
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
    config: given.Config = None,
    data_dir: given.DataDir = None,
    database: given.Database = None,
) -> None:
    """Write a backup to a new file: database, uploads, a manifest. Works while the bridge is running."""
    from bridge.cli.start import start_backup

    flags = {"data_dir": data_dir, "database": database}
    start_backup(config, flags, file, with_key=with_key, with_media=with_media, as_json=as_json)


@app.command(epilog=EXIT_CODES)
def verify(
    file: given.BackupFile,
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Check that a backup is whole and its database sound, without restoring it."""
    from bridge.cli.start import start_verify

    start_verify(file, as_json=as_json)


@app.command(epilog=EXIT_CODES)
def restore(
    file: given.BackupFile,
    data_dir: given.NewDataDir,
    database: given.EmptyDatabase = None,
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Restore a backup into a new data directory. What may have been sent since then is not sent again.

    For example: pixverse-bridge restore bridge-2026-11-28.tar.gz --data-dir restored
    """
    from bridge.cli.start import start_restore

    start_restore(file, data_dir, database, as_json=as_json)
