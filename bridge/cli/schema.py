"""`schema upgrade`: brings the schema of a PostgreSQL database up to date, while bridges run on it."""

from bridge.app.databases import upgraded_schema
from bridge.cli.announce import show
from bridge.clock import SystemClock
from bridge.config.settings import Settings


async def upgrade(settings: Settings) -> None:
    """Run what is missing, and print its names."""
    names = await upgraded_schema(settings, SystemClock())
    show("\n".join(f"{name} was run." for name in names) or "The schema is up to date.")
