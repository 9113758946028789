"""Every field of every verb with values of every kind: fine ones pass, others get the contract's 400."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from bridge.api.contract.requests import ButtonForm, Form
from bridge.api.submitting import FORMS
from bridge.jobs.command import Verb
from tests.contract.asking import (
    GOOD,
    NO_WEB_ADDRESSES,
    PICTURES,
    VERBS,
    File,
    good,
    has_passed,
    is_house_style,
    send,
    types_of,
)
from tests.tools.world import Answer, Api, Discord

pytestmark = pytest.mark.asyncio(loop_scope="module")

ABSENT = ("", "undefined", "null")
MODELS: dict[str, type[Form]] = {
    **{verb.value.removeprefix("pixverse-"): form for verb, form in FORMS.items()},
    Verb.BUTTON.value.removeprefix("pixverse-"): ButtonForm,
}
LONG = "prompt, negative_prompt, replyRef or replyUrl is too long"
SHORT = "prompt, replyRef or replyUrl is too long"
TOO_LONG = {"create": LONG, "create_single": LONG, "meme_face": LONG, "animate": SHORT, "button": SHORT}
LIMITS = {"prompt": 512, "negative_prompt": 512, "replyRef": 1024, "replyUrl": 1024}
RANGES = {"maxJobs": (1, 10), "motion": (1, 10), "seed_value": (0, 2_147_483_647)}
CHOICES = {
    "style": "Realistic, Anime, 3D Animation",
    "aspect_ratio": "16:9, 9:16, 1:1, 4:3, 3:4",
    "hd_quality": "Yes, No",
    "character": "eula, ganyu, hutao, kamisatoayaka, keqing, klee, nahida, ningguang, raidenshogun, "
    "xiangling, yaemiko",
}
MISSING = {
    "prompt": "prompt, discord, server or channel value is missing",
    "style": "style is missing or empty",
    "image": "image is missing or empty",
    "face": "face is missing or empty",
    "jobid": "jobid or button value is missing",
    "button": "jobid or button value is missing",
}


def rows(fields: Any) -> list[tuple[str, str]]:
    return [(verb, field) for verb in VERBS for field in MODELS[verb].model_fields if field in fields]


TEXTS = {"prompt", "negative_prompt", "replyRef", "replyUrl", "jobid", "button", *CHOICES}
PLACE = {"discord", "server", "channel"}
EVERY = [(verb, field) for verb in VERBS for field in MODELS[verb].model_fields]


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _nothing_is_submitted(discord: Discord) -> AsyncIterator[None]:
    yield
    assert await discord.interactions() == []


def prefix(field: str) -> str:
    return "http://a/" if field == "replyUrl" else ""


def says(answer: Answer, text: str) -> bool:
    return is_house_style(answer) and (answer.status, answer.body["error"]) == (400, text)


@pytest.mark.parametrize(("verb", "field"), [row for row in EVERY if row[1] != "channel"])
async def test_a_field_may_be_absent_in_four_ways_unless_it_is_needed(
    api: Api, verb: str, field: str
) -> None:
    is_needed = MODELS[verb].model_fields[field].is_required()
    for kind in types_of(verb):
        for nothing in (..., *ABSENT, *([None] if kind == "json" else [])):
            answer = await send(api, verb, kind, good(verb, **{field: nothing}))

            if is_needed:
                assert says(answer, MISSING[field]), (kind, nothing)
            else:
                assert has_passed(answer), (kind, nothing, answer)


@pytest.mark.parametrize(("verb", "field"), rows(LIMITS))
async def test_text_may_have_its_length_in_utf16_units_and_not_one_more(
    api: Api, verb: str, field: str
) -> None:
    room = LIMITS[field] - len(prefix(field))
    fine = [prefix(field) + "x" * room, prefix(field) + "x" * (room % 2) + "🐈" * (room // 2)]
    for kind in types_of(verb):
        for text in fine:
            at_limit = await send(api, verb, kind, good(verb, **{field: text}))
            over = await send(api, verb, kind, good(verb, **{field: text + "x"}))

            assert has_passed(at_limit), (kind, at_limit)
            assert says(over, TOO_LONG[verb]), (kind, over)


@pytest.mark.parametrize(("verb", "field"), rows(TEXTS | PLACE))
async def test_text_without_bad_letters_and_nothing_but_text(api: Api, verb: str, field: str) -> None:
    letters = ("a\0b", "\ufeffa", "a\ufeff")
    only_json: tuple[Any, ...] = (
        "\ud800",
        "a\udfffb",
        5,
        1.5,
        10**400,
        True,
        False,
        [],
        ["a"],
        {},
        {"a": "b"},
    )
    for kind in types_of(verb):
        strange = letters + (only_json if kind == "json" else ())
        for value in (*strange, *([File(b"x")] if kind == "form" else [])):
            answer = await send(api, verb, kind, good(verb, **{field: value}))

            assert is_house_style(answer), (kind, value)
            assert answer.status == 400, (kind, value, answer)


@pytest.mark.parametrize(("verb", "field"), rows({"prompt", "negative_prompt", "replyRef"}))
async def test_any_other_text_is_fine(api: Api, verb: str, field: str) -> None:
    for kind in types_of(verb):
        for text in (
            "🐈‍⬛ ÄÖ 中文 العربية",
            "12",
            "true",
            "[]",
            "<b>&'\"\\",
            "a\r\nb\tc",
            "NaN",
            "Ｎull",
        ):
            answer = await send(api, verb, kind, good(verb, **{field: text}))

            assert has_passed(answer), (kind, text, answer)


@pytest.mark.parametrize(("verb", "field"), rows(CHOICES))
async def test_one_of_the_choices_exactly(api: Api, verb: str, field: str) -> None:
    allowed = CHOICES[field].split(", ")
    for kind in types_of(verb):
        for value in allowed:
            assert has_passed(await send(api, verb, kind, good(verb, **{field: value})))
        for value in (allowed[0].lower() + "x", allowed[0] + " ", "12", "🐈", "{field}"):
            answer = await send(api, verb, kind, good(verb, **{field: value}))
            shown = value.replace("{", "(").replace("}", ")")

            assert says(answer, f"{field} {shown} not supported, must be one of {CHOICES[field]}")


@pytest.mark.parametrize(("verb", "field"), rows(RANGES))
async def test_a_whole_number_in_its_range_as_a_number_or_as_text(api: Api, verb: str, field: str) -> None:
    low, high = RANGES[field]
    bad = (low - 1, high + 1, "many", "1.5", "1e1", "٣", "+ 3", "0x3", "9" * 5000, "-", "--3", "3 3")
    only_json: tuple[Any, ...] = (3.5, True, [], [3], {}, 10**30)
    for kind in types_of(verb):
        for value in (low, high, str(low), f" {high} ", f"0{low}"):
            assert has_passed(await send(api, verb, kind, good(verb, **{field: value}))), (kind, value)
        for value in (*bad, *(only_json if kind == "json" else ())):
            answer = await send(api, verb, kind, good(verb, **{field: value}))

            assert is_house_style(answer), (kind, value)
            assert answer.status == 400, (kind, value, answer)
            assert answer.body["error"].startswith(f"{field} ")
            assert answer.body["error"].endswith(f"not supported, must be {low}…{high}")


@pytest.mark.parametrize(("verb", "field"), [row for row in EVERY if row[1] not in PICTURES.values()])
async def test_a_megabyte_is_too_much_for_any_field(api: Api, verb: str, field: str) -> None:
    for kind in types_of(verb):
        answer = await send(api, verb, kind, good(verb, **{field: "x" * 1_048_577}))
        below = await send(api, verb, kind, good(verb, **{field: "x" * 1_000_000}))

        assert (answer.status, is_house_style(answer)) == (413, True)
        assert (below.status, is_house_style(below)) == (400, True) or field in ("jobid", "value")


@pytest.mark.parametrize("url", NO_WEB_ADDRESSES)
@pytest.mark.parametrize("verb", VERBS)
async def test_a_reply_url_is_an_http_url(api: Api, verb: str, url: str) -> None:
    answer = await send(api, verb, "form", good(verb, replyUrl=url))

    assert says(answer, "replyUrl is not an allowed URL")
    assert answer.body["errorDetails"]


@pytest.mark.parametrize("verb", VERBS)
async def test_of_a_field_that_is_given_twice_the_last_one_counts(api: Api, verb: str) -> None:
    first, last = ("maxJobs", "99"), ("maxJobs", "3")
    for kind in types_of(verb):
        fields = list(good(verb).items())

        good_last = await send(api, verb, kind, [first, *fields, last])
        bad_last = await send(api, verb, kind, [last, *fields, first])
        absent_last = await send(api, verb, kind, [first, *fields, ("maxJobs", "")])

        assert has_passed(good_last)
        assert says(bad_last, "maxJobs 99 not supported, must be 1…10")
        assert has_passed(absent_last)


@pytest.mark.parametrize("verb", VERBS)
async def test_unknown_fields_are_ignored_whatever_they_hold(api: Api, verb: str) -> None:
    for kind in types_of(verb):
        strange: dict[str, Any] = {
            "foreign": "\0",
            "__proto__": "x",
            "self": "1",
            "model_config": "x",
            "": "x",
        }
        strange |= {"deep": [[{"a": None}]], "big": 10**300} if kind == "json" else {}

        answer = await send(api, verb, kind, {**good(verb), **strange})

        assert has_passed(answer), (kind, answer)


async def test_every_verb_has_its_rows() -> None:
    assert set(GOOD) == set(VERBS) == set(MODELS)
