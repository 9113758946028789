"""What docs, alert rules and dashboards say of the metrics is true."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from bridge.clock import SystemClock
from bridge.metrics.at_scrape import Found, Stored
from bridge.metrics.metrics import Metrics
from tests.docs.pages import DOCS, table
from tests.metrics.conftest import read
from tests.metrics.deployed import BOARDS, DEPLOY, RULES, expressions

PAGE = DOCS / "metrics.md"
RULES_TEST = DEPLOY / "prometheus" / "rules_test.yaml"
NAMED = re.compile(r"\b(?:pixverse_bridge|process)_[a-z_]+")
ENDS = ("_bucket", "_sum", "_count")
OF_THE_SCRAPE = {"up"}


def shown() -> str:
    """Return a scrape that has every metric with every label."""
    metrics = Metrics(SystemClock(), "1.2.3")
    metrics.http.answered("/v1/pixverse/jobs", "GET", 200, 0.01)
    metrics.jobs.accepted("pixverse-create")
    metrics.jobs.answered("pixverse-create", 1.0)
    metrics.jobs.ended("pixverse-create", "failed", "silence", 60.0)
    metrics.jobs.came_late("pixverse-create")
    metrics.messages.matched("nonce")
    metrics.callbacks.attempted(500, 0.1, is_delivered=False)
    stored = Stored({"waiting": 1}, strays=1, owed=1, oldest_owed_s=5.0, configured=1, paused=0)
    return metrics.text(Found(1, {"connected": 1}, stored)).decode()


@pytest.fixture(scope="module")
def text() -> str:
    return shown()


@pytest.fixture(scope="module")
def known(text: str) -> set[str]:
    return read(text).names


@pytest.fixture(scope="module")
def promtool() -> str:
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not here: scripts/setup_prometheus installs it")
    return found


def run(promtool: str, *arguments: str, given: str = "") -> str:
    """Return what promtool says, which is empty or a success; it has found nothing then."""
    done = subprocess.run([promtool, *arguments], input=given, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def named_in(text: str) -> set[str]:
    """Return the metrics that an expression names, without what a histogram adds."""
    found = set()
    for name in NAMED.findall(text):
        base = next((name.removesuffix(end) for end in ENDS if name.endswith(end)), name)
        found.add(base)
    return found


def test_every_metric_is_in_the_docs_and_no_other(known: set[str]) -> None:
    told = {name.strip("`") for name, *_ in table(PAGE, "metric", "kind", "labels", "meaning")}

    assert told == {name for name in known if name.startswith("pixverse_bridge_")}


def test_the_docs_tell_kind_and_labels_of_each(text: str) -> None:
    kinds = dict(line.split(" ")[2:4] for line in text.splitlines() if line.startswith("# TYPE "))
    samples = read(text).samples

    for name, kind, labels, _ in table(PAGE, "metric", "kind", "labels", "meaning"):
        metric = name.strip("`")
        mine = {labels for sample, labels in samples if named_in(sample) == {metric}}
        given = {label for one in mine for label in re.findall(r'(\w+)="', one)} - {"le"}

        assert (metric, kind) == (metric, kinds[metric])
        assert (metric, set(re.findall(r"`(\w+)`", labels))) == (metric, given)


def test_every_metric_of_a_rule_exists(known: set[str]) -> None:
    rules = [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]

    assert named_in(" ".join(rule["expr"] for rule in rules)) <= known
    assert named_in(json.dumps(rules)) <= known


def test_every_alert_is_in_the_docs_with_its_severity_and_tested_both_ways() -> None:
    rules = [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    tests = [test["name"] for test in yaml.safe_load(RULES_TEST.read_text())["tests"]]

    told = [
        (name.strip("`"), severity) for name, severity, _ in table(PAGE, "alert", "severity", "fires when")
    ]

    assert told == [(rule["alert"], rule["labels"]["severity"]) for rule in rules]
    assert tests == [f"{name} {what}" for name, _ in told for what in ("fires", "is quiet")]


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.stem)
def test_every_metric_of_a_dashboard_exists(path: Path, known: set[str]) -> None:
    board = json.loads(path.read_text())

    assert named_in(json.dumps(board)) <= known
    assert len(expressions(board)) > 10


def test_the_dashboards_show_every_metric(known: set[str]) -> None:
    shown = {name for path in BOARDS for name in named_in(path.read_text())}

    assert {name for name in known if name.startswith("pixverse_bridge_")} - shown == set()


def test_the_docs_name_every_dashboard() -> None:
    assert {name.strip("`") for name, _ in table(PAGE, "file", "shows")} == {path.name for path in BOARDS}


def test_promtool_finds_nothing_in_a_scrape(promtool: str, text: str) -> None:
    assert run(promtool, "check", "metrics", given=text) == ""


def test_promtool_finds_nothing_in_the_rules_and_their_tests_pass(promtool: str) -> None:
    assert "SUCCESS" in run(promtool, "check", "rules", str(RULES))
    assert "SUCCESS" in run(promtool, "test", "rules", str(RULES_TEST))


def test_prometheus_understands_every_expression_of_the_dashboards(promtool: str, tmp_path: Path) -> None:
    written = [expr for path in BOARDS for expr in expressions(json.loads(path.read_text()))]
    plain = [expr.replace("$__rate_interval", "5m").replace("$instance", ".*") for expr in written]
    rules = [{"record": f"board:{number}", "expr": expr} for number, expr in enumerate(plain)]
    file = tmp_path / "boards.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "boards", "rules": rules}]}))

    assert f"SUCCESS: {len(plain)} rules found" in run(promtool, "check", "rules", str(file))
