"""docs/lifecycle.md draws the table that the code goes by, no other."""

import re
from collections.abc import Iterator

from bridge.jobs.job import IN_FLIGHT, OPEN, STATUS, State
from bridge.jobs.lifecycle import RULES
from tests.docs.pages import DOCS, diagram, table

PAGE = DOCS / "lifecycle.md"
GROUPS = {"open_jobs": OPEN, "in_flight": IN_FLIGHT}
ARROW = re.compile(r"^ *(\w+) -- (\w+) --> (\w+)$", re.MULTILINE)


def test_the_table_of_signals_is_the_rules() -> None:
    told = {
        signal.strip("`"): (frozenset(map(State, welcome_in.split(", "))), State(becomes))
        for signal, welcome_in, becomes, *_ in table(PAGE, "signal", "welcome in", "becomes")
    }

    assert told == {signal.__name__: rule for signal, rule in RULES.items()}


def test_the_arrows_of_the_diagram_are_the_rules() -> None:
    drawn = set(_arrows(diagram(PAGE)))

    assert drawn == {
        (before, signal.__name__, after)
        for signal, (welcome_in, after) in RULES.items()
        for before in welcome_in
    }


def test_the_groups_of_the_diagram_are_those_of_the_code() -> None:
    inner = diagram(PAGE).partition("subgraph in_flight")[2].partition("\n    end")[0]
    outer = diagram(PAGE).partition("subgraph open_jobs")[2].partition("subgraph in_flight")[0]

    flying, waiting = _states(inner), _states(outer)

    assert flying == IN_FLIGHT
    assert flying | waiting == OPEN


def test_the_table_of_states_is_the_contracts_view() -> None:
    told = {State(state): status for state, status, *_ in table(PAGE, "state", "status")}

    assert told == STATUS


def _arrows(drawing: str) -> Iterator[tuple[State, str, State]]:
    for before, signal, after in ARROW.findall(drawing):
        for state in GROUPS.get(before) or [State(before)]:
            yield state, signal, State(after)


def _states(drawing: str) -> set[State]:
    return {State(line.strip()) for line in drawing.splitlines() if line.strip() in set(State)}
