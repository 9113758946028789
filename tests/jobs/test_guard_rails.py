"""Guard rails of an account: quiet hours by the clocks of a place, a day that begins there, labels."""

from datetime import UTC, datetime

import pytest

from bridge.accounts.guard_rails import BadGuardRail, Guard, GuardRails, read_labels, read_quiet_hours


def at(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("quiet", "now", "until"),
    [
        ("22:00-07:00 Europe/Berlin", "2026-11-28T21:30", "2026-11-29T06:00"),
        ("22:00-07:00 Europe/Berlin", "2026-11-29T05:59", "2026-11-29T06:00"),
        ("22:00-07:00 Europe/Berlin", "2026-11-29T06:00", None),
        ("22:00-07:00 Europe/Berlin", "2026-11-28T20:59", None),
        ("22:00-07:00 Europe/Berlin", "2026-07-01T20:30", "2026-07-02T05:00"),
        ("09:00-17:30 UTC", "2026-11-28T09:00", "2026-11-28T17:30"),
        ("09:00-17:30 UTC", "2026-11-28T17:30", None),
        ("22:00-07:00 Europe/Berlin", "2026-10-24T21:30", "2026-10-25T06:00"),
        ("22:00-02:30 Europe/Berlin", "2026-10-25T00:10", "2026-10-25T00:30"),
        ("22:00-02:30 Europe/Berlin", "2026-10-25T00:40", None),
        ("22:00-02:30 Europe/Berlin", "2026-10-25T01:10", "2026-10-25T01:30"),
        ("22:00-02:30 Europe/Berlin", "2026-10-25T01:30", None),
        ("22:00-02:30 Europe/Berlin", "2026-03-29T00:10", "2026-03-29T01:30"),
    ],
)
def test_quiet_hours_are_those_of_the_clocks_of_a_place(quiet: str, now: str, until: str | None) -> None:
    assert read_quiet_hours(quiet).until_ms(at(now)) == (at(until) if until else 0)


@pytest.mark.parametrize(
    "quiet",
    [
        "",
        "22-7",
        "22:00-07:00",
        "25:00-07:00 UTC",
        "07:00-07:00 UTC",
        "22:00-07:00 Mars/Base",
        "1:00-2:00 ../x",
    ],
)
def test_what_is_no_quiet_hours_is_refused(quiet: str) -> None:
    with pytest.raises(BadGuardRail):
        read_quiet_hours(quiet)


def test_a_day_begins_at_midnight_of_the_place_of_the_quiet_hours_else_of_utc() -> None:
    now = at("2026-11-28T23:30")

    here = GuardRails(max_per_day=3, quiet_hours="01:00-02:00 Europe/Berlin")
    assert (here.day_began_ms(now), here.day_ends_ms(now)) == (at("2026-11-28T23:00"), at("2026-11-29T23:00"))
    assert GuardRails(max_per_day=3).day_began_ms(now) == at("2026-11-28T00:00")


def test_a_guard_opens_when_all_of_its_reasons_are_over() -> None:
    guard = Guard(max_per_day=3, used_today=3, day_ends_ms=2_000, quiet_until_ms=1_000)

    assert guard.is_closed
    assert guard.opens_ms == 2_000
    assert guard.why == "it has quiet hours and it has had 3 of 3 jobs today"
    assert not Guard(max_per_day=3, used_today=2, day_ends_ms=2_000).is_closed


def test_labels_are_names_that_commas_separate() -> None:
    assert read_labels(" Studio, nsfw-ok,studio ,") == ("nsfw-ok", "studio")


@pytest.mark.parametrize("labels", ["a b", "ä", "x" * 33, ",".join(f"l{number}" for number in range(17))])
def test_other_labels_are_refused(labels: str) -> None:
    with pytest.raises(BadGuardRail):
        read_labels(labels)
