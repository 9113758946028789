"""Whose a Discord token is: its first part is the id of its user in base64, except in old tokens (`mfa.`)."""

import base64


def first_part_of(user_id: str) -> str:
    """Return the first part that Discord gives the tokens of a user."""
    return base64.urlsafe_b64encode(user_id.encode()).decode().rstrip("=")


def user_id_in(token: str) -> str | None:
    """Return the id of the user that a token names, None if it names none.

    Base64 can spell an id in several ways, with padding or other unused bits: it is the same user.
    """
    bare = token.partition(".")[0].rstrip("=")
    try:
        user_id = base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    return user_id.decode() if user_id.isdigit() else None


def person_of(token: str) -> str:
    """Return what all tokens of one person share: the first part, spelled as Discord does.

    An old token names no user. Then it is the whole token, until Discord has said whose it is.
    """
    user_id = user_id_in(token)
    if user_id is not None:
        return first_part_of(user_id)
    first = token.partition(".")[0]
    return token if first == "mfa" else first
