"""What the README and the pages behind it say there is, is there; and what is there, they say."""

from typing import cast

import yaml

from bridge.api.routes import Resources
from bridge.api.routes import table as routes
from bridge.config.settings import Settings
from bridge.sandbox.magic import MEANINGS
from scripts.write_openapi import Anyone
from tests.docs.pages import DOCS, README, table

MAGIC = table(DOCS / "sandbox.md", "word", "what happens")


def test_the_table_of_endpoints_is_the_table_of_routes() -> None:
    told = [(method, path.strip("`")) for method, path, *_ in table(DOCS / "api.md", "method", "path")]

    served = [(route.method, route.path) for route in routes(cast("Resources", Anyone()))]

    assert sorted(told) == sorted(served)


def test_the_magic_words_are_those_of_the_simulator() -> None:
    told = [word.strip("`#").partition("=")[0] for word, *_ in MAGIC]

    assert sorted(told) == sorted(MEANINGS)


def test_the_word_that_takes_a_number_is_shown_with_one() -> None:
    words = [word.strip("`") for word, *_ in MAGIC]

    assert [word for word in words if "=" in word] == ["#slow=30"]


def test_the_account_in_the_readme_is_a_good_one() -> None:
    text = README.read_text(encoding="utf-8")
    example = text.partition("```yaml\n")[2].partition("```")[0]

    settings = Settings.model_validate(yaml.safe_load(example))

    assert [account.max_jobs for account in settings.accounts] == [3]
