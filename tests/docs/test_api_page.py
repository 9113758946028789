"""docs/api.md names every field that a request can have, and every value that a field can have."""

from bridge.api.forms import CHARACTERS, RATIOS, STYLES, Form
from tests.docs.pages import DOCS, table

PAGE = DOCS / "api.md"


def test_every_field_of_every_form_is_told() -> None:
    told = {name.strip("`") for names, *_ in table(PAGE, "field", "in", "rule") for name in names.split(", ")}

    assert _fields_of(Form) - told == set()


def test_every_choice_is_told() -> None:
    rules = {name.strip("`"): rule for name, _, rule in table(PAGE, "field", "in", "rule")}

    assert _choices(rules["style"]) == list(STYLES)
    assert _choices(rules["aspect_ratio"]) == list(RATIOS)
    assert _choices(rules["character"]) == list(CHARACTERS)


def _fields_of(form: type[Form]) -> set[str]:
    return set(form.model_fields).union(*map(_fields_of, form.__subclasses__()))


def _choices(rule: str) -> list[str]:
    return rule.split("`")[1::2]
