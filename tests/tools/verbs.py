"""The verbs of the API, asked for as a program asks for them."""

from typing import Any

import aiohttp

from tests.tools.world import Answer, Api


async def completed(api: Api, prompt: str = "a cat", **fields: Any) -> Any:
    """Create a video, and return the record of its job when it has ended."""
    answer = await api.create(prompt, **fields)
    return await api.ended(answer.body["jobid"])


async def press(api: Api, job_id: str, button: str, **fields: Any) -> Answer:
    """Press a button of a job."""
    return await api.call("POST", "/v1/pixverse/button", json={"jobid": job_id, "button": button, **fields})


async def send(api: Api, verb: str, file: tuple[str, bytes, str, str] | None, **fields: str) -> Answer:
    """Post a form with a file: the name of its field, its bytes, its filename and its declared type."""
    form = aiohttp.FormData()
    for name, value in fields.items():
        form.add_field(name, value)
    if file is not None:
        name, content, filename, kind = file
        form.add_field(name, content, filename=filename, content_type=kind)
    else:
        form.add_field("motion", "5", content_type="text/plain", filename=None)
        form._is_multipart = True
    return await api.call("POST", f"/v1/pixverse/{verb}", data=form)
