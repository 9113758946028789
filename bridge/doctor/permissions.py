"""What a member may do in a channel and run there (Discord's docs, "Permissions", "Application Commands")."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bridge.doctor.seen import SeenChannel, SeenMember, SeenServer
from bridge.offered import OfferedCommand, OfferedIndex, Rights

ADMINISTRATOR: Final = 1 << 3
READ_MESSAGE_HISTORY: Final = 1 << 16
USE_APPLICATION_COMMANDS: Final = 1 << 31
MANAGE_THREADS: Final = 1 << 34
EVERYTHING: Final = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Permissions:
    """The permissions of one member in one channel, and what its rights to commands depend on."""

    user: str
    server: str
    channel: str
    roles: frozenset[str]
    bits: int

    def has(self, wanted: int) -> bool:
        """Return whether the member has all these permissions."""
        return self.bits & wanted == wanted

    @property
    def is_administrator(self) -> bool:
        """Return whether nothing is forbidden to the member."""
        return self.bits == EVERYTHING


def permissions(user: str, server: SeenServer, member: SeenMember, channel: SeenChannel) -> Permissions:
    """Return the permissions in a channel; a thread's are those of the channel that it is in."""
    bits = _in_channel(_in_server(user, server, member), user, server, member, channel)
    return Permissions(user, server.id, channel.id, member.roles, bits)


def _in_server(user: str, server: SeenServer, member: SeenMember) -> int:
    if user == server.owner:
        return EVERYTHING
    bits = 0
    for role in (server.id, *member.roles):
        bits |= server.roles.get(role, 0)
    return EVERYTHING if bits & ADMINISTRATOR else bits


def _in_channel(bits: int, user: str, server: SeenServer, member: SeenMember, channel: SeenChannel) -> int:
    if bits == EVERYTHING:
        return bits
    overwrites = {each.id: each for each in channel.overwrites}
    steps = ([server.id], sorted(member.roles - {server.id}), [user])
    for step in steps:
        found = [overwrites[each] for each in step if each in overwrites]
        for each in found:
            bits &= ~each.deny
        for each in found:
            bits |= each.allow
    return bits


def may_run(who: Permissions, command: OfferedCommand, index: OfferedIndex) -> bool:
    """Return whether a member may run a command, as the server's moderators and the bot have it."""
    if who.is_administrator:
        return True
    application = index.application(command.application)
    of_bot = application.rights if application is not None else Rights()
    in_channel = _of_channel(who, command.rights)
    in_channel = _of_channel(who, of_bot) if in_channel is None else in_channel
    if in_channel is False:
        return False
    said = _of_member(who, command.rights)
    if said is not None:
        return said
    if _of_member(who, of_bot) is False:
        return False
    needed = command.needed
    return needed is None or (needed != 0 and who.has(needed))


def _of_channel(who: Permissions, rights: Rights) -> bool | None:
    """Return what is said of the channel, or of all channels, whose id is one less than the server's."""
    all_channels = str(int(who.server) - 1) if who.server.isdecimal() else ""
    return _first(rights.channels, who.channel, all_channels)


def _of_member(who: Permissions, rights: Rights) -> bool | None:
    if rights.user is not None:
        return rights.user
    of_roles = [rights.roles[role] for role in who.roles if role in rights.roles and role != who.server]
    return any(of_roles) if of_roles else _first(rights.roles, who.server)


def _first(said: Mapping[str, bool], *ids: str) -> bool | None:
    return next((said[each] for each in ids if each in said), None)
