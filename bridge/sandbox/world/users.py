"""Users as Discord shows them (Discord's docs and discord-userdoccers, "Users")."""

from dataclasses import dataclass

from bridge.sandbox.wire import Json

__all__ = ["User", "view_self", "view_user"]

VERIFIED_BOT = 1 << 16


@dataclass(frozen=True)
class User:
    """An account of a person, or the bot user of an application.

    `premium_type` is its subscription: 0 none, 1 Nitro Classic, 2 Nitro, 3 Nitro Basic.
    """

    id: int
    username: str
    global_name: str | None
    is_bot: bool = False
    premium_type: int = 0


def view_user(user: User) -> Json:
    """Show a user to others."""
    flags = VERIFIED_BOT if user.is_bot else 0
    seen: Json = {
        "id": str(user.id),
        "username": user.username,
        "global_name": user.global_name,
        "discriminator": "0000" if user.is_bot else "0",
        "avatar": None,
        "avatar_decoration_data": None,
        "clan": None,
        "primary_guild": None,
        "collectibles": None,
        "display_name_styles": None,
        "public_flags": flags,
        "flags": flags,
        "banner": None,
        "accent_color": None,
    }
    return {**seen, "bot": True} if user.is_bot else seen


def view_self(user: User) -> Json:
    """Show a user its own account."""
    return {
        **view_user(user),
        "email": None if user.is_bot else f"{user.username}@sandbox.invalid",
        "phone": None,
        "verified": True,
        "mfa_enabled": user.is_bot,
        "locale": "en-US",
        "premium_type": user.premium_type,
        "premium": user.premium_type > 0,
        "purchased_flags": 0,
        "nsfw_allowed": None if user.is_bot else True,
        "desktop": False,
        "mobile": False,
        "bio": "",
    }
