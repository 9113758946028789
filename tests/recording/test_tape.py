"""A recording holds what bots say and nothing that is a secret or names a person."""

import io
import json
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bridge.clock import SystemClock
from bridge.errors import RecordingError
from bridge.logs import Redactor
from bridge.recording.lines import SELF_ID, named, read_lines
from bridge.recording.recent import Recent
from bridge.recording.redaction import Redaction
from bridge.recording.tape import Tape, tape_on

OWN, FRIEND, STRANGER, BOT = (f"11111111111111111{n}" for n in range(1, 5))
CHANNEL = "222222222222222222"
TOKEN = "a-token-that-nobody-must-see"
FIRST_LINE = '{"form": "pixverse-bridge recording 1"}\n'


def message(content: str = "", author: str = BOT, **more: Any) -> dict[str, Any]:
    person = {"id": author, "username": "somebody", "bot": author == BOT}
    return {"id": "1", "channel_id": CHANNEL, "author": person, "content": content, **more}


class Recorded:
    """A tape, and what it has written."""

    def __init__(self, channel: str | None = None) -> None:
        redactor = Redactor(SystemClock())
        redactor.add(TOKEN)
        self.file = io.StringIO()
        self.tape = Tape(self.file, Redaction(redactor.clean_prose), SystemClock(), channel)

    def hear(self, payload: Mapping[str, Any], event: str = "MESSAGE_CREATE", own: str = OWN) -> None:
        self.tape.record(own, event, payload)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.file.getvalue().splitlines()]

    @property
    def data(self) -> Any:
        return self.lines[-1]["data"]


def test_the_same_person_has_the_same_name_everywhere_and_the_account_is_itself() -> None:
    recorded = Recorded()

    recorded.hear(message(f"<@{OWN}> <@!{FRIEND}> <@{STRANGER}>"))
    recorded.hear(
        message(
            f"for {FRIEND}",
            interaction_metadata={"id": "5", "user": {"id": STRANGER, "username": "x"}},
            components=[{"type": 2, "custom_id": f"again:{OWN}:{FRIEND}"}],
        )
    )

    first, second = (line["data"] for line in recorded.lines)
    assert first["content"] == "<@<self>> <@!<user-1>> <@<user-2>>"
    assert second["content"] == "for <user-1>"
    assert second["interaction_metadata"]["user"] == {"id": "<user-2>"}
    assert second["components"][0]["custom_id"] == "again:<self>:<user-1>"


def test_bots_channels_and_messages_keep_their_ids() -> None:
    recorded = Recorded()

    recorded.hear(message(f"<@{BOT}>", application_id=BOT))

    assert recorded.data["author"] == {"id": BOT, "bot": True}
    assert recorded.data["application_id"] == BOT
    assert recorded.data["channel_id"] == CHANNEL
    assert recorded.data["content"] == f"<@{BOT}>"


def test_a_long_recording_remembers_no_more_than_the_newest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Recent.__init__, "__defaults__", (3,))
    recorded = Recorded()

    for number in range(10):
        person = f"44444444444444444{number}"
        recorded.hear(message(f"<@{FRIEND}> <@{person}>") | {"id": f"90{number}"})
    names = recorded.data["content"]
    recorded.hear({"id": "909", "channel_id": CHANNEL, "content": "an edit"}, "MESSAGE_UPDATE")
    recorded.hear({"id": "900", "channel_id": CHANNEL, "content": "of long ago"}, "MESSAGE_UPDATE")

    assert names == "<@<user-1>> <@<user-11>>"
    assert recorded.data["content"] == "an edit"
    assert (len(recorded.tape._messages), len(recorded.tape._redaction._names)) == (3, 3)


def test_each_account_is_itself_in_its_own_lines() -> None:
    recorded = Recorded()

    recorded.hear(message(f"<@{OWN}> <@{FRIEND}>"))
    recorded.hear(message(f"<@{OWN}> <@{FRIEND}>"), own=FRIEND)

    told = [(line["account"], line["data"]["content"]) for line in recorded.lines]
    assert told == [(1, "<@<self>> <@<user-1>>"), (2, "<@<user-2>> <@<self>>")]


def test_links_lose_their_signatures() -> None:
    link = "https://cdn.discordapp.com/attachments/1/2/cat.mp4"
    signed = f"{link}?ex=1&is=2&hm=secret"
    recorded = Recorded()

    recorded.hear(message(f"see {signed} (or [this]({signed}))", attachments=[{"id": "2", "url": signed}]))

    assert "hm=" not in recorded.file.getvalue()
    assert recorded.data["content"] == f"see {link} (or [this]({link}))"
    assert recorded.data["attachments"][0]["url"] == link


