"""Runs the bridge, with the configured Discord or with a simulated one."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from bridge.app.bridge import RunningBridge, running
from bridge.cli.accounts_at_start import WaitingLines, show_accounts, show_ready
from bridge.cli.announce import announce_bridge, announce_sandbox
from bridge.cli.hangup import read_again_on_hangup
from bridge.cli.layers import Layer, load, preset
from bridge.cli.ready import write_ready_file
from bridge.cli.simulating import register_secrets, simulated_discord, simulator_facts
from bridge.clock import SystemClock
from bridge.config.settings import Settings
from bridge.flows.timing import Timing
from bridge.logs import Redactor
from bridge.recording.tape import tape_on
from bridge.sandbox import Sandbox, SandboxOptions
from bridge.store.rows import schema_runs


async def serve(
    settings: Settings, redactor: Redactor, ready_file: Path | None, record: Path | None, timing: Timing
) -> None:
    """Run the bridge until it fails or is cancelled; `record` is the file of a recording."""
    async with AsyncExitStack() as stack:
        clock = SystemClock()
        began_ms = clock.now_ms()
        tape = stack.enter_context(tape_on(record, redactor.clean_prose, clock)) if record else None
        overhear = tape.record if tape else None
        bridge = await stack.enter_async_context(running(settings, redactor, clock, overhear, timing))
        read_again_on_hangup(bridge.certificate)
        shown_token = bridge.api_token if bridge.generated_token else None
        upgraded = await bridge.foundation.database.read(lambda tx: schema_runs.since(tx, began_ms))
        announce_bridge(bridge.url, shown_token, upgraded)
        accounts = await bridge.connected(WaitingLines().show)
        discord_url = settings.discord.api_url.removesuffix("/api")
        write_ready_file(ready_file, {"url": bridge.url, "discord_url": discord_url})
        show_accounts(accounts, bridge.url, shown_token)
        show_ready(accounts)
        await bridge.failed()


async def sandbox(
    options: SandboxOptions,
    layers: Sequence[Layer],
    data_dir: Path,
    redactor: Redactor,
    ready_file: Path | None,
) -> None:
    """Run the simulator and a bridge that uses its first account."""
    async with simulated_discord(options) as simulator:
        register_secrets(redactor, simulator.world())
        settings = load(pointed_at(simulator.world(), data_dir), *layers).settings
        async with running(settings, redactor) as bridge:
            read_again_on_hangup(bridge.certificate)
            announce_sandbox(bridge.url, bridge.api_token, simulator.url)
            accounts = await bridge.connected(WaitingLines().show)
            write_ready_file(ready_file, sandbox_facts(simulator, bridge))
            show_accounts(accounts, bridge.url, bridge.api_token)
            show_ready(accounts)
            await bridge.failed()


def pointed_at(world: Mapping[str, Any], data_dir: Path) -> Layer:
    """Return the settings that make a bridge use the simulator, overriding the environment.

    The database has a different name, so that a sandbox in the data directory of a real bridge never opens
    its accounts.
    """
    account = {
        "discord": world["accounts"][0]["token"],
        "server": world["guild_id"],
        "channel": world["channel_id"],
        "maxJobs": 10,
    }
    addresses = {f"discord.{name}": world[name] for name in ("api_url", "gateway_url", "cdn_url")}
    database = str(data_dir / "sandbox.db")
    fixed = {"database": database, "discord.proxy": None, "accounts": [account]}
    return preset({**addresses, **fixed}, "the sandbox")


def sandbox_facts(simulator: Sandbox, bridge: RunningBridge) -> dict[str, object]:
    """Return the content of the sandbox's ready file."""
    secret = {"webhook_secret": bridge.foundation.webhook_secret}
    return {**simulator_facts(simulator), "url": bridge.url, "api_token": bridge.api_token, **secret}
