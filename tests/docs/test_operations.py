"""docs/operations.md has every word that an operator meets, and none that no longer exists."""

import ast
import re
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import cache
from typing import Any, Final

import pytest
import typer
import yaml

from bridge.accounts.condition import Standing
from bridge.cli.client.outcomes import ExitCode
from bridge.cli.commands import app
from bridge.cli.online import ACCOUNT_FAILED
from bridge.cli.stopping import CUT
from bridge.clock import SystemClock
from bridge.config.settings import every_key, variable
from bridge.errors import StartError
from bridge.flows.send.next_job import WaitReason
from bridge.jobs.job import Cause
from bridge.metrics.at_scrape import Found, Stored
from bridge.metrics.metrics import Metrics
from tests.docs.pages import DOCS, ROOT, anchors, table, tables

PAGE: Final = DOCS / "operations.md"
RULES: Final = ROOT / "deploy" / "prometheus" / "rules.yaml"
FINE: Final = 0
FORCED: Final = {128 + signal.SIGINT, 128 + signal.SIGTERM}
LEVELS: Final = {"exception": "error"}
LOGS: Final = {"debug", "info", "warning", "error", "exception", "critical"}
SYMPTOMS: Final = (
    "Jobs stay created",
    "Every job fails with not_sendable",
    "Callbacks do not arrive",
    "Account needs a person",
    "Disk is full",
    "The clock is wrong",
    "The token leaked",
)
LOGGED: Final = re.compile(r"\[(?:debug|info|warning|error|critical) *\] (\w+)")
METRIC: Final = re.compile(r"\bpixverse_bridge_\w+")
ALERT: Final = re.compile(r"\bPixverseBridge\w+")
COMMAND: Final = re.compile(r"\bpixverse-bridge ([a-z][\w-]*)(?: ([a-z][\w-]*))?")
PATH: Final = re.compile(r"/v[12]/[\w/-]+\w")
VARIABLE: Final = re.compile(r"\bBRIDGE_[A-Z_]+\b")
NAME: Final = re.compile(r"`((?!pixverse_bridge_)[a-z]+(?:[_.][a-z0-9]+)+)`")
ELSEWHERE: Final = {"BRIDGE_URL", "BRIDGE_TOKEN", "config.yaml", "config.yml", "secret.key", "bridge.db"}
"""Variables of commands that talk to a bridge, and files."""


def test_every_exit_code_is_told_and_no_other() -> None:
    told = [
        int(code) for codes, *_ in table(PAGE, "exit code", "of", "meaning") for code in codes.split(", ")
    ]

    assert sorted(told) == sorted(exit_codes())


def test_every_condition_is_told_and_no_other() -> None:
    assert first_cells("condition", "meaning", "what to do") == sorted(Standing)


def test_every_cause_is_told_and_no_other() -> None:
    assert first_cells("cause", "status", "meaning", "what to do") == sorted(Cause)


def test_every_reason_to_wait_is_told_and_no_other() -> None:
    assert first_cells("waits for", "meaning", "what to do") == sorted(WaitReason)


def test_the_errors_of_answers_are_those_of_the_code() -> None:
    told = [text for _, texts, _ in table(PAGE, "status", "error") for text in texts.split("`")[1::2]]
    code = "\n".join(sources())

    assert told != []
    assert [text for text in told if not all(part in code for part in text.split("…"))] == []


def test_every_metric_is_told_and_no_other() -> None:
    assert first_cells("metric", "look at it when") == sorted(metrics())


def test_every_alert_is_told_and_no_other() -> None:
    assert first_cells("alert", "what to do") == sorted(rule["alert"] for rule in rules())


def test_every_setting_is_told_with_its_variable_and_no_other() -> None:
    told = {key.strip("`"): name.strip("`") for key, name, _ in table(PAGE, "setting", "variable", "sets")}

    assert told == {key: variable(key) for key, _ in every_key()}


def test_every_log_event_is_told_with_its_levels_and_no_other() -> None:
    told = {name.strip("`"): levels for name, levels, *_ in log_table()}

    assert told == {name: ", ".join(sorted(levels)) for name, levels in log_events().items()}


def test_the_log_events_stand_in_order() -> None:
    names = [name.strip("`") for name, *_ in log_table()]

    assert names == sorted(names)


def test_each_log_event_says_what_it_means_and_what_to_do() -> None:
    assert [name for name, _, *said in log_table() if not all(said)] == []


@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_each_symptom_has_a_runbook_with_the_four_parts(symptom: str) -> None:
    runbook = PAGE.read_text("utf-8").partition(f"\n## {symptom}\n")[2].partition("\n## ")[0]

    parts = re.findall(r"^\*\*(.+?)\.\*\*", runbook, re.MULTILINE)

    assert parts == ["You see", "Look", "Do", "It is over"]


