"""Requests made up from the description, right and wrong ones: no fault, no answer that it does not tell."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Final

import pytest
import pytest_asyncio
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bridge.sandbox import Sandbox
from tests.contract.conftest import sandbox as sandbox
from tests.fuzz.trying import MOST_GROWTH_MB, PHASES, SEED, WISH, Lines, memory_mb
from tests.tools.access import TOKEN
from tests.tools.openapi_document import DOCUMENT
from tests.tools.world import bridge_on

pytestmark = pytest.mark.asyncio(loop_scope="module")


def no_fault(_ctx: Any, response: Any, _case: Case[Any]) -> None:
    assert response.status_code != 500, response.text


CHECKS: Final = [
    no_fault,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]
SCHEMA: Final = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS: Final = {
    found.ok().definition.raw["operationId"]: found.ok()
    for found in SCHEMA.get_all_operations()
    if isinstance(found, Ok)
}
EXAMPLES: Final = -(-int(WISH) // (2 * len(OPERATIONS))) if WISH else 1
"""How many requests of each kind every operation gets."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    jobs = {"pace_s": 0, "patience_s": 0.2}
    async with bridge_on(sandbox, tmp_path_factory.mktemp("bridge"), jobs=jobs) as bridge:
        yield bridge.url


class Tally:
    """How many requests were made in all, and how much memory was held after each operation."""

    def __init__(self) -> None:
        self.made = 0
        self.memory: list[float] = []
        self.began = time.monotonic()

    def line(self) -> str:
        """Return the figures."""
        spent = time.monotonic() - self.began
        return f"{self.made} requests in {spent:.0f} s, memory grown by {self.growth():.0f} MB, seed {SEED}"

    def growth(self) -> float:
        """Return the growth in MB after the first third of the operations."""
        return self.memory[-1] - self.memory[len(self.memory) // 3]


@pytest.fixture(scope="module")
def tally() -> Iterator[Tally]:
    tally = Tally()
    yield tally
    assert tally.growth() < MOST_GROWTH_MB


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("name", list(OPERATIONS))
async def test_no_made_up_request_meets_a_fault_or_an_answer_that_is_not_told(
    url: str,
    name: str,
    mode: GenerationMode,
    lines: Lines,
    tally: Tally,
    record_property: Callable[[str, object], None],
) -> None:
    @seed(SEED)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=PHASES,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=OPERATIONS[name].as_strategy(generation_mode=mode))
    def try_one(case: Case[Any]) -> None:
        tally.made += 1
        case.call_and_validate(base_url=url, headers=headers_of(case), checks=CHECKS, timeout=30)

    await asyncio.to_thread(try_one)

    gc.collect()
    tally.memory.append(memory_mb())
    if WISH:
        record_property(f"fuzz {name}, {mode.value}", tally.line())
    lines.check()


def headers_of(case: Case[Any]) -> dict[str, str]:
    """A stream never ends, so pages of it are asked for."""
    return {"Authorization": f"Bearer {TOKEN}", "Accept": "application/json"}
