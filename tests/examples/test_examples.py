"""The published examples, run by the tools they were written for and judged by their HTTP status."""

from collections.abc import Iterator, Mapping
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from tests.examples.pages import BEGINNINGS, FOLDER, example_on
from tests.examples.placeholders import filled
from tests.examples.relay import relay_to
from tests.examples.repairs import REPAIRS, repaired
from tests.examples.tools import TOOLS

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the stored pages are not here")

PAGES: Mapping[str, int] = {
    "useapi-get-account": 200,
    "useapi-post-account-channel": 204,
    "useapi-post-create": 200,
    "useapi-get-job": 200,
    "useapi-post-button": 200,
}


@pytest.fixture(scope="module")
def spares(sandbox: Any) -> Iterator[dict[str, str]]:
    return cycle(sandbox["spare_accounts"])


@pytest.fixture
def values(sandbox: Any, spares: Iterator[dict[str, str]], jobid: str) -> dict[str, str]:
    """What stands for the placeholders: another account each time, and a job."""
    given = {
        "token": sandbox["api_token"],
        "jobid": jobid,
        "prompt": "Sun over San Francisco",
        "maxJobs": "3",
        "button": "U1",
    }
    return {**next(spares), **given}


@pytest.fixture(params=list(TOOLS))
def tool(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    if not TOOLS[name].is_installed:
        pytest.skip(f"{name} is not installed")
    return name


@pytest.mark.parametrize(("page", "status"), PAGES.items())
async def test_an_example_of_the_hosted_service_runs_unchanged(
    page: str, status: int, tool: str, sandbox: Any, values: dict[str, str], tmp_path: Path
) -> None:
    example = example_on(page, tool)
    if page == "useapi-post-button":
        values["discord"] = sandbox["discord"]["accounts"][0][
            "token"
        ]  # the one that may see the job's channel

    async with relay_to(sandbox["url"]) as relay:
        told = await TOOLS[tool].run(filled(repaired(example), {**values, "url": relay.url}), tmp_path)
        answered = await relay.status()

    assert answered == status, told


@pytest.mark.parametrize("repair", REPAIRS)
def test_no_repair_is_there_for_nothing(repair: Any) -> None:
    examples = [example_on(page, name) for page in PAGES for name in BEGINNINGS]

    changed = [example for example in examples if repair(example) != example]

    assert changed
