"""What is deployed beside the bridge: the rules of Prometheus, and the dashboards."""

from typing import Any

from tests.docs.pages import ROOT

DEPLOY = ROOT / "deploy"
RULES = DEPLOY / "prometheus" / "rules.yaml"
BOARDS = sorted((DEPLOY / "grafana").glob("*.json"))


def expressions(board: Any) -> list[str]:
    return [target["expr"] for panel in board["panels"] for target in panel["targets"]]
