"""The form of a new video, and what people do with it."""

from playwright.async_api import Page, expect

from tests.page.visit import Visit
from tests.tools.access import TOKEN

DROP = """([selector, name, type, bytes]) => {
    const carried = new DataTransfer();
    carried.items.add(new File([new Uint8Array(bytes)], name, { type }));
    const options = { bubbles: true, cancelable: true, dataTransfer: carried };
    document.querySelector(selector).dispatchEvent(new DragEvent("drop", options));
}"""
PASTE = """([name, type, bytes]) => {
    const carried = new DataTransfer();
    carried.items.add(new File([new Uint8Array(bytes)], name, { type }));
    const event = new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: carried });
    document.body.dispatchEvent(event);
}"""


async def the_form(visit: Visit, verb: str = "create", query: str = "") -> Page:
    await visit.open(f"/new/{verb}{query}", token=TOKEN)
    await expect(visit.page.locator("form.submit-form")).to_be_visible()
    return visit.page


async def sent_by(page: Page) -> str:
    """Press the button, and return the id of the job whose page opens."""
    await page.get_by_role("button", name="Make the video").click()
    await page.wait_for_url("**/#/jobs/*")
    return page.url.rpartition("/")[2]
