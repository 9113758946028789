"""Webhooks through the page: a test, the URL that jobs report to, the secret, and code that verifies."""

import asyncio
import os
import re
from pathlib import Path

import pytest
from playwright.async_api import expect
from standardwebhooks import Webhook

from tests.page.visit import Visit
from tests.tools.access import TOKEN
from tests.tools.receivers import receiving, status
from tests.tools.world import Api

pytestmark = pytest.mark.asyncio(loop_scope="session")
DOCUMENTED = Path(__file__).parents[2] / "docs/callbacks.md"
SECRET = "/v1/pixverse/callbacks/secret"
SNIPPETS = "async () => (await import(new URL('page/views/verifying.js', document.baseURI))).SNIPPETS"


async def test_a_test_says_in_words_whether_it_arrived(visit: Visit) -> None:
    await visit.open("/webhooks", token=TOKEN)
    test = visit.page.get_by_role("region", name="Send a test")
    async with receiving() as receiver:
        await test.get_by_label("URL").fill(receiver.url)
        await test.get_by_role("button", name="Send a test").click()
        await expect(test.get_by_role("status")).to_contain_text("It arrived in")
        receiver.answer = status(401)
        await test.get_by_role("button", name="Send a test").click()
        await expect(test.get_by_role("status")).to_contain_text("verifies the signature with another secret")

    assert [post.job["test"] for post in receiver.posts] == [True, True]


async def test_an_address_where_no_callback_may_go_is_refused_beside_its_field(visit: Visit) -> None:
    visit.allowed.append("400")
    await visit.open("/webhooks", token=TOKEN)
    test = visit.page.get_by_role("region", name="Send a test")
    await test.get_by_label("URL").fill("http://169.254.169.254/latest")

    await test.get_by_label("URL").press("Enter")

    await expect(test.get_by_role("alert")).to_contain_text("replyUrl is not an allowed URL")
    await expect(test.get_by_label("URL")).to_have_attribute("aria-invalid", "true")


async def test_the_url_that_jobs_report_to_is_set_and_cleared(visit: Visit, api: Api) -> None:
    await visit.open("/webhooks", token=TOKEN)
    standing = visit.page.get_by_role("region", name="Where jobs report to")
    test = visit.page.get_by_role("region", name="Send a test")
    async with receiving() as receiver:
        await standing.get_by_label("URL").fill(receiver.url)
        await standing.get_by_role("button", name="Save").click()
        await expect(visit.page.get_by_text("Saved: new jobs report to it.")).to_be_visible()
        await expect(test.get_by_label("URL")).to_have_value(receiver.url)
        assert (await api.get("/v2/account")).body["replyUrl"] == receiver.url

        await standing.get_by_label("URL").fill("")
        await standing.get_by_role("button", name="Save").click()

        await expect(visit.page.get_by_text("Cleared:")).to_be_visible()
        assert "replyUrl" not in (await api.get("/v2/account")).body


async def test_the_secret_is_asked_for_and_shown_only_when_one_wants_it(visit: Visit, api: Api) -> None:
    secret = (await api.get(SECRET)).body["secret"]
    await visit.open("/webhooks", token=TOKEN)
    part = visit.page.get_by_role("region", name="Signing secret")
    await expect(part.get_by_role("button", name="Show the secret")).to_be_visible()
    assert not [address for address in visit.asked if address.endswith(SECRET)]

    await part.get_by_role("button", name="Show the secret").click()
    await part.get_by_role("button", name="Show: Signing secret").click()

    await expect(part.get_by_text(secret)).to_be_visible()


async def test_the_code_on_the_page_is_the_documented_code(visit: Visit) -> None:
    await visit.open("/webhooks", token=TOKEN)

    shown = await visit.page.evaluate(SNIPPETS)

    blocks = re.findall(r"```(\w+)\n(.*?)```", DOCUMENTED.read_text(encoding="utf-8"), re.DOTALL)
    for name in ("Python", "JavaScript", "PHP"):
        assert (name.lower(), shown[name]) in blocks


async def test_what_the_shell_code_sends_is_verified_by_a_library_of_others(visit: Visit, api: Api) -> None:
    secret = (await api.get(SECRET)).body["secret"]
    await visit.open("/webhooks", token=TOKEN)
    await visit.page.get_by_role("button", name="curl").click()
    code = await visit.page.locator("pre").inner_text()
    async with receiving() as receiver:
        code = code.replace("https://example.com/hook", receiver.url)
        env = {**os.environ, "WEBHOOK_SECRET": secret}
        shell = await asyncio.create_subprocess_exec(
            "sh", "-euc", code, env=env, stdout=asyncio.subprocess.PIPE
        )
        said, _ = await shell.communicate()

    (post,) = receiver.posts
    assert b" 200 " in said.splitlines()[0]
    assert Webhook(secret).verify(post.body, post.headers)["test"] is True
