"""docs/api.md names every field that a request can have, and every value that a field can have."""

import pytest

from bridge.api.contract.requests import Form
from bridge.api.contract.verb_forms import form_of, reader_of
from bridge.api.http.answers import Refusal
from bridge.verbs.built_in import BUILT_IN, CREATE
from tests.docs.pages import DOCS, table

PAGE = DOCS / "api.md"
GOOD = {"prompt": "a cat", "style": "Anime"}


def test_every_field_of_every_form_is_told() -> None:
    told = {name.strip("`") for names, *_ in table(PAGE, "field", "in", "rule") for name in names.split(", ")}

    asked = _fields_of(Form).union(*(form_of(verb).model_fields for verb in BUILT_IN))

    assert asked - told == set()


@pytest.mark.parametrize("field", ["style", "aspect_ratio", "character"])
def test_every_choice_is_told_as_the_refusal_tells_it(field: str) -> None:
    rule = next(rule for name, _, rule in table(PAGE, "field", "in", "rule") if name == f"`{field}`")

    with pytest.raises(Refusal) as refused:
        reader_of(CREATE).read({**GOOD, field: "another"})

    assert refused.value.error.partition("must be one of ")[2] == ", ".join(rule.split("`")[1::2])


def _fields_of(form: type[Form]) -> set[str]:
    """Return the fields of the forms that are written by hand; those of verbs are made from rows."""
    written = [each for each in form.__subclasses__() if each.__module__ == Form.__module__]
    return set(form.model_fields).union(*map(_fields_of, written))
