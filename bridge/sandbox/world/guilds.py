"""Guilds and their text channels (Discord's docs, "Guild" and "Channel")."""

from dataclasses import dataclass

from bridge.sandbox.snowflake import made_at_ms
from bridge.sandbox.wire import Json, timestamp

__all__ = [
    "ATTACH_FILES",
    "BOOSTS",
    "LARGE_MEMBER_COUNT",
    "OF_EVERYONE",
    "PERMISSIONS",
    "PREMIUM_TIER",
    "READ_MESSAGE_HISTORY",
    "SEND_MESSAGES",
    "USE_APPLICATION_COMMANDS",
    "Guild",
    "TextChannel",
    "view_guild_properties",
    "view_member",
    "view_roles",
    "view_text_channel",
]

LARGE_MEMBER_COUNT = 75_000
PERMISSIONS = str((1 << 50) - 1)
"""Those of bots: all."""
ADMINISTRATOR, MANAGE_THREADS = 1 << 3, 1 << 34
OF_EVERYONE = str(((1 << 50) - 1) & ~(ADMINISTRATOR | MANAGE_THREADS))
"""Those of the role that everybody has: its members are no moderators."""
BOOSTS = 4
PREMIUM_TIER = 1
SEND_MESSAGES = 1 << 11
ATTACH_FILES, READ_MESSAGE_HISTORY, USE_APPLICATION_COMMANDS = 1 << 15, 1 << 16, 1 << 31


@dataclass(frozen=True)
class Guild:
    """A server; `member_count` is what Discord says, most members are not simulated."""

    id: int
    name: str
    owner_id: int
    member_count: int

    @property
    def is_large(self) -> bool:
        """Tell whether sessions of users hear its messages only after they subscribed to it."""
        return self.member_count > LARGE_MEMBER_COUNT


@dataclass(frozen=True)
class TextChannel:
    """A channel that every member of its guild sees; `denied` is what only bots may do here."""

    id: int
    guild_id: int
    name: str
    denied: int = 0


def view_guild_properties(guild: Guild) -> Json:
    """Show what a guild is, without what is in it."""
    return {
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner_id),
        "description": None,
        "icon": None,
        "splash": None,
        "discovery_splash": None,
        "home_header": None,
        "banner": None,
        "features": ["COMMUNITY", "DISCOVERABLE", "NEWS", "PARTNERED"],
        "preferred_locale": "en-US",
        "region": "deprecated",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "application_id": None,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 1,
        "default_message_notifications": 1,
        "explicit_content_filter": 2,
        "mfa_level": 1,
        "nsfw": False,
        "nsfw_level": 0,
        "premium_tier": PREMIUM_TIER,
        "premium_progress_bar_enabled": False,
        "vanity_url_code": None,
        "max_members": 500_000,
        "max_presences": None,
        "max_video_channel_users": 25,
        "max_stage_video_channel_users": 300,
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "safety_alerts_channel_id": None,
        "hub_type": None,
        "latest_onboarding_question_id": None,
        "incidents_data": None,
        "inventory_settings": None,
    }


def view_roles(guild: Guild) -> list[Json]:
    """Show the guild's roles: only the one that everybody has."""
    return [
        {
            "id": str(guild.id),
            "name": "@everyone",
            "description": None,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "icon": None,
            "unicode_emoji": None,
            "position": 0,
            "permissions": OF_EVERYONE,
            "managed": False,
            "mentionable": False,
            "flags": 0,
        }
    ]


def view_member(guild: Guild) -> Json:
    """Show how anyone is a member, without naming the user."""
    return {
        "roles": [],
        "nick": None,
        "avatar": None,
        "banner": None,
        "premium_since": None,
        "joined_at": timestamp(made_at_ms(guild.id) + 86_400_000),
        "communication_disabled_until": None,
        "pending": False,
        "mute": False,
        "deaf": False,
        "flags": 0,
    }


def view_text_channel(channel: TextChannel, last_message_id: int | None) -> Json:
    """Show a text channel."""
    return {
        "id": str(channel.id),
        "type": 0,
        "guild_id": str(channel.guild_id),
        "name": channel.name,
        "topic": None,
        "position": 0,
        "parent_id": None,
        "nsfw": False,
        "rate_limit_per_user": 0,
        "default_thread_rate_limit_per_user": 0,
        "last_message_id": str(last_message_id) if last_message_id else None,
        "last_pin_timestamp": None,
        "permission_overwrites": _overwrites(channel),
        "icon_emoji": None,
        "flags": 0,
    }


def _overwrites(channel: TextChannel) -> list[Json]:
    everyone = {"id": str(channel.guild_id), "type": 0, "allow": "0", "deny": str(channel.denied)}
    return [everyone] if channel.denied else []
