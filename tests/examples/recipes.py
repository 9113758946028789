"""How each block of the README and the docs is run, or why it is not: one table, by page and beginning.

A block runs as it stands, but for what a reader replaces too: addresses, ids, tokens. Variables alone put the
simulated Discord in the place of the real one.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from tests.examples.blocks import Block

DISCORD_PY: Final = ".fidelity/discord_py/bin/python"


@dataclass(frozen=True)
class Run:
    """Runs to its end with exit code 0, or until it has printed `until`, and is stopped then."""

    begins: str
    until: str = ""
    before: str = ""
    after: str = ""
    replaced: Mapping[str, str] = field(default_factory=dict)
    python: str = ""


@dataclass(frozen=True)
class RunBy:
    """Is run by another test."""

    begins: str
    test: str


@dataclass(frozen=True)
class NotRun:
    """Is not run, for a reason."""

    begins: str
    reason: str


Recipe = Run | RunBy | NotRun

THE_WHEEL: Final = (
    "fetches packages from the index; tests/frame/test_packaging.py installs the wheel and runs it"
)
CONTAINERS: Final = "needs an engine and a registry; tests/deploy/test_manifests.py reads the files"
VERIFYING: Final = "tests/docs/test_callbacks_page.py"
DOCTOR: Final = "tests/doctor/test_command.py"
PROGRAMS: Final = "tests/examples/test_client_programs.py"
TOKEN_IS_TAKEN: Final = 'curl -sSf "$BRIDGE_URL/v1/pixverse/token" -H "Authorization: Bearer $BRIDGE_TOKEN"'
ACCOUNT: Final = {"111111111111111111": "{server}", "222222222222222222": "{channel}", '"…"': '"{discord}"'}
DISCORD: Final = {
    "http://127.0.0.1:9000/api": "{api_url}",
    "ws://127.0.0.1:9000": "{gateway_url}",
    "http://127.0.0.1:9000": "{cdn_url}",
}
READY: Final = 'pixverse-bridge healthcheck --url "$BRIDGE_URL/readyz" || echo "exit code $?"\n'
ANSWERED: Final = (
    "echo {discord} > token.txt; "
    "pixverse-bridge init --force --discord-file token.txt --server {server} --channel {channel}"
)
OWN_SANDBOX: Final = (
    'python -c \'from tests.tools.pictures import png; open("cat.png", "wb").write(png())\'\n'
    "pixverse-bridge sandbox --bot bot.yaml --bot-commands commands.yaml --video-seconds 0.2 "
    "--ready-file own.json >own.log 2>&1 &\n"
    "until [ -s own.json ]; do sleep 0.1; done\n"
    'export BRIDGE_URL=$(python -c \'import json; print(json.load(open("own.json"))["url"])\')'
)
"""A sandbox with the verbs of the page, and a picture."""
DATABASE: Final = {"postgresql://bridge@db.example/bridge": "{database}"}

RECIPES: Final[Mapping[str, tuple[Recipe, ...]]] = {
    "README.md": (
        Run(
            "pipx install .", until="Ready.", replaced={"pipx install .": ": " + THE_WHEEL.partition(";")[0]}
        ),
        NotRun("make run", THE_WHEEL),
        Run(
            "export BRIDGE_TOKEN=sandbox\n",
            after="ls videos/a-cat-on-a-skateboard-golden-hour-*-4.mp4",
            replaced={"=sandbox": "={token} BRIDGE_URL={url}"},
        ),
        Run("curl -N http://127.0.0.1:8080/v1/pixverse/events", until=":"),
        Run("curl -sS http://127.0.0.1:8080/v1/pixverse/create"),
        Run("curl -sS 'http://127.0.0.1:8080/v1/pixverse/jobs/?jobid=", replaced={"THE-JOBID": "{jobid}"}),
        RunBy("import asyncio\n\nfrom bridge.client import Client", PROGRAMS),
        Run("pixverse-bridge init", until="Ready.", replaced={"pixverse-bridge init": ANSWERED}),
        Run("export BRIDGE_TOKEN=", replaced={**ACCOUNT, "the-API-token-that-serve-printed": "{token}"}),
    ),
    "docs/backup.md": (Run("pixverse-bridge backup bridge-monday.tar.gz"),),
    "docs/benchmarks.md": (
        NotRun("make bench", "measures for many minutes; tests/benchmark runs its parts"),
    ),
    "docs/bot-changed.md": (
        RunBy("pixverse-bridge doctor", DOCTOR),
        Run("pixverse-bridge serve --record bot.jsonl", until="Ready."),
        Run(
            "pixverse-bridge record --channel",
            until="Ready.",
            before="rm bot.jsonl",
            replaced={"222222222222222222": "{own_channel}"},
        ),
        Run("pixverse-bridge explain bot.jsonl"),
    ),
    "docs/callbacks.md": (
        RunBy("import os\n\nfrom standardwebhooks", VERIFYING),
        RunBy("import base64", VERIFYING),
        RunBy('import { Webhook } from "standardwebhooks"', VERIFYING),
        RunBy("import { createHmac", VERIFYING),
        RunBy("import os\n\nfrom bridge.client import Job", VERIFYING),
        RunBy("package main", VERIFYING),
        RunBy("<?php", VERIFYING),
        Run("pixverse-bridge webhook-secret ", before="pixverse-bridge token create --tenant acme"),
    ),
    "docs/cli.md": (
        Run(
            "pixverse-bridge login\n",
            after="ls videos/a-cat-on-a-skateboard-*-4.mp4",
            replaced={"pixverse-bridge login\n": "echo {token} | pixverse-bridge login --url {url}\n"},
        ),
    ),
    "docs/clients.md": (
        Run("export BRIDGE_URL=", after=TOKEN_IS_TAKEN),
        RunBy("import sys\n\nfrom bridge.client import Moderated, SyncClient", PROGRAMS),
        RunBy("import asyncio\nimport sys", PROGRAMS),
        RunBy("import { randomUUID }", PROGRAMS),
        RunBy("<?php", PROGRAMS),
        RunBy("package main", PROGRAMS),
        RunBy("set -eu\napi=$BRIDGE_URL/v1/pixverse", PROGRAMS),
    ),
    "docs/commands.md": (
        Run("cat > bot.yaml", after="pixverse-bridge check --config bot.yaml"),
        Run("cat > commands.yaml"),
        Run("pixverse-bridge sandbox --bot", until="Ready."),
        Run(
            "export BRIDGE_TOKEN=sandbox\npixverse-bridge run",
            before=OWN_SANDBOX,
            after="ls videos/*.mp4 longer/*.mp4; kill $!",
        ),
    ),
    "docs/configuration.md": (
        Run(
            "BRIDGE_ACCOUNTS=",
            before="set -a",
            after="pixverse-bridge check | grep 192.168.1.20/32",
            replaced=ACCOUNT,
        ),
    ),
    "docs/deploy.md": (
        NotRun("useradd", "installs a service; tests/deploy/test_unit.py holds the unit against systemd"),
        NotRun("BRIDGE_CONFIG=/etc", "needs the service that the block above installs"),
        NotRun("docker build", CONTAINERS),
        NotRun("docker compose", CONTAINERS),
        NotRun("kubectl apply", CONTAINERS),
    ),
    "docs/mcp.md": (
        NotRun("pixverse-bridge token create", "tests/access tries the command"),
        NotRun("claude mcp add", "needs Claude Code"),
        RunBy(
            "export BRIDGE_MCP_TOKEN",
            "tests/agents/test_transports.py::test_an_agent_with_the_token_talks_to_it_over_http",
        ),
    ),
    "docs/doctor.md": (
        RunBy("pixverse-bridge doctor\n", DOCTOR),
        RunBy("pixverse-bridge doctor --try", DOCTOR),
        RunBy("pixverse-bridge doctor --write", DOCTOR),
    ),
    "docs/install.md": (
        NotRun("pipx install .", THE_WHEEL),
        NotRun("uv tool install .", THE_WHEEL),
        NotRun("python3 -m venv bridge-env\nbridge-env/bin/pip install .", THE_WHEEL),
        NotRun("python3 -m venv bridge-env\nbridge-env/bin/pip install --require-hashes", THE_WHEEL),
        NotRun("make run", THE_WHEEL),
        NotRun("docker build", CONTAINERS),
        NotRun("pipx install --force '.[postgres,mirror]'", THE_WHEEL),
        Run("pixverse-bridge --version", until="Ready."),
        NotRun("pipx install --force .\n", THE_WHEEL),
        NotRun("pipx uninstall", "removes what the blocks above have installed"),
    ),
    "docs/keys.md": (
        Run(
            "BRIDGE_SECRET_KEY=NEW,OLD",
            replaced={"NEW,OLD": '"a-new-key-of-sixteen-or-more,$(head -1 data/secret.key)"'},
        ),
    ),
    "docs/migrating.md": (
        Run("export BRIDGE_TOKEN=", replaced={**ACCOUNT, "the-API-token-that-serve-printed": "{token}"}),
    ),
    "docs/operations.md": (
        Run(f"{READY}pixverse-bridge health"),
        Run("JOB=01a224f8", replaced={"01a224f81509d2ca0cdefb46c5b8ac24": "{jobid}"}),
        NotRun("journalctl", "needs the log of a service"),
        Run(
            "JOB=$",
            replaced={"""$(pixverse-bridge jobs | awk '$5 == "created" {print $1; exit}')""": "{jobid}"},
        ),
        Run("pixverse-bridge check --online"),
        Run("pixverse-bridge deliveries\n"),
        Run("curl -sS", until="callbacks.allow"),
        Run("pixverse-bridge deliveries --state given_up | awk"),
        Run("pixverse-bridge health ||"),
        Run(
            "pixverse-bridge accounts add",
            after='pixverse-bridge accounts remove "$channel"',
            replaced={
                "pixverse-bridge accounts add 222222222222222222": (
                    'echo {discord} > token.txt; channel={channel}; pixverse-bridge accounts add "$channel"'
                ),
                "111111111111111111": "{server}",
            },
        ),
        Run(f"{READY}df"),
        Run("date -u", replaced={"https://discord.com": "{url}/healthz"}),
        Run("pixverse-bridge token list\npixverse-bridge jobs"),
        Run(
            "pixverse-bridge token list\npixverse-bridge token revoke",
            before="id=$(pixverse-bridge token list | grep -oE '[0-9a-f]{8}' | head -1)",
            replaced={"3f9a01c7": '"$id"'},
        ),
        Run("pixverse-bridge webhook-secret rotate"),
        Run("pixverse-bridge keys rotate"),
    ),
    "docs/postgresql.md": (
        NotRun(".venv/bin/python -m pip install", "fetches a driver, and needs the superuser of a server"),
        Run(
            "BRIDGE_DATABASE=postgresql://owner@db.example/bridge",
            replaced={"postgresql://owner@db.example/bridge": "{owned_database}"},
        ),
        Run("pixverse-bridge migrate --from data/bridge.db", replaced=DATABASE),
        Run("pixverse-bridge migrate --from postgresql://", replaced=DATABASE),
    ),
    "docs/queue.md": (Run('curl -sSf "$BRIDGE_URL/v1/pixverse/create"'),),
    "docs/real-account.md": (
        Run(
            "pixverse-bridge init --discord-file",
            before="rm config.yaml",
            replaced={
                "111111111111111111": "{server}",
                "222222222222222222": "{channel}",
            },
        ),
        Run("pixverse-bridge init", replaced={"pixverse-bridge init": ANSWERED}),
        Run("pixverse-bridge check --online"),
        Run("pixverse-bridge serve", until="Ready."),
    ),
    "docs/sandbox.md": (
        Run(
            "pixverse-bridge sandbox-discord",
            until="Ready.",
            replaced={"9000": "0", "ready.json": "another.json"},
        ),
        Run(
            "export BRIDGE_DISCORD__API_URL=",
            until="Ready.",
            replaced={**DISCORD, "pixverse-bridge init": ANSWERED},
        ),
        Run("import json\n\nimport discord", until="connected to Gateway", python=DISCORD_PY),
    ),
    "docs/tokens.md": (
        Run(
            "pixverse-bridge token create",
            before="id=$(pixverse-bridge token list | grep -oE '[0-9a-f]{8}' | head -1)",
            replaced={"3f9a01c7": '"$id"'},
        ),
    ),
    "docs/tutorial.md": (
        Run(
            "pipx install .", until="Ready.", replaced={"pipx install .": ": " + THE_WHEEL.partition(";")[0]}
        ),
        Run(
            'export BRIDGE_TOKEN=sandbox\npixverse-bridge create "a paper boat',
            after="ls videos/a-paper-boat-on-a-rainy-street-*-4.mp4",
            replaced={"=sandbox": "={token} BRIDGE_URL={url}"},
        ),
        Run("curl -sS http://127.0.0.1:8080/v1/pixverse/create"),
        Run(
            "export BRIDGE_TOKEN=sandbox\npixverse-bridge listen",
            until="A test callback of the bridge arrived.",
            replaced={"=sandbox": "={token} BRIDGE_URL={url}", "8090": "0"},
        ),
        Run('pixverse-bridge create "a paper boat on a rainy street" --wait'),
        Run(
            "pixverse-bridge deliveries",
            after="pixverse-bridge deliveries | grep http://127.0.0.1:8090/callback",
        ),
        Run('pixverse-bridge create "a paper boat #moderated-late"', until="exit code 10"),
        Run(
            "pixverse-bridge init",
            until="Ready.",
            before="rm config.yaml",
            replaced={"pixverse-bridge init": ANSWERED},
        ),
        Run(
            "unset BRIDGE_TOKEN",
            before="rm -r videos",
            after="ls videos/a-paper-boat-on-a-rainy-street-*-4.mp4",
            replaced={"pixverse-bridge login\n": "echo {token} | pixverse-bridge login --url {url}\n"},
        ),
    ),
}


def recipe_of(block: Block) -> Recipe | None:
    """Return how a block is run: the first recipe of its page that begins as it does."""
    found = (one for one in RECIPES.get(block.page, ()) if block.code.startswith(one.begins))
    return next(found, None)


def recipes() -> Iterator[tuple[str, Recipe]]:
    """Yield all recipes with their pages."""
    for page, rows in RECIPES.items():
        for recipe in rows:
            yield page, recipe
