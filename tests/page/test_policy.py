"""What the browser refuses to the page, whatever it were tricked into."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from aiohttp import web

from tests.page.visit import Visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

INLINE = """async () => {
    const refused = {};
    const attempt = (name, run) => {
        try { run(); refused[name] = "ran"; } catch (error) { refused[name] = error.name; }
    };
    attempt("script", () => {
        const script = document.createElement("script");
        script.text = "window.wasRun = true";
        document.body.append(script);
    });
    attempt("html", () => { document.body.innerHTML = "<img src=x onerror='window.wasRun = true'>"; });
    attempt("policy", () => { trustedTypes.createPolicy("mine", { createHTML: text => text }); });
    const run = () => attempt("eval", () => { window.eval("window.wasRun = true"); });
    await new Promise(done => setTimeout(() => { run(); done(); }));  // the debugger itself may evaluate
    return { refused, wasRun: "wasRun" in window };
}"""
FOREIGN = """async elsewhere => {
    const seen = [];
    document.addEventListener("securitypolicyviolation", event => seen.push(event.effectiveDirective));
    const loaded = (name, from) => new Promise(done => {
        const element = Object.assign(document.createElement(name), from);
        element.onerror = () => done("refused");
        element.onload = element.onloadeddata = () => done("loaded");
        document.body.append(element);
    });
    const results = await Promise.all([
        fetch(elsewhere).then(() => "loaded", () => "refused"),
        import(`${elsewhere}/x.js`).then(() => "loaded", () => "refused"),
        loaded("img", { src: `${elsewhere}/x.png` }),
        loaded("video", { src: `${elsewhere}/x.mp4` }),
        loaded("link", { rel: "stylesheet", href: `${elsewhere}/x.css` }),
    ]);
    document.body.setAttribute("style", "color: red");
    await new Promise(done => setTimeout(done));
    const style = getComputedStyle(document.body).color;
    return { results: [...new Set(results)], seen: [...new Set(seen)].sort(), style };
}"""


@asynccontextmanager
async def another_server() -> AsyncIterator[tuple[str, list[str]]]:
    """Listen beside the bridge, and say what was asked."""
    asked: list[str] = []

    async def heard(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(headers={"Access-Control-Allow-Origin": "*"})

    app = web.Application()
    app.router.add_get("/{any:.*}", heard)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", asked
    finally:
        await runner.cleanup()


@pytest_asyncio.fixture(loop_scope="session")
async def page(visit: Visit) -> Visit:
    visit.allowed.append("Content Security Policy|Trusted|ERR_FAILED|ERR_BLOCKED")
    await visit.open()
    return visit


async def test_no_text_becomes_html_or_script(page: Visit) -> None:
    found = await page.page.evaluate(INLINE)

    assert found["refused"] == {
        "script": "TypeError",
        "html": "TypeError",
        "eval": "EvalError",
        "policy": "TypeError",
    }
    assert found["wasRun"] is False


async def test_nothing_comes_from_another_server(page: Visit) -> None:
    async with another_server() as (elsewhere, asked):
        found = await page.page.evaluate(FOREIGN, elsewhere)

    assert found["results"] == ["refused"]
    assert {"connect-src", "img-src", "media-src", "script-src-elem", "style-src-elem"} <= set(found["seen"])
    assert found["style"] != "rgb(255, 0, 0)"
    assert asked == []
    page.foreign.clear()


async def test_the_page_is_shown_in_no_frame_of_another_site(page: Visit) -> None:
    framed = await page.page.evaluate(
        """async () => {
            const frame = Object.assign(document.createElement("iframe"), { src: location.href });
            document.body.append(frame);
            await new Promise(done => setTimeout(done, 50));
            return frame.contentDocument?.getElementById("app") !== null && frame.contentDocument !== null;
        }"""
    )

    assert framed is False
