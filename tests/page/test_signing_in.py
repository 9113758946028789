"""Signing in: by a link, with a token that is typed, one that is wrong or may do little, and for how long."""

import pytest
from playwright.async_api import expect

from bridge.access.api_token import Revoker
from bridge.access.scopes import Scope
from bridge.app.bridge import RunningBridge
from bridge.store.rows import api_tokens
from tests.page.visit import Visit
from tests.tools.access import TOKEN
from tests.tools.jobs import NOW_MS
from tests.tools.rows import a_token
from tests.tools.world import Api

pytestmark = pytest.mark.asyncio(loop_scope="session")
SEES_JOBS = "sees-jobs-and-nothing-else"
REFUSED = "401"


async def stored(visit: Visit) -> list[str]:
    """Return what the tab keeps, what the browser keeps, and the cookies."""
    found: list[str] = await visit.page.evaluate(
        "[JSON.stringify({ ...sessionStorage }), JSON.stringify({ ...localStorage }), document.cookie]"
    )
    return found


async def type_token(visit: Visit, token: str) -> None:
    await visit.page.get_by_label("API token", exact=True).fill(token)
    await visit.page.get_by_role("button", name="Sign in").click()


async def test_a_link_signs_in_and_leaves_no_token_in_any_address(visit: Visit) -> None:
    await visit.open(token=TOKEN)

    await expect(visit.page.get_by_role("link", name="New video").first).to_be_visible()
    assert TOKEN not in visit.page.url
    assert "#token" not in visit.page.url
    assert [address for address in visit.asked if TOKEN in address] == []
    assert await visit.page.evaluate("history.length") <= 2


async def test_a_token_that_the_bridge_does_not_know_is_refused_in_words(visit: Visit) -> None:
    visit.allowed.append(REFUSED)
    await visit.open()

    await type_token(visit, "not-a-token-of-this-bridge")

    await expect(visit.page.get_by_text("does not know this token")).to_be_visible()
    await expect(visit.page.get_by_role("navigation")).to_have_count(0)
    assert "not-a-token" not in "".join(await stored(visit))


async def test_a_link_with_a_wrong_token_asks_for_another_one(visit: Visit) -> None:
    visit.allowed.append(REFUSED)

    await visit.open(token="revoked-long-ago")

    await expect(visit.page.get_by_text("no longer accepts your token")).to_be_visible()
    await type_token(visit, TOKEN)
    await expect(visit.page.get_by_role("link", name="New video").first).to_be_visible()


async def test_what_the_token_may_not_do_is_not_offered(
    visit: Visit, bridge: RunningBridge, api: Api
) -> None:
    await bridge.foundation.database.write(
        lambda tx: a_token(tx, SEES_JOBS, tenant="default", scopes=frozenset({Scope.JOBS_READ}))
    )
    await Api(api.url, api.http, SEES_JOBS).until_known()

    await visit.open(token=SEES_JOBS)

    navigation = visit.page.get_by_role("navigation")
    await expect(navigation.get_by_role("link", name="Deliveries")).to_be_visible()
    await expect(navigation.get_by_role("link", name="Accounts")).to_have_count(0)
    await expect(visit.page.get_by_role("link", name="New video")).to_have_count(0)


async def test_a_token_is_kept_for_the_tab_alone(visit: Visit) -> None:
    await visit.open()

    await type_token(visit, TOKEN)

    await expect(visit.page.get_by_role("navigation")).to_be_visible()
    of_tab, of_browser, cookies = await stored(visit)
    assert TOKEN in of_tab
    assert TOKEN not in of_browser + cookies


async def test_a_token_is_kept_for_the_browser_if_one_asks_for_that_until_one_signs_out(visit: Visit) -> None:
    await visit.open()
    await visit.page.get_by_label("Stay signed in").check()
    await type_token(visit, TOKEN)
    await expect(visit.page.get_by_role("navigation")).to_be_visible()

    other = await visit.page.context.new_page()
    await other.goto(f"{visit.url}/")
    await expect(other.get_by_role("navigation")).to_be_visible()
    await visit.page.get_by_role("button", name="Sign out").click()

    await expect(visit.page.get_by_label("API token", exact=True)).to_be_visible()
    assert TOKEN not in "".join(await stored(visit))


async def test_one_who_signs_out_is_signed_out_in_the_other_tabs_that_use_the_kept_token(
    visit: Visit,
) -> None:
    await visit.open()
    await visit.page.get_by_label("Stay signed in").check()
    await type_token(visit, TOKEN)
    await expect(visit.page.get_by_role("navigation")).to_be_visible()
    other = await visit.page.context.new_page()
    await other.goto(f"{visit.url}/")
    await expect(other.get_by_role("navigation")).to_be_visible()

    await visit.page.get_by_role("button", name="Sign out").click()

    await expect(other.get_by_label("API token", exact=True)).to_be_visible()


async def test_a_browser_that_keeps_nothing_can_sign_in(visit: Visit) -> None:
    await visit.page.add_init_script(
        """Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };"""
    )

    await visit.open(token=TOKEN)

    await expect(visit.page.get_by_role("navigation")).to_be_visible()


async def test_one_who_opens_the_address_of_a_view_comes_to_it_after_signing_in(visit: Visit) -> None:
    await visit.open("/accounts")

    await type_token(visit, TOKEN)

    await expect(visit.page.get_by_role("heading", level=1, name="Accounts")).to_be_visible()


async def test_a_token_that_is_revoked_while_the_page_is_open_is_asked_for_again(
    visit: Visit, bridge: RunningBridge, api: Api
) -> None:
    visit.allowed.append(REFUSED)
    known = await bridge.foundation.database.write(lambda tx: a_token(tx, "soon-revoked", tenant="default"))
    await Api(api.url, api.http, "soon-revoked").until_known()
    await visit.open(token="soon-revoked")
    await expect(visit.page.get_by_role("navigation")).to_be_visible()

    await bridge.foundation.database.write(
        lambda tx: api_tokens.revoke(tx, known.id, Revoker.COMMAND, NOW_MS)
    )

    await expect(visit.page.get_by_text("no longer accepts your token")).to_be_visible()
    assert "soon-revoked" not in "".join(await stored(visit))
