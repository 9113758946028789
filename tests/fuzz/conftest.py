"""What the fuzz tests are run and watched with."""

from collections.abc import Callable

import pytest

from tests.fuzz.trying import Lines, Trial


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Lines:
    return Lines(capsys, caplog)


@pytest.fixture
def trial(
    lines: Lines, record_property: Callable[[str, object], None], request: pytest.FixtureRequest
) -> Trial:
    name = request.node.name
    return Trial(lines, lambda kind, figures: record_property(f"{kind} {name}", figures))
