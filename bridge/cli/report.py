"""`check`: what the bridge would use, and where each value comes from."""

import json
from collections.abc import Mapping

from pydantic import SecretStr
from pydantic_core import to_jsonable_python

from bridge.accounts.account import masked
from bridge.cli.announce import show, show_facts
from bridge.cli.layers import KEYS, Configuration
from bridge.cli.passwords import without_password
from bridge.config.settings import ConfiguredAccount, Settings


def report(configuration: Configuration, unread: Mapping[str, str], *, is_whole: bool) -> None:
    """Print what the bridge uses, the values, and what is ignored; default values only with `is_whole`."""
    settings = configuration.settings
    show_facts("The configuration is fine. The bridge uses", plan(settings))
    for account in settings.accounts:
        show(f"    {described(account)}")
    given = [key for key in KEYS if is_whole or key in configuration.places]
    if given:
        show("\nValues", style="bold")
    width = max((len(key) for key in given), default=0) + 2
    for key in given:
        show(f"  {key:<{width}}{value(settings, key)}  ({configuration.places.get(key, 'default')})")
    if len(given) < len(KEYS):
        show(f"\n{len(KEYS) - len(given)} settings have their defaults; check --all shows them.")
    if unread:
        show("\nNot read", style="bold")
    for name, reason in unread.items():
        show(f"  {name} {reason}")


def plan(settings: Settings) -> dict[str, str]:
    """Return what the bridge uses, by name."""
    return {
        "Address": f"{settings.server.host}:{settings.server.port or 'a free port'}",
        "Data directory": str(settings.data_dir.absolute()),
        "Database": without_password(settings.database or "SQLite in the data directory"),
        "Discord": without_password(settings.discord.api_url),
        "API token": "configured" if settings.api_token else "in the database, generated at the first start",
        "Accounts in the file": str(len(settings.accounts)),
    }


def described(account: ConfiguredAccount) -> str:
    """Return an account with its token masked."""
    token = masked_secret(account.discord)
    return f"channel {account.channel}, server {account.server}, maxJobs {account.max_jobs}, discord {token}"


def value(settings: Settings, key: str) -> str:
    """Return the value of a key without secrets."""
    found: object = settings
    for name in key.split("."):
        found = getattr(found, name)
    if isinstance(found, SecretStr):
        return masked_secret(found)
    if key == "accounts":
        return f"{len(settings.accounts)} in all"
    if key == "secret_key":
        return ", ".join(map(masked_secret, settings.secret_key)) or "none"
    if isinstance(found, tuple | dict):
        return json.dumps(to_jsonable_python(found), ensure_ascii=False)
    return without_password("none" if found is None else str(found))


def masked_secret(secret: SecretStr) -> str:
    """Return a secret as records show a token; a short one is hidden completely."""
    text = secret.get_secret_value()
    return masked(text) if len(text) > 12 else "…secured…"
