"""Every block of code that a reader may run is run by a test, or carries the reason why it is not."""

import pytest

from tests.docs.pages import ROOT
from tests.examples.blocks import Block, blocks
from tests.examples.recipes import RECIPES, RunBy, recipe_of, recipes


@pytest.mark.parametrize("block", blocks(), ids=str)
def test_something_says_how_a_block_is_run(block: Block) -> None:
    recipe = recipe_of(block)

    assert recipe is not None, (
        f"write into tests/examples/recipes.py how a test runs it, or why not: {block.code}"
    )


def test_no_recipe_is_there_for_nothing() -> None:
    used = [(block.page, recipe_of(block)) for block in blocks()]

    idle = [(page, recipe.begins) for page, recipe in recipes() if (page, recipe) not in used]

    assert idle == []


def test_blocks_that_another_test_runs_name_a_test_that_there_is() -> None:
    named = {
        recipe.test.partition("::")[0]
        for rows in RECIPES.values()
        for recipe in rows
        if isinstance(recipe, RunBy)
    }

    assert [name for name in named if not (ROOT / name).is_file()] == []
