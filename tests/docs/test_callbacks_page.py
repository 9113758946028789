"""docs/callbacks.md shows how to verify a callback: what it shows is run, half of it on others' libraries."""

import base64
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import pytest

from bridge.callbacks.signing import signed
from bridge.client import Job
from bridge.store.rows.webhook_secrets import made
from tests.docs.pages import DOCS, ROOT

PAGE: Final = DOCS / "callbacks.md"
MODULES: Final = ROOT / ".verifier" / "node_modules"
SECRET, OTHER = made(), made()
BODY: Final = json.dumps(
    {"jobid": "1", "status": "completed", "prompt": "a cat 🐈 “quoted”", "code": 200}, ensure_ascii=False
).encode()
RUNNER: Final = """
import { readFileSync } from "node:fs";
import { jobOf } from "./snippet.mjs";

const told = JSON.parse(readFileSync(0, "utf8")).map(({ body, headers }) => {
  try {
    return jobOf(Buffer.from(body, "base64"), headers);
  } catch (error) {
    return null;
  }
});
console.log(JSON.stringify(told));
"""
PHP_RUNNER: Final = """
$told = [];
foreach (json_decode(file_get_contents('php://stdin'), true) as [$body, $server]) {
    try {
        $told[] = jobOf(base64_decode($body), $server);
    } catch (Throwable $error) {
        $told[] = null;
    }
}
echo json_encode($told);
"""
GO_RUNNER: Final = """package main

import (
	"encoding/json"
	"net/http"
	"os"
)

func main() {
	var posts []struct {
		Body    []byte
		Headers map[string]string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&posts); err != nil {
		panic(err)
	}
	told := []map[string]any{}
	for _, post := range posts {
		headers := http.Header{}
		for name, value := range post.Headers {
			headers.Set(name, value)
		}
		job, err := jobOf(post.Body, headers)
		if err != nil {
			job = nil
		}
		told = append(told, job)
	}
	json.NewEncoder(os.Stdout).Encode(told)
}
"""


@dataclass(frozen=True)
class Post:
    """A callback as it arrives."""

    body: bytes
    headers: dict[str, str]

    def but(self, **headers: str) -> "Post":
        named = {f"webhook-{name}": value for name, value in headers.items()}
        return replace(self, headers={**self.headers, **named})


Verifier = Callable[[Sequence[Post]], list[Any]]


def post(secrets: Sequence[str] = (SECRET,), at_s: float = 0.0, body: bytes = BODY) -> Post:
    at_ms = round((time.time() + at_s) * 1000)
    return Post(body, dict(signed("msg_1", at_ms, body, secrets)))


def snippets(language: str) -> list[str]:
    text = PAGE.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def with_python(code: str, monkeypatch: pytest.MonkeyPatch) -> Verifier:
    monkeypatch.setenv("WEBHOOK_SECRET", SECRET)
    names: dict[str, Any] = {}
    exec(compile(code, str(PAGE), "exec"), names)

    def verify(posts: Sequence[Post]) -> list[Any]:
        return [job_or_none(names["job_of"], one) for one in posts]

    return verify


def job_or_none(job_of: Callable[[bytes, dict[str, str]], Any], one: Post) -> Any:
    try:
        job = job_of(one.body, one.headers)
        return job.raw if isinstance(job, Job) else job
    except Exception:  # noqa: BLE001 - whatever a snippet raises refuses
        return None


def with_javascript(code: str, folder: Path) -> Verifier:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    if "standardwebhooks" in code and not MODULES.exists():
        pytest.skip("the JavaScript library is not installed: scripts/setup_verifier")
    (folder / "node_modules").symlink_to(MODULES)
    (folder / "snippet.mjs").write_text(code)
    (folder / "runner.mjs").write_text(RUNNER)

    def verify(posts: Sequence[Post]) -> list[Any]:
        given = [{"body": base64.b64encode(one.body).decode(), "headers": one.headers} for one in posts]
        done = subprocess.run(
            [node, "runner.mjs"],
            cwd=folder,
            env={"WEBHOOK_SECRET": SECRET},
            input=json.dumps(given),
            capture_output=True,
            text=True,
            check=True,
            timeout=90,
        )
        told: list[Any] = json.loads(done.stdout)
        return told

    return verify


