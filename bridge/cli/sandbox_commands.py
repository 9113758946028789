"""The commands that run the simulated Discord, with a bridge or alone."""

from bridge.cli import options as given
from bridge.cli.help_pages import EXIT_CODES, Commands

app = Commands()


@app.command(epilog=EXIT_CODES)
def sandbox(
    host: given.Host = None,
    port: given.Port = None,
    api_token: given.ApiToken = None,
    data_dir: given.DataDir = None,
    discord_port: given.DiscordPort = 0,
    video_seconds: given.VideoSeconds = 8,
    bot_drift: given.BotDrift = None,
    bot_commands: given.BotCommands = None,
    bot: given.BotSection = None,
    ready_file: given.ReadyFile = None,
) -> None:
    """Run the bridge with a simulated Discord and one account. Data is kept only with --data-dir."""
    from bridge.cli.start import start_sandbox

    flags = {"server.host": host, "server.port": port, "api_token": api_token, "data_dir": data_dir}
    simulator = {
        "port": discord_port,
        "video_seconds": video_seconds,
        "drifts": bot_drift,
        "commands": bot_commands,
    }
    start_sandbox(flags, bot, simulator, ready_file)


@app.command(epilog=EXIT_CODES)
def sandbox_discord(
    host: given.DiscordHost = "127.0.0.1",
    port: given.DiscordPort = 0,
    video_seconds: given.VideoSeconds = 8,
    accounts: given.Accounts = 12,
    chatter: given.Chatter = 0,
    seed: given.Seed = None,
    bot_drift: given.BotDrift = None,
    bot_commands: given.BotCommands = None,
    ready_file: given.ReadyFile = None,
) -> None:
    """Run only the simulated Discord, so that you can stop and start a bridge against it."""
    from bridge.cli.start import start_discord

    simulator = {
        "host": host,
        "port": port,
        "video_seconds": video_seconds,
        "accounts": accounts,
        "chatter": chatter,
        "seed": seed,
        "drifts": bot_drift,
        "commands": bot_commands,
    }
    start_discord(simulator, ready_file)
