"""Which links are replaced, and when."""

import pytest

from bridge.chat import Attachment, Embed, EmbedImage
from bridge.jobs.command import Command, Verb
from bridge.jobs.job import Job, Said
from bridge.jobs.links import Cdn, cdn_at, dies_ms, is_near_end, links_of, with_links

REAL = "https://cdn.discordapp.com"
FILE = "/attachments/1140860020586713128/1168473004498501652/a_cat.mp4"
HOUR_MS = 3_600_000


def signed(dies_s: int, made_s: int, more: str = "") -> str:
    return f"{REAL}{FILE}?ex={dies_s:x}&is={made_s:x}&hm=00ff&{more}"


def test_a_link_stays_the_same_but_for_its_signature() -> None:
    cdn = cdn_at(REAL)

    assert cdn.place(signed(9, 1)) == cdn.place(signed(99, 12)) == cdn.place(REAL + FILE) == REAL + FILE


def test_what_a_link_asks_for_besides_is_a_part_of_it() -> None:
    cdn = cdn_at(REAL)

    assert cdn.place(signed(9, 1, "format=webp&width=10")) == f"{REAL}{FILE}?format=webp&width=10"


def test_the_real_one_has_a_second_host_for_pictures() -> None:
    media = f"https://media.discordapp.net{FILE}"

    assert cdn_at(REAL).place(f"{media}?ex=9&is=1&hm=0") == media
    assert cdn_at("http://127.0.0.1:9").place(media) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://example.com" + FILE,
        "https://cdn.discordapp.com.example.com" + FILE,
        "https://user@cdn.discordapp.com" + FILE,
        "http://cdn.discordapp.com" + FILE,
        REAL,
        REAL + "/avatars/1140860020586713128/a.png",
        REAL + "/attachments/1/2/../3",
        REAL + "/attachments/1/x/a.png",
        REAL + "/attachments/1/2/a b.png",
        "https://images-ext-1.discordapp.net/external/x/https/example.com/a.png",
    ],
)
def test_a_link_to_anything_else_is_left_alone(url: str) -> None:
    assert cdn_at(REAL).place(url) is None


def test_ephemeral_files_are_files_too() -> None:
    url = f"{REAL}/ephemeral{FILE.replace('/attachments', '-attachments')}"

    assert Cdn((REAL,)).place(url) == url


@pytest.mark.parametrize(
    ("left_ms", "is_near"), [(HOUR_MS + 1, False), (HOUR_MS, True), (0, True), (-1, True)]
)
def test_a_link_is_near_its_end_in_its_last_hour(left_ms: int, is_near: bool) -> None:
    url = signed(1_700_086_400, 1_700_000_000)

    assert is_near_end(url, 1_700_086_400_000 - left_ms) is is_near


def test_a_link_that_lives_for_minutes_is_not_replaced_all_the_time() -> None:
    url = signed(1_700_000_600, 1_700_000_000)

    assert not is_near_end(url, 1_700_000_299_000)
    assert is_near_end(url, 1_700_000_300_000)


@pytest.mark.parametrize("query", ["", "?ex=", "?ex=xyz", "?ex=-1", "?hex=1", "?ex=" + "f" * 40])
def test_a_link_that_does_not_say_when_it_dies_is_left_alone(query: str) -> None:
    assert dies_ms(REAL + FILE + query) is None
    assert not is_near_end(REAL + FILE + query, 2_000_000_000_000)


def test_every_link_of_a_job_is_found_and_replaced() -> None:
    files = (Attachment("1", "a", "u1", 1, "u2"), Attachment("2", "b", "u3", 1))
    embeds = (Embed(), Embed(image=EmbedImage("u4", "u5")), Embed(image=EmbedImage("u6")))
    job = job_that_says(Said("1", attachments=files, embeds=embeds))

    renewed = with_links(job, lambda url: f"{url}!")

    assert list(links_of(job)) == ["u1", "u2", "u3", "u4", "u5", "u6"]
    assert list(links_of(renewed)) == ["u1!", "u2!", "u3!", "u4!", "u5!", "u6!"]
    assert with_links(renewed, lambda url: url.rstrip("!")) == job


def test_a_job_without_a_message_has_no_links() -> None:
    job = job_that_says(None)

    assert list(links_of(job)) == []
    assert with_links(job, lambda url: f"{url}!") is job


def job_that_says(said: Said | None) -> Job:
    return Job(
        id="1",
        tenant="t",
        account=1,
        server="1",
        channel="2",
        discord="mask",
        command=Command(verb=Verb.CREATE),
        created_ms=0,
        updated_ms=0,
        heard_ms=0,
        fingerprint="f",
        said=said,
    )
