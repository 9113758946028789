"""A simulated Discord that drifts, and a doctor for its first account."""

from pathlib import Path
from typing import Any

import aiohttp

from bridge.app.doctor import Doctor
from bridge.chat import Channel
from bridge.config.settings import ConfiguredAccount, Discord, Settings
from bridge.doctor.report import Report
from bridge.sandbox import Sandbox
from bridge.sessions.pool import SelfbotSessions


class Clinic:
    """A simulated Discord, and a doctor that examines its first account."""

    def __init__(self, sandbox: Sandbox, http: aiohttp.ClientSession, sessions: SelfbotSessions) -> None:
        world = sandbox.world()
        self._drifts = f"{sandbox.url}/_sandbox/drifts"
        self._http = http
        self._token = world["accounts"][0]["token"]
        self.place = Channel(world["guild_id"], world["channel_id"])
        self._sessions = sessions
        self.bot = world["application_id"]

        self.settings = Settings(
            data_dir=Path("nowhere"),
            discord=Discord(**{name: world[name] for name in ("api_url", "gateway_url", "cdn_url")}),
            accounts=(
                ConfiguredAccount(
                    discord=self._token, server=world["guild_id"], channel=world["channel_id"], maxJobs=3
                ),
            ),
        )

    async def order(self, *drifts: dict[str, Any]) -> None:
        """Let the bot and its server drift from how they are at first."""
        async with self._http.delete(self._drifts) as answer:
            assert answer.status == 204
        async with self._http.post(self._drifts, json=list(drifts)) as answer:
            assert answer.status == 200, await answer.text()

    async def report(self, settings: Settings | None = None) -> Report:
        """Examine the account."""
        doctor = Doctor(settings or self.settings, self._sessions.examine)
        return await doctor.report(self._token, self.place)
