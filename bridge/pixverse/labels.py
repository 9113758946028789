"""What the bot calls its buttons, and what the contract calls them."""

from bridge.pixverse.profile import Profile


def shown_name(profile: Profile, label: str) -> str:
    """Return the contract's name for what a button says; what is no known button keeps its own.

    To find a button by its name, compare names and not labels: a message that was posted before the bot
    changed its labels still has the old ones.
    """
    rows = {_plain(own): name for name, own in profile.labels}
    names = {_plain(name): name for name in profile.buttons}
    return rows.get(_plain(label)) or names.get(_plain(label)) or label


def _plain(label: str) -> str:
    """Return a label without the mark that only says how an emoji is drawn."""
    return label.replace("\ufe0f", "").strip()
