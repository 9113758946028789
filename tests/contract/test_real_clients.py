"""Form data as real programs write it: requests, curl and fetch send the same picture, and it is taken."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.tools.pictures import jpeg, png
from tests.tools.world import Api

pytestmark = pytest.mark.asyncio(loop_scope="module")
FIELDS = {"prompt": "ein Kätzchen 🐈", "motion": "5", "maxJobs": "10", "style": "ignored", "seed_value": ""}
FETCH = """
const [url, token, file, kind, name] = process.argv.slice(2);
const form = new FormData();
for (const [key, value] of Object.entries(JSON.parse(process.env.FIELDS))) form.append(key, value);
const blob = new Blob([require("fs").readFileSync(file)], kind ? {type: kind} : {});
name ? form.append("image", blob, name) : form.append("image", blob);
fetch(url, {method: "POST", headers: {Authorization: `Bearer ${token}`}, body: form})
  .then(async answer => console.log(JSON.stringify({status: answer.status, body: await answer.json()})));
"""


def checked(status: int, body: Any, picture: bytes, found: str) -> None:
    assert (status, body.get("error")) == (200, None)
    assert (body["code"], body["prompt"], body["motion"]) == (200, FIELDS["prompt"], 5)
    assert body["image"] == {"size": len(picture), "type": found}
    assert not {"style", "seed_value"} & body.keys()


async def printed(*command: str, **more: str) -> Any:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, env={"PATH": "/usr/local/bin:/usr/bin:/bin", **more}
    )
    out, _ = await process.communicate()
    return json.loads(out)


@pytest.mark.parametrize("kind", ["application/octet-stream", "image/png", None])
async def test_requests_sends_a_jpeg_that_may_say_it_is_a_png(api: Api, kind: str | None) -> None:
    picture = ("blob", jpeg(), kind) if kind else ("blob", jpeg())

    answer = await asyncio.to_thread(
        requests.post,
        api.url + "/v1/pixverse/animate",
        headers={"Authorization": f"Bearer {api.token}"},
        data=FIELDS,
        files={"image": picture},
        timeout=30,
    )

    checked(answer.status_code, answer.json(), jpeg(), "image/jpeg")


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
@pytest.mark.parametrize(
    "more", ["", ";type=application/octet-stream", ";type=image/png;filename=blob", ";filename="]
)
async def test_curl_sends_a_picture(api: Api, tmp_path: Path, more: str) -> None:
    file = tmp_path / "photo.png"
    file.write_bytes(jpeg())
    fields = [word for name, value in FIELDS.items() for word in ("-F", f"{name}={value}")]

    body = await printed(
        *("curl", "-sS", api.url + "/v1/pixverse/animate", "-H", f"Authorization: Bearer {api.token}"),
        *(*fields, "-F", f"image=@{file}{more}"),
    )

    checked(body["code"], body, jpeg(), "image/jpeg")


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here")
@pytest.mark.parametrize(
    ("kind", "name"), [("", ""), ("application/octet-stream", ""), ("image/jpeg", "ü 1.jpg")]
)
async def test_fetch_sends_a_blob_with_or_without_a_name(
    api: Api, tmp_path: Path, kind: str, name: str
) -> None:
    (tmp_path / "send.cjs").write_text(FETCH)
    (tmp_path / "file").write_bytes(png())
    arguments = (api.url + "/v1/pixverse/animate", api.token, str(tmp_path / "file"), kind, name)

    told = await printed("node", str(tmp_path / "send.cjs"), *arguments, FIELDS=json.dumps(FIELDS))

    checked(told["status"], told["body"], png(), "image/png")
