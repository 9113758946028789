"""A verb of a configuration is a verb like the built-in ones, and a mistake in it is one sentence."""

from dataclasses import replace
from typing import Any, Final, cast

import pytest
from pydantic import ValidationError

from bridge.api.contract.requests import ButtonForm, CallbackTestForm, Form, PlacedForm, read_form
from bridge.api.contract.verb_forms import form_of, reader_of
from bridge.api.contract.views import JobRecord, record
from bridge.api.http.answers import Refusal
from bridge.api.http.form_data import FilePart
from bridge.api.routes import Resources, table
from bridge.config.overrides import Overrides, overridden
from bridge.jobs.command import Command, Upload, Value
from bridge.pixverse.echo import expected
from bridge.pixverse.profile import DEFAULT, Profile
from bridge.pixverse.wording import NotConfigured, fingerprint, slash_command
from bridge.verbs import reserved
from bridge.verbs.built_in import BUILT_IN
from bridge.verbs.row import VerbRow
from scripts.write_openapi import Anyone
from tests.tools.jobs import new_job

CLIP: Final = Upload(7, "video/mp4", "key", "hash")
EFFECTS: Final[dict[str, Any]] = {
    "name": "effect",
    "about": "Put an effect on a picture",
    "files": 2,
    "buttons": ["Extend"],
    "fields": {
        "image": {"type": "image", "required": True, "option": "picture", "formats": ["jpg", "png", "webp"]},
        "effect": {"type": "choice", "required": True, "choices": {"hug": "Hug!", "kiss": "Kiss!"}},
        "duration": {"type": "integer", "min": 5, "max": 8},
        "strength": {"type": "number", "min": 0, "max": 1.5},
        "sound": {"type": "boolean"},
        "clip": {"type": "video"},
        "speech": {"type": "string", "min": 3, "max": 20},
        "seed": {"type": "integer"},
    },
}
GOOD: Final[dict[str, Any]] = {"image": CLIP, "effect": "hug"}


def profile(**said: Any) -> Profile:
    return overridden(DEFAULT, Overrides.model_validate(said))


def effects(**fields: Any) -> VerbRow:
    changed = {**EFFECTS, "fields": {**EFFECTS["fields"], **fields}}
    verb = profile(commands={"effects": changed}).verb("pixverse-effects")
    assert verb is not None
    return verb


def mistake(commands: dict[str, Any], **more: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        Overrides.model_validate({"commands": commands, **more})
    error = caught.value.errors(include_url=False)[0]
    return f"{'.'.join(map(str, error['loc']))}: {error['msg'].removeprefix('Value error, ')}"


def a_field(**said: Any) -> dict[str, Any]:
    return {"effects": {"fields": {"it": said}}}


def test_nothing_said_leaves_the_built_in_verbs() -> None:
    assert profile().verbs == BUILT_IN


def test_a_new_verb_stands_behind_the_built_in_ones() -> None:
    verbs = profile(commands={"effects": EFFECTS}).verbs

    assert [verb.name for verb in verbs] == [*(verb.name for verb in BUILT_IN), "pixverse-effects"]
    assert (verbs[-1].path, verbs[-1].command, verbs[-1].files) == ("effects", "effect", 2)


def test_a_new_verb_needs_no_more_than_its_fields() -> None:
    verb = profile(commands={"swap": {"fields": {"prompt": {"type": "string"}}}}).verbs[-1]

    assert (verb.command, verb.about, verb.fields[0].option, verb.fields[0].most) == (
        "swap",
        "Run /swap",
        "prompt",
        512,
    )


def test_its_fields_are_sent_by_the_bots_names_with_what_its_options_take() -> None:
    said = profile(commands={"effects": EFFECTS})
    command = Command("pixverse-effects", {"image": CLIP, "effect": "hug", "strength": 0.5, "sound": False})

    sent = slash_command(command, said, {"key": "/uploads/key"})

    assert sent.name == "effect"
    assert sent.options.keys() == {"picture", "effect", "strength", "sound"}
    assert (sent.options["effect"], sent.options["strength"], sent.options["sound"]) == ("Hug!", 0.5, False)


def test_a_job_whose_verb_or_field_has_gone_from_the_configuration_says_so() -> None:
    gone, without_field = Command("pixverse-effects", prompt="a"), Command("pixverse-create", tone="low")

    with pytest.raises(NotConfigured, match="The verb pixverse-effects is not in the configuration any more"):
        slash_command(gone, DEFAULT, {})
    with pytest.raises(NotConfigured, match="The field tone of pixverse-create is not"):
        slash_command(without_field, DEFAULT, {})


def test_the_bot_is_expected_to_repeat_what_the_rows_of_its_echo_name() -> None:
    echo = [{"field": "prompt", "key": "prompt"}, {"field": "effect", "key": "template"}]
    said = profile(commands={"effects": EFFECTS}, echo=echo)

    words = expected(Command("pixverse-effects", {"effect": "hug"}), said)

    assert words.at_start == {"effect": "hug!"}


def test_commands_that_differ_in_a_field_of_the_configuration_are_not_interchangeable() -> None:
    said = profile(commands={"effects": EFFECTS})
    given: list[dict[str, Value]] = [{"effect": "hug"}, {"effect": "kiss"}, {"effect": "hug", "clip": CLIP}]

    prints = {fingerprint(Command("pixverse-effects", values), None, said) for values in given}

    assert len(prints) == 3


def test_a_seed_of_a_new_verb_makes_the_same_video_too() -> None:
    assert Command("pixverse-effects", seed=5).is_seeded


def test_the_record_has_the_fields_of_the_verb_as_they_were_given() -> None:
    command = Command("pixverse-effects", {"clip": CLIP, "strength": 0.5, "sound": False, "duration": 5})

    told = record(replace(new_job(), command=command)).model_dump(exclude_none=True)

    assert told["verb"] == "pixverse-effects"
    assert (told["strength"], told["sound"], told["duration"]) == (0.5, False, 5)
    assert told["clip"] == {"size": 7, "type": "video/mp4"}


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"effect": None}, "effect is missing or empty"),
        ({"image": None}, "image is missing or empty"),
        ({"image": FilePart()}, "image must be a file"),
        ({"effect": "wave"}, "effect wave not supported, must be one of hug, kiss"),
        ({"duration": "9"}, "duration 9 not supported, must be 5…8"),
        ({"duration": "5.5"}, "duration 5.5 not supported, must be 5…8"),
        ({"strength": "2"}, "strength 2 not supported, must be 0…1.5"),
        ({"strength": "nan"}, "strength nan not supported, must be 0…1.5"),
        ({"seed": "abc"}, "seed abc not supported, must be a whole number"),
        ({"sound": "loud"}, "sound loud not supported, must be one of true, false"),
        ({"speech": "x" * 21}, "speech, replyRef or replyUrl is too long"),
        ({"speech": "hi"}, "speech is too short"),
        ({"speech": "hi\0!"}, "speech must not hold NUL, a byte order mark or a lone surrogate"),
    ],
)
def test_a_bad_field_is_refused_by_the_pattern_of_the_contract(fields: dict[str, Any], error: str) -> None:
    given = {name: value for name, value in fields.items() if value is not None}
    absent = {name for name, value in fields.items() if value is None}

    with pytest.raises(Refusal) as refused:
        read_form(
            form_of(effects()),
            {name: value for name, value in {**GOOD, **given}.items() if name not in absent},
        )

    assert refused.value.error == error


