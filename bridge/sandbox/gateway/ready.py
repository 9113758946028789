"""READY as the client's capabilities ask for it (discord-userdoccers, "Gateway Capabilities", "Ready")."""

from bridge.sandbox.sessions.session import Session
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.snowflake import made_at_ms
from bridge.sandbox.wire import Json, timestamp
from bridge.sandbox.world.guilds import BOOSTS, Guild, view_guild_properties, view_member, view_roles
from bridge.sandbox.world.users import User, view_self, view_user

__all__ = ["guild_create", "ready", "ready_supplemental", "wants_supplemental"]

VERSIONED_READ_STATES = 1 << 2
VERSIONED_USER_GUILD_SETTINGS = 1 << 3
DEDUPE_USER_OBJECTS = 1 << 4
PRIORITIZED_READY_PAYLOAD = 1 << 5
CLIENT_STATE_V2 = 1 << 10


def wants_supplemental(capabilities: int) -> bool:
    """Tell whether READY is to come in two parts."""
    return bool(capabilities & PRIORITIZED_READY_PAYLOAD and capabilities & DEDUPE_USER_OBJECTS)


def ready(sim: Simulation, session: Session, user: User, capabilities: int, version: int) -> Json:
    """Return READY for a session that has just begun."""
    guilds = sim.world.guilds_of(user.id)
    body: Json = {
        "v": version,
        "_trace": ['["sandbox",{"micros":0}]'],
        "user": view_self(user),
        "session_id": session.id,
        "session_type": "normal",
        "resume_gateway_url": sim.gateway_url,
        "private_channels": [],
        "relationships": [],
        "presences": [],
        "sessions": [_view_session(each) for each in sim.hub.of_user(user.id)],
    }
    if user.is_bot:
        application = {"id": str(user.id), "flags": 0, "flags_new": "0"}
        return {**body, "application": application, "guilds": [_unavailable(each) for each in guilds]}
    demand = sim.faults.standing("required_action", user.id)
    action = {"required_action": demand.fields["action"]} if demand is not None else {}
    return {**body, **action, **_for_people(), **_state(sim, user, guilds, capabilities)}


def ready_supplemental(sim: Simulation, user: User) -> Json:
    """Return READY_SUPPLEMENTAL: its lists go with READY's guilds, one entry each."""
    guilds = sim.world.guilds_of(user.id)
    return {
        "guilds": [{"id": str(guild.id), "voice_states": [], "activity_instances": []} for guild in guilds],
        "merged_members": [[] for _ in guilds],
        "merged_presences": {"guilds": [[] for _ in guilds], "friends": []},
        "lazy_private_channels": [],
        "game_invites": [],
        "disclose": [],
    }


def guild_create(sim: Simulation, guild: Guild, user: User) -> Json:
    """Return GUILD_CREATE, the whole guild."""
    return {**_whole_guild(sim, guild, user), "unavailable": False}


def _for_people() -> Json:
    return {
        "auth_session_id_hash": "c2FuZGJveA==",
        "analytics_token": "sandbox",
        "auth": {"authenticator_types": []},
        "connected_accounts": [],
        "consents": {"personalization": {"consented": False}},
        "country_code": "US",
        "experiments": [],
        "guild_experiments": [],
        "friend_suggestion_count": 0,
        "game_relationships": [],
        "guild_join_requests": [],
        "geo_ordered_rtc_regions": [],
        "static_client_session_id": "00000000-0000-4000-8000-000000000000",
        "tutorial": None,
        "user_settings_proto": "",
        "api_code_version": 1,
        "explicit_content_scan_version": 2,
    }


def _state(sim: Simulation, user: User, guilds: list[Guild], capabilities: int) -> Json:
    settings = _listed(versioned=bool(capabilities & VERSIONED_USER_GUILD_SETTINGS))
    read_state = _listed(versioned=bool(capabilities & VERSIONED_READ_STATES))
    state: Json = {"user_guild_settings": settings, "read_state": read_state}
    if not capabilities & DEDUPE_USER_OBJECTS:
        return {**state, "guilds": [_guild_with_members(sim, guild, user, capabilities) for guild in guilds]}
    member = [{"user_id": str(user.id), **view_member(guild)} for guild in guilds]
    known = [user, *(sim.world.users[each] for each in sim.world.applications)]
    return {
        **state,
        "guilds": [_guild_for(sim, guild, user, capabilities) for guild in guilds],
        "merged_members": [[each] for each in member],
        "users": [view_user(each) for each in known],
    }


def _listed(*, versioned: bool) -> Json | list[Json]:
    return {"entries": [], "partial": False, "version": 1} if versioned else []


def _guild_with_members(sim: Simulation, guild: Guild, user: User, capabilities: int) -> Json:
    return {**_guild_for(sim, guild, user, capabilities), "members": _members(sim, guild, user)}


def _guild_for(sim: Simulation, guild: Guild, user: User, capabilities: int) -> Json:
    if not capabilities & CLIENT_STATE_V2:
        return _whole_guild(sim, guild, user)
    contents = _contents(sim, guild, user)
    return {**contents, "data_mode": "full", "properties": view_guild_properties(guild)}


def _whole_guild(sim: Simulation, guild: Guild, user: User) -> Json:
    return {
        **view_guild_properties(guild),
        **_contents(sim, guild, user),
        "members": _members(sim, guild, user),
    }


def _members(sim: Simulation, guild: Guild, user: User) -> list[Json]:
    known = {user.id: user, **{each: sim.world.users[each] for each in sim.world.applications}}
    return [{"user": view_user(each), **view_member(guild)} for each in known.values()]


def _contents(sim: Simulation, guild: Guild, user: User) -> Json:
    return {
        "id": str(guild.id),
        "joined_at": timestamp(made_at_ms(user.id)),
        "large": True,
        "lazy": True,
        "member_count": guild.member_count,
        "premium_subscription_count": BOOSTS,
        "roles": view_roles(guild),
        "channels": [sim.world.view_channel(each, user.id) for each in sim.world.text_channels_of(guild)],
        "threads": [sim.world.view_channel(each, user.id) for each in sim.world.threads_of(user.id, guild)],
        "emojis": [],
        "stickers": [],
        "soundboard_sounds": [],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "activity_instances": [],
        "version": 1,
    }


def _unavailable(guild: Guild) -> Json:
    return {"id": str(guild.id), "unavailable": True}


def _view_session(session: Session) -> Json:
    return {
        "session_id": session.id,
        "status": "online",
        "active": True,
        "activities": [],
        "client_info": {"os": "unknown", "client": "unknown", "version": 0},
    }
