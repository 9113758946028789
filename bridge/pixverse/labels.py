"""The bot's button labels and the API's names for them."""

from bridge.pixverse.profile import Profile


def shown_name(profile: Profile, label: str) -> str:
    """Return the API's name for a button label; an unknown label is returned unchanged.

    To find a button by name, compare names, not labels: messages from before the bot changed its labels still
    have the old ones.
    """
    rows = {_plain(own): name for name, own in profile.labels}
    names = {_plain(name): name for name in profile.buttons}
    return rows.get(_plain(label)) or names.get(_plain(label)) or label


def _plain(label: str) -> str:
    """Return a label without emoji variation selectors."""
    return label.replace("\ufe0f", "").strip()