def test_good_fields_are_read_as_what_they_are() -> None:
    given = {"duration": "5", "strength": "0.5", "sound": "true", "speech": "Hello", "seed": -3}

    form = read_form(form_of(effects()), {**GOOD, **given})

    read = form.model_dump(include=set(given))
    assert read == {"duration": 5, "strength": 0.5, "sound": True, "speech": "Hello", "seed": -3}


def test_a_built_in_verb_takes_what_the_bot_has_newly_and_keeps_the_rest() -> None:
    fields = {
        "style": {"choices": ["Realistic", "Anime", "Clay"]},
        "camera": {"type": "choice", "choices": ["zoom_in"]},
        "negative_prompt": {"max": 100},
    }
    verb = profile(commands={"create": {"fields": fields, "options": {"camera": "cam"}}}).verb(
        "pixverse-create"
    )
    assert verb is not None

    form = reader_of(verb).read({"prompt": "a", "style": "Clay", "camera": "zoom_in"})
    with pytest.raises(Refusal) as refused:
        read_form(form_of(verb), {"prompt": "a", "style": "3D Animation"})

    assert form.model_dump(include={"style", "camera"}) == {"style": "Clay", "camera": "zoom_in"}
    assert refused.value.error == "style 3D Animation not supported, must be one of Realistic, Anime, Clay"
    assert [field.name for field in verb.fields][-1] == "camera"
    assert verb.fields[-1].option == "cam"
    assert verb.fields[0] == BUILT_IN[0].fields[0]


def test_buttons_of_a_verb_are_known_and_can_have_labels() -> None:
    said = profile(commands={"effects": EFFECTS}, buttons={"Extend": "➡️ Extend"}, prompt_buttons=["Extend"])

    assert said.buttons == (*DEFAULT.buttons, "Extend")
    assert said.labels == (("Extend", "➡️ Extend"),)


