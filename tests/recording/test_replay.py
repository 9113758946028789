"""A recording is heard again as the bridge hears: whose message it is, and why."""

from collections.abc import Sequence
from typing import Any

from bridge.pixverse.profile import DEFAULT
from bridge.recording.lines import SELF_ID, RecordedLine
from bridge.recording.replay import replayed
from bridge.recording.telling import Facts, facts
from tests.tools.recordings import SENT, end, interaction, start

OTHER = str(int(SELF_ID) + 1)


def told(*events: dict[str, Any] | tuple[str, dict[str, Any]], accounts: Sequence[int] = ()) -> list[Facts]:
    named = [event if isinstance(event, tuple) else ("MESSAGE_CREATE", event) for event in events]
    lines = [
        RecordedLine(number, accounts[number - 2] if accounts else 1, 1_800_000_000_000, event, data)
        for number, (event, data) in enumerate(named, 2)
    ]
    return [facts(step, DEFAULT, 0) for step, _ in replayed(lines, DEFAULT)]


def test_a_video_without_ids_finds_the_job_whose_words_it_repeats() -> None:
    *_, last = told(start(1, "a cat"), start(2, "a dog"), end(3, "a dog"))

    assert (last["job"], last["rule"], last["after"]) == ("job 2", "text", "completed")


def test_jobs_that_the_recording_cannot_tell_apart_are_taken_in_order() -> None:
    *_, third, fourth = told(start(1), start(2), end(3), end(4))

    assert (third["job"], fourth["job"]) == ("job 1", "job 2")


def test_a_job_of_someone_else_is_nobodys() -> None:
    first, second = told(start(1), start(2, user=OTHER))

    assert first["job"] == "job 1"
    assert (second["job"], second["unmatched"]) == (None, "the interaction is another user's")


def test_the_same_files_again_move_nothing() -> None:
    film = end(2)
    *_, last = told(start(1), film, {**film, "id": str(SENT + 9_000_000)})

    assert (last["rule"], last["before"], last["after"]) == ("files", "completed", "completed")


def test_a_failed_interaction_gives_its_job_up_and_a_late_video_is_taken_as_the_bridge_does() -> None:
    begun = ("INTERACTION_CREATE", {"id": str(SENT + 1), "nonce": "7"})
    failed = ("INTERACTION_FAILURE", {"id": str(SENT + 1), "nonce": "7", "reason_code": 2})

    late_video = end(1) | {"interaction_metadata": interaction(1)}
    _, unanswered, late = told(begun, failed, late_video)
    *_, answered = told(begun, start(1), failed)

    assert (unanswered["job"], unanswered["after"]) == ("job 1", "given_up")
    assert (late["job"], late["after"]) == ("job 1", "completed")
    assert (answered["before"], answered["after"]) == ("started", "started")


def test_each_account_has_jobs_of_its_own() -> None:
    first, second = told(start(1), end(2), accounts=(1, 2))

    assert first["job"] == "job 1"
    assert second["job"] is None


def test_what_is_of_no_matter_or_broken_is_said_to_be_so() -> None:
    deleted, broken = told(("MESSAGE_DELETE", {"id": "1"}), {"id": 5, "content": []})

    assert deleted["what"] == broken["what"] == "of no matter to the bridge"
