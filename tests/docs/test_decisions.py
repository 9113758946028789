"""Each decision has a number of its own, in its file's name and in its heading."""

from collections import Counter

from tests.docs.pages import DOCS


def test_every_decision_has_a_number_of_its_own_and_its_heading_says_it() -> None:
    decisions = sorted((DOCS / "decisions").glob("*.md"))
    numbers = Counter(int(page.name[:4]) for page in decisions)

    headed = {
        page.name for page in decisions if page.read_text("utf-8").startswith(f"# {int(page.name[:4])}. ")
    }

    assert [number for number, count in numbers.items() if count > 1] == []
    assert headed == {page.name for page in decisions}