def test_the_job_that_a_runbook_looks_at_is_one_of_those_that_stay_created() -> None:
    text = PAGE.read_text(encoding="utf-8")
    [program] = re.findall(r"^JOB=\$\(pixverse-bridge jobs \| awk '(.+)'\)$", text, re.MULTILINE)
    printed = text[text.index("job                               created ") :].partition("```")[0]

    found = subprocess.run(["awk", program], input=printed, capture_output=True, text=True, check=True)

    assert found.stdout == "01a224cc02fe433ab6f93d11c653a3d0\n"


def test_every_alert_leads_to_a_section_of_the_page() -> None:
    sections = {f"docs/operations.md#{anchor}" for anchor in anchors(PAGE)}

    assert [rule["alert"] for rule in rules() if rule["annotations"]["runbook_url"] not in sections] == []


@pytest.mark.parametrize(
    ("pattern", "known"),
    [
        (LOGGED, lambda: set(log_events())),
        (METRIC, lambda: {name + end for name in metrics() for end in ("", "_bucket", "_sum", "_count")}),
        (ALERT, lambda: {rule["alert"] for rule in rules()}),
        (PATH, lambda: set(re.findall(PATH, (DOCS / "api.md").read_text("utf-8")))),
        (VARIABLE, lambda: {variable(key) for key, _ in every_key()} | ELSEWHERE),
        (NAME, lambda: names_of_the_code() | ELSEWHERE),
    ],
    ids=["log", "metric", "alert", "path", "variable", "name"],
)
def test_the_page_names_nothing_that_is_not_there(
    pattern: re.Pattern[str], known: Callable[[], Set[str]]
) -> None:
    named = set(pattern.findall(PAGE.read_text("utf-8")))

    assert named != set()
    assert named - known() == set()


def test_the_page_names_no_command_that_is_not_there() -> None:
    group = typer.main.get_group(app)

    named = COMMAND.findall(PAGE.read_text("utf-8"))

    assert named != []
    assert [(name, sub) for name, sub in named if not is_command(group, name, sub)] == []


def first_cells(*head: str) -> list[str]:
    return sorted(name.strip("`") for name, *_ in table(PAGE, *head))


def log_table() -> list[list[str]]:
    return tables(PAGE, "log event", "level", "meaning", "what to do")


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def metrics() -> set[str]:
    """Return the metrics of a scrape, by the lines that declare them."""
    found = Found(1, {}, Stored({}, strays=0, owed=0, oldest_owed_s=0.0, configured=0, paused=0))
    text = Metrics(SystemClock(), "1.2.3").text(found).decode()
    return {line.split(" ")[2] for line in text.splitlines() if line.startswith("# TYPE pixverse_bridge_")}


def exit_codes() -> set[int]:
    starts = {kind.exit_code for kind in kinds_of(StartError)}
    return {FINE, CUT, ACCOUNT_FAILED} | starts | FORCED | {int(code) for code in ExitCode}


def kinds_of(kind: type[StartError]) -> Iterator[type[StartError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from kinds_of(each)


def log_events() -> Mapping[str, Set[str]]:
    """Return the events that the bridge logs, with their levels."""
    found: dict[str, set[str]] = {}
    for source in sources():
        if "get_logger" in source or "getLogger" in source:
            for level, event in logged_in(ast.parse(source)):
                found.setdefault(event, set()).add(LEVELS.get(level, level))
    return found


@cache
def sources() -> Sequence[str]:
    return [path.read_text("utf-8") for path in (ROOT / "bridge").rglob("*.py")]


def logged_in(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield what a module logs: levels and events."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and is_level(node.func)]
    levels = [node for node in ast.walk(tree) if is_level(node)]
    assert len(calls) == len(levels), "call the level of a log at once, so that its event can be found"
    for call in calls:
        for event in events_in(call.args[0]):
            yield ast.unparse(call.func).rpartition(".")[2], event
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "record.msg":
            yield "warning", events_in(node.value)[0].partition(" ")[0]


def is_level(node: ast.AST) -> bool:
    if not isinstance(node, ast.Attribute) or node.attr not in LOGS:
        return False
    return ast.unparse(node.value) == "log" or ast.unparse(node.value).startswith("structlog.get_logger(")


def events_in(event: ast.expr) -> Sequence[str]:
    if isinstance(event, ast.IfExp):
        return [*events_in(event.body), *events_in(event.orelse)]
    assert isinstance(event, ast.Constant), (
        f"write the event out, so that it can be found: {ast.unparse(event)}"
    )
    return [str(event.value)]


def names_of_the_code() -> Set[str]:
    """Return the words of the code, the settings, and their groups."""
    keys = [key for key, _ in every_key()]
    groups = {key.rpartition(".")[0] for key in keys}
    return groups.union(keys, *(re.findall(r"\w+", source) for source in sources()))


def is_command(group: typer.core.TyperGroup, name: str, sub: str) -> bool:
    command = group.commands.get(name)
    if isinstance(command, typer.core.TyperGroup) and sub:
        return sub in command.commands
    return command is not None
