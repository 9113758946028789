"""Requests that are made up from the description, right and wrong ones: no fault, no answer it does not tell.

`FUZZ_EXAMPLES` says how many of each kind every operation gets; with it they are others at every run.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
import pytest_asyncio
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bridge.sandbox import Sandbox
from tests.tools.access import TOKEN
from tests.tools.openapi_document import DOCUMENT
from tests.tools.world import bridge_on

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(3600)]
WISH: Final = os.environ.get("FUZZ_EXAMPLES", "")
EXAMPLES: Final = int(WISH or 6)
PHASES: Final = (Phase.explicit, Phase.generate, Phase.shrink) if WISH else (Phase.generate,)


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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    jobs = {"pace_s": 0, "patience_s": 0.2}
    async with bridge_on(sandbox, tmp_path_factory.mktemp("bridge"), jobs=jobs) as bridge:
        yield bridge.url


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("name", list(OPERATIONS))
async def test_no_made_up_request_meets_a_fault_or_an_answer_that_is_not_told(
    url: str, name: str, mode: GenerationMode
) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=not WISH,
        phases=PHASES,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=OPERATIONS[name].as_strategy(generation_mode=mode))
    def try_one(case: Case[Any]) -> None:
        case.call_and_validate(base_url=url, headers=headers_of(case), checks=CHECKS, timeout=30)

    await asyncio.to_thread(try_one)


def headers_of(case: Case[Any]) -> dict[str, str]:
    """A stream never ends, so pages of it are asked for."""
    return {"Authorization": f"Bearer {TOKEN}", "Accept": "application/json"}
