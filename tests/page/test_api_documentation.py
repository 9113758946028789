"""The documentation page of the API: "Try it out" succeeds for every operation as the page fills it in."""

import json
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Locator, Page

from tests.page.conftest import Open
from tests.tools.access import TOKEN
from tests.tools.openapi_document import DOCUMENT
from tests.tools.pictures import png
from tests.tools.verbs import completed
from tests.tools.world import Api, Discord, Receiver

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.thorough, pytest.mark.timeout(300)]
OPERATIONS: Final = {
    operation["operationId"]: operation for path in DOCUMENT["paths"].values() for operation in path.values()
}
LIMIT_MS: Final = 60_000.0
LAST: Final = "deleteAccount"
"""The others need the account."""


async def authorize(page: Page) -> None:
    """Give the page a token, as a person does."""
    await page.click(".btn.authorize")
    await page.fill(".auth-container input", TOKEN)
    await page.click(".auth-btn-wrapper .authorize")
    await page.click(".auth-btn-wrapper .btn-done")


async def fill(block: Locator, given: dict[str, str], picture: Path) -> None:
    """Fill in what only the reader can know: ids, a receiver, a file; the rest stays as the page has it."""
    for row in await block.locator("tr[data-param-name]").all():
        name = await row.get_attribute("data-param-name")
        if name in given and await row.locator(".parameter__name.required").count():
            await row.locator("input").fill(given[name])
    for file in await block.locator("input[type=file]").all():
        await file.set_input_files(picture)
    for editor in await block.locator("textarea.body-param__text").all():
        body = json.loads(await editor.input_value())
        await editor.fill(json.dumps({**body, **{name: given[name] for name in body if name in given}}))


async def tried(page: Page, name: str, given: dict[str, str], picture: Path, kind: str | None = None) -> str:
    """Return the status that an operation is answered with."""
    block = page.locator(f"#operations-{OPERATIONS[name]['tags'][0]}-{name}")
    await block.locator(".opblock-summary-control").click()
    await block.locator(".try-out__btn").first.wait_for()
    if not await block.locator(".execute").count():  # it was not tried before
        await block.locator(".try-out__btn").click()
    if kind is not None:
        await block.locator(".body-param-content-type select").select_option(kind)
    await fill(block, given, picture)
    await block.locator(".execute").click()
    status = block.locator(".live-responses-table tr.response .response-col_status")
    answered = (await status.first.inner_text()).split()[0]
    await block.locator(".opblock-summary-control").click()  # a closed block is not drawn again and again
    return answered


async def test_every_operation_succeeds_when_it_is_tried_out(
    opened: Open, api: Api, discord: Discord, receiver: Receiver, tmp_path: Path
) -> None:
    picture = tmp_path / "cat.png"
    picture.write_bytes(png())
    job = await completed(api)
    spare: dict[str, Any] = discord.spares[-1]
    given = {**spare, "jobid": job["jobid"], "replyUrl": receiver.url}
    first = ["setAccount", *(name for name in OPERATIONS if name not in ("setAccount", LAST)), LAST]

    async with opened() as visit:
        page = visit.page
        page.set_default_timeout(LIMIT_MS)
        await page.goto(f"{visit.url}/docs")
        await authorize(page)
        answered = {name: await tried(page, name, given, picture) for name in first}
        as_form = await tried(page, "createSingle", given, picture, "multipart/form-data")

    assert {name for name, status in answered.items() if status not in ("200", "204")} == set()
    assert as_form == "200"