@pytest.mark.parametrize(
    ("commands", "told"),
    [
        (
            {"crate": {}},
            "'crate' is no command: known are create, create_single, animate, meme_face; a new one",
        ),
        ({"button": {"fields": {}}}, "'button' is no command"),
        ({"Effects": {"fields": {}}}, "'Effects' is not the name of a verb: 1 to 32 of a-z"),
        ({"a" * 33: {"fields": {}}}, "is not the name of a verb"),
        *(({path: {"fields": {}}}, f"'{path}' cannot be a verb") for path in sorted(reserved.PATHS)),
        ({"createsingle": {"fields": {}}}, "'createsingle' is too like 'create_single', another verb"),
        ({"a_b": {"fields": {}}, "ab": {"fields": {}}}, "'a_b' is too like 'ab'"),
        (
            {"effects": {"name": "animate", "fields": {}}},
            "animate and effects would both be called 'animate'",
        ),
        ({"effects": {"fields": {}, "options": {"tone": "x"}}}, "'tone' is no option of effects"),
        ({"effects": {"fields": {}, "files": 0}}, "commands.effects.files: Input should be greater than"),
        ({"effects": {"fields": {}, "buttons": [" "]}}, "commands.effects.buttons.0: ' ' is not a label"),
        ({"effects": {"fields": {}, "buttons": ["A", "A"]}}, "entry 2 has the same label as entry 1"),
        ({"effects": {"fields": {}, "about": "two\nlines"}}, "commands.effects.about: is not a line"),
        ({"effects": {"fields": {"X": {"type": "string"}}}}, "effects.fields.X is not the name of a field"),
        ({"effects": {"fields": {"status": {"type": "string"}}}}, "effects.fields.status cannot be a field"),
        ({"effects": {"fields": {"json": {"type": "string"}}}}, "effects.fields.json cannot be a field"),
        (
            {"effects": {"fields": {"model_a": {"type": "string"}}}},
            "effects.fields.model_a cannot be a field",
        ),
        ({"create": {"fields": {"tone": {}}}}, "create.fields.tone has no type"),
        ({"effects": {"fields": {"motion": {"type": "string"}}}}, "motion is a whole number in records, and"),
        (
            {"create": {"fields": {"style": {"choices": []}}}},
            "create.fields.style has type choice, and needs 1",
        ),
        (a_field(), "effects.fields.it has no type"),
        (a_field(type="text"), "commands.effects.fields.it.type: Input should be 'string'"),
        (a_field(type="string", length=5), "commands.effects.fields.it.length: Extra inputs"),
        (a_field(type="choice"), "effects.fields.it has type choice, and needs 1 to 500 choices"),
        (
            a_field(type="choice", choices=["a", "a"]),
            "commands.effects.fields.it.choices: entry 2 has the same",
        ),
        (a_field(type="choice", choices=[True]), "True is not a text: write it in quotation marks"),
        (a_field(type="choice", choices="a"), "is neither a list nor a map"),
        (a_field(type="string", choices=["a"]), "effects.fields.it has type string, which takes no choices"),
        (
            a_field(type="boolean", max=1),
            "effects.fields.it has type boolean, which takes neither min nor max",
        ),
        (a_field(type="string", formats=["jpg"]), "has type string, which takes no formats"),
        (
            a_field(type="image", formats=["mp4"]),
            "'mp4' is no format of type image: known are jpg, png, webp",
        ),
        (a_field(type="integer", min=5, max=4), "effects.fields.it has a min that is more than its max"),
        (a_field(type="integer", max=4.5), "effects.fields.it has a limit that is not a whole number"),
        (a_field(type="integer", max=2**60), "commands.effects.fields.it.max: Input should be less than"),
        (
            a_field(type="string", max=6_001),
            "effects.fields.it has a limit that is not a length of 0 to 6000",
        ),
        (
            {"effects": {"fields": {"a": {"type": "string"}, "b": {"type": "string", "option": "A"}}}},
            "a and b would both be called 'A'",
        ),
        (
            {"effects": {"fields": {f"a{number}": {"type": "string"} for number in range(26)}}},
            "effects.fields has 26: a command takes at most 25",
        ),
        (
            {"effects": {"fields": {f"a{number}": {"type": "image"} for number in range(11)}}},
            "effects.fields has more than 10 files",
        ),
    ],
)
def test_a_mistake_in_a_verb_is_told_with_its_row_and_key(commands: dict[str, Any], told: str) -> None:
    assert told in mistake(commands)


def test_an_echo_of_a_field_that_no_verb_has_is_a_mistake() -> None:
    echo = [{"field": "prompt", "key": "prompt"}, {"field": "effect", "key": "template"}]

    assert "'effect' is no field" in mistake({}, echo=echo)


def test_reserved_names_are_those_of_the_routes_the_forms_and_the_record() -> None:
    built_in = {field.name for verb in BUILT_IN for field in verb.fields}
    paths = {
        route.path.split("/")[3]
        for route in table(cast("Resources", Anyone()), ())
        if route.path.startswith("/v1/pixverse/")
    }
    asked = {*PlacedForm.model_fields, *ButtonForm.model_fields, *Form.model_fields}
    attributes = {
        name for name in dir(CallbackTestForm) if name.islower() and not name.startswith(("_", "model_"))
    }

    assert paths - {"button"} == reserved.PATHS
    assert {*JobRecord.model_fields} - built_in <= reserved.FIELDS
    assert asked - built_in <= reserved.FIELDS
    assert attributes <= reserved.FIELDS
    assert not reserved.FIELDS & built_in
