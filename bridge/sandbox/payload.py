"""An interaction as bots hear it, with every documented field (Discord's docs, "Interaction Object")."""

from bridge.sandbox.interactions import Interaction
from bridge.sandbox.message_view import view_message
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.uploads import most_file_bytes
from bridge.sandbox.wire import Json
from bridge.sandbox.world.guilds import PERMISSIONS, view_member
from bridge.sandbox.world.users import view_user

__all__ = ["interaction_payload"]


def interaction_payload(sim: Simulation, interaction: Interaction) -> Json:
    """Return the payload; it carries no nonce."""
    guild = sim.world.guilds[interaction.guild_id]
    author = sim.world.users[interaction.user_id]
    user = view_user(author)
    channel = sim.world.channels[interaction.channel_id]
    return {
        "id": str(interaction.id),
        "application_id": str(interaction.application_id),
        "type": interaction.kind,
        "token": interaction.token,
        "version": 1,
        "data": interaction.data,
        "guild_id": str(guild.id),
        "guild": {"id": str(guild.id), "features": [], "locale": "en-US"},
        "guild_locale": "en-US",
        "locale": "en-US",
        "channel_id": str(channel.id),
        "channel": {
            **sim.world.view_channel(channel, interaction.application_id),
            "permissions": PERMISSIONS,
        },
        "member": {**view_member(guild), "user": user, "permissions": PERMISSIONS},
        "app_permissions": PERMISSIONS,
        "entitlements": [],
        "entitlement_sku_ids": [],
        "authorizing_integration_owners": {"0": str(guild.id)},
        "context": 0,
        "attachment_size_limit": most_file_bytes(author),
        **_message(sim, interaction),
    }


def _message(sim: Simulation, interaction: Interaction) -> Json:
    if interaction.message_id is None:
        return {}
    message = sim.world.message(interaction.channel_id, interaction.message_id)
    return {"message": view_message(sim, message)} if message is not None else {}
