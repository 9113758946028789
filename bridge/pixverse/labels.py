"""The bot's button labels and the API's names for them."""

from bridge.pixverse.profile import Profile


def shown_name(profile: Profile, label: str) -> str:
    """Return the API's name for a button label; a label that no row knows is its own name."""
    return known_name(profile, label) or label


def known_name(profile: Profile, label: str) -> str | None:
    """Return the API's name for a button label, None if no row knows it.

    To find a button by name, compare names, not labels: messages from before the bot changed its labels still
    have the old ones.
    """
    rows = {_plain(own): name for name, own in profile.labels}
    names = {_plain(name): name for name in profile.buttons}
    return rows.get(_plain(label)) or names.get(_plain(label))


def _plain(label: str) -> str:
    """Return a label without emoji variation selectors."""
    return label.replace("\ufe0f", "").strip()