def test_tokens_never_stand_in_a_recording() -> None:
    shaped = "MTExMTExMTExMTExMTExMTEx.GabcDE.abcdefghijklmnopqrstuvwxyz0123456789AB"
    recorded = Recorded()

    recorded.hear(message(f"{TOKEN} and {shaped}", token="t", embeds=[{"title": TOKEN, "token": "t"}]))
    recorded.hear({"id": "1", "nonce": "2", "token": "t", "data": {"token": "t"}}, "INTERACTION_CREATE")

    written = recorded.file.getvalue()
    assert TOKEN not in written
    assert shaped not in written
    assert '"token"' not in written


def test_a_word_that_stands_before_tokens_elsewhere_stays_in_what_a_bot_says() -> None:
    recorded = Recorded()

    recorded.hear(message("Our bot apologises: bearer shipments"))

    assert recorded.data["content"] == "Our bot apologises: bearer shipments"


def test_what_people_say_is_not_recorded() -> None:
    recorded = Recorded()

    recorded.hear(message("hello", author=FRIEND))
    recorded.hear({"id": "1", "channel_id": CHANNEL, "content": "hello again"}, "MESSAGE_UPDATE")
    recorded.hear({"id": FRIEND, "channel_id": CHANNEL}, "TYPING_START")

    assert recorded.lines == []


def test_an_edit_that_names_no_author_is_the_bots_when_the_message_was() -> None:
    recorded = Recorded()

    recorded.hear(message("a"))
    recorded.hear({"id": "1", "channel_id": CHANNEL, "content": "b"}, "MESSAGE_UPDATE")

    assert [line["event"] for line in recorded.lines] == ["MESSAGE_CREATE", "MESSAGE_UPDATE"]


def test_other_channels_are_not_recorded_when_one_was_asked_for() -> None:
    recorded = Recorded(CHANNEL)

    recorded.hear(message(channel_id="333333333333333333"))
    recorded.hear(message())
    recorded.hear({"id": "1", "nonce": "2"}, "INTERACTION_CREATE")

    assert [line["event"] for line in recorded.lines] == ["MESSAGE_CREATE", "INTERACTION_CREATE"]


def test_a_full_disk_ends_the_recording_and_harms_nobody() -> None:
    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(28, "No space left on device")

    tape = Tape(Full(), Redaction(str), SystemClock())

    tape.record(OWN, "MESSAGE_CREATE", message())
    tape.record(OWN, "MESSAGE_CREATE", message())

    assert (tape.trouble, tape.count) == ("No space left on device", 0)


def test_the_file_is_for_its_owner_only_and_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "tape"

    with tape_on(path, str, SystemClock()) as tape:
        tape.record(OWN, "MESSAGE_CREATE", message(f"<@{OWN}> \ud800 <@{FRIEND}>"))
    (line,) = read_lines(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (line.number, line.account, line.event) == (2, 1, "MESSAGE_CREATE")
    assert line.data["content"].startswith(f"<@{SELF_ID}> ")
    assert named(line.data["content"]) == "<@<self>> ? <@<user-1>>"


def test_a_file_that_exists_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "tape"
    path.write_text("mine")

    with pytest.raises(RecordingError, match="already exists"), tape_on(path, str, SystemClock()):
        pass

    assert path.read_text() == "mine"


def test_a_recording_that_never_began_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "tape"

    with pytest.raises(RecordingError), tape_on(path, str, SystemClock()):
        raise RecordingError("not connected")

    assert not path.exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "line 1: is not a JSON object"),
        ("{}", "line 1: does not begin a recording of this bridge"),
        (FIRST_LINE + "{", "line 2: is not a JSON object"),
        (FIRST_LINE + "\n[1]", "line 3: is not a JSON object"),
        (FIRST_LINE + '{"event": "x"}', "line 2: has no account, at_ms, event and data"),
        (FIRST_LINE + "[" * 100_000, "line 2: is not a JSON object"),
    ],
)
def test_a_broken_file_is_one_sentence_with_its_line(text: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "tape"
    path.write_text(text)

    with pytest.raises(RecordingError) as caught:
        list(read_lines(path))

    assert str(caught.value) == f"{path}: {sentence}"