def with_php(code: str, folder: Path) -> Verifier:
    php = shutil.which("php")
    if php is None:
        pytest.skip("php is not installed")
    code, _, _ = code.partition("$job =")
    (folder / "runner.php").write_text(code + PHP_RUNNER)

    def verify(posts: Sequence[Post]) -> list[Any]:
        named = [
            {f"HTTP_{name.upper().replace('-', '_')}": one.headers[name] for name in one.headers}
            for one in posts
        ]
        bodies = [base64.b64encode(one.body).decode() for one in posts]
        done = subprocess.run(
            [php, "runner.php"],
            cwd=folder,
            env={"WEBHOOK_SECRET": SECRET},
            input=json.dumps(list(zip(bodies, named, strict=True))),
            capture_output=True,
            text=True,
            check=True,
            timeout=90,
        )
        told: list[Any] = json.loads(done.stdout)
        return told

    return verify


def with_go(code: str, folder: Path) -> Verifier:
    go = shutil.which("go")
    if go is None:
        pytest.skip("go is not installed: scripts/setup_clients")
    (folder / "snippet.go").write_text(code)
    (folder / "runner.go").write_text(GO_RUNNER)

    def verify(posts: Sequence[Post]) -> list[Any]:
        given = [{"Body": base64.b64encode(one.body).decode(), "Headers": one.headers} for one in posts]
        done = subprocess.run(
            [go, "run", "snippet.go", "runner.go"],
            cwd=folder,
            env={**os.environ, "WEBHOOK_SECRET": SECRET},
            input=json.dumps(given),
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        told: list[Any] = json.loads(done.stdout)
        return told

    return verify


@pytest.fixture(
    params=[
        "python 0",
        "python 1",
        "python 2",
        "javascript 0",
        "javascript 1",
        "php 0",
        pytest.param("go 0", marks=pytest.mark.thorough),
    ]
)
def verifier(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Verifier:
    language, number = request.param.split()
    code = snippets(language)[int(number)]
    if language == "python":
        return with_python(code, monkeypatch)
    others = {"php": with_php, "javascript": with_javascript, "go": with_go}
    return others[language](code, tmp_path)


def test_of_each_language_one_snippet_uses_the_library_and_one_does_not() -> None:
    for language in ("python", "javascript"):
        assert ["standardwebhooks" in code for code in snippets(language)][:2] == [True, False]


def test_a_callback_is_taken_also_while_secrets_change(verifier: Verifier) -> None:
    other = post(body=b'{"jobid": "2", "status": "failed"}')
    good = [post(), post([OTHER, SECRET]), post([SECRET, OTHER]), post(at_s=-250), other]

    assert verifier(good) == [json.loads(one.body) for one in good]


def test_what_is_not_ours_is_refused(verifier: Verifier) -> None:
    right = post()
    bad = [
        post([OTHER]),
        replace(right, body=BODY.replace(b"200", b"201")),
        right.but(id="msg_2"),
        right.but(timestamp=str(int(right.headers["webhook-timestamp"]) - 1)),
        right.but(timestamp="soon"),
        right.but(signature=""),
        right.but(signature="v1,"),
        right.but(signature=right.headers["webhook-signature"].replace("v1,", "v2,")),
        post(at_s=-400),
        post(at_s=400),
        Post(BODY, {}),
    ]

    assert verifier(bad) == [None] * len(bad)


def test_a_signature_is_the_one_that_the_specification_gives_as_an_example() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    headers = signed("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330_999, b'{"test": 2432232314}', [secret])

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
