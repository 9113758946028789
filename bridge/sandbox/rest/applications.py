"""The application of a bot, as itself sees it (Discord's docs, "Application")."""

from bridge.sandbox.errors import BOTS_ONLY, ApiError
from bridge.sandbox.rest.call import Call, Reply
from bridge.sandbox.wire import Json
from bridge.sandbox.world.users import view_user
from bridge.sandbox.world.world import PRIVILEGED_FLAGS

__all__ = ["get_application"]


async def get_application(call: Call) -> Reply:
    """GET /applications/@me and /oauth2/applications/@me."""
    application = call.sim.world.applications.get(call.author.id)
    if application is None:
        raise ApiError(BOTS_ONLY)
    owner = call.sim.world.users[application.owner_id]
    body: Json = {
        **FIXED,
        "id": str(application.id),
        "name": application.name,
        "description": application.description,
        "verify_key": f"{application.id:064x}",
        "flags": PRIVILEGED_FLAGS,
        "flags_new": str(PRIVILEGED_FLAGS),
        "bot": view_user(call.author),
        "owner": view_user(owner),
        "approximate_guild_count": len(call.sim.world.guilds_of(application.id)),
    }
    return Reply(200, body)


FIXED: Json = {
    "icon": None,
    "type": None,
    "summary": "",
    "bot_public": True,
    "bot_require_code_grant": False,
    "rpc_origins": [],
    "tags": [],
    "hook": True,
    "team": None,
    "install_params": {"scopes": ["bot", "applications.commands"], "permissions": "0"},
    "integration_types_config": {
        "0": {"oauth2_install_params": {"scopes": ["bot", "applications.commands"], "permissions": "0"}}
    },
    "redirect_uris": [],
    "interactions_endpoint_url": None,
    "role_connections_verification_url": None,
    "event_webhooks_url": None,
    "event_webhooks_status": 1,
    "event_webhooks_types": [],
    "explicit_content_filter": 0,
    "eligible_oauth2_scopes": ["applications.commands", "bot", "identify"],
    "approximate_user_install_count": 0,
    "approximate_user_authorization_count": 0,
}
