"""The name of a tenant, as the command line takes it."""

from bridge.access.tenant import is_name
from bridge.errors import ConfigurationError


def tenant_name(text: str) -> str:
    """Return the name of a tenant; raises `ConfigurationError`."""
    if not is_name(text):
        raise ConfigurationError(
            f"--tenant: {text[:80]!r} is not a valid name: use 1 to 64 letters, digits, '.', '-' or '_', "
            "starting with a letter or digit"
        )
    return text


def no_tenant(name: str) -> ConfigurationError:
    """Return the error for the name of no tenant."""
    return ConfigurationError(f"There is no tenant {name[:80]!r}; tenant list shows all.")
