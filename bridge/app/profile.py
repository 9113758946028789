"""What the bridge knows of the bot and offers of it, as the settings say."""

from bridge.config.overrides import overridden
from bridge.config.settings import Settings
from bridge.pixverse.profile import DEFAULT, Profile


def profile_of(settings: Settings) -> Profile:
    """Return the profile of the bot: the built-in rows with the operator's overrides."""
    return overridden(DEFAULT, settings.bot)


def verb_names(settings: Settings) -> list[str]:
    """Return the names of all verbs of the bridge, as in records."""
    return [verb.name for verb in profile_of(settings).verbs]
