"""SQL of the rows in the form in which PostgreSQL gets it."""

import pytest

from bridge.store.postgres.statements import prepared


@pytest.mark.parametrize(
    ("sql", "text", "names"),
    [
        ("SELECT 1", "SELECT 1", []),
        ("SELECT :a, :b, :a", "SELECT $1, $2, $1", ["a", "b"]),
        ("SELECT ':a', 'it''s :b', :c", "SELECT ':a', 'it''s :b', $1", ["c"]),
        ("SELECT :a::text", "SELECT $1::text", ["a"]),
        ("SELECT '100 %' WHERE :a", "SELECT '100 %' WHERE $1", ["a"]),
        ("SELECT 1 FROM jobs INDEXED BY jobs_open WHERE :a", "SELECT 1 FROM jobs WHERE $1", ["a"]),
    ],
)
def test_a_parameter_has_a_number_wherever_it_stands(sql: str, text: str, names: list[str]) -> None:
    statement = prepared(sql)

    assert (statement.text, list(statement.names)) == (text, names)


def test_a_value_that_is_missing_is_said() -> None:
    with pytest.raises(KeyError, match="b"):
        prepared("SELECT :a, :b").values({"a": 1})
