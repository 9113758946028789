"""What the rows promise: jobs whole, one submission, secrets sealed."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from bridge.accounts.account import Account, Kind
from bridge.chat import Attachment, Embed, EmbedImage, Message, ModalInput, ModalOffered, snowflake_at
from bridge.flows.hear.candidates import candidates
from bridge.jobs.command import BUILT_IN, Command, Upload, Verb
from bridge.jobs.echo import Echo
from bridge.jobs.job import Cause, Failure, Job, Said, State
from bridge.jobs.verdict import Rule
from bridge.store.database import AlreadyThere, Database, Tx
from bridge.store.rows import earlier, interactions, jobs, messages, modals
from bridge.store.rows.accounts import Accounts, pause, unpaused
from bridge.store.rows.slots import slots_of
from tests.tools.jobs import NOW_MS, new_job
from tests.tools.rows import TENANT, TOKEN, a_job, an_account, needed
from tests.tools.vaults import a_vault

UPLOAD = Upload(size=12, type="image/png", key="k", sha256="abc")
FILM = Attachment(
    "9", "cat.mp4", "https://cdn/cat.mp4?a=1&b=2", 7_204_115, "https://proxy", "video/mp4", 768, 432
)
FULL = replace(
    new_job(),
    command=Command(
        verb=Verb.BUTTON,
        prompt="a 'cat' \"in\" a hat \n\x00 👩‍🚀 \\u0000",
        negative_prompt="",
        style="3D Animation",
        aspect_ratio="16:9",
        character="eula",
        seed_value=0,
        motion=5,
        hd_quality="Yes",
        image=UPLOAD,
        face=UPLOAD,
        button="🔄",
    ),
    parent="job-0",
    state=State.GIVEN_UP,
    revision=7,
    is_owed=True,
    is_late=True,
    echo=Echo({"prompt": "a"}, {"prompt": "b"}),
    said=Said(
        message_id="1",
        content="",
        timestamp="2023-09-09T02:05:24.991000+00:00",
        attachments=(FILM,),
        embeds=(Embed("rich", "t", "d", EmbedImage("u")),),
        buttons=("U1", "🔄"),
    ),
    failure=Failure(Cause.THROTTLED, "429", '{"retry_after":10}', 10.5),
    max_jobs=3,
    reply_url="https://example.com/hook",
    reply_ref="ref",
    listened_ms=12,
    ended_ms=NOW_MS,
)


def whole(job: Job) -> dict[str, Any]:
    """Return every field of a job, at any depth; those of its command stand beside its verb."""
    given = {"verb": job.command.verb, **dict.fromkeys(BUILT_IN), **job.command.values}
    fields = {name: getattr(job, name) for name in Job.__dataclass_fields__} | {"command": given}
    told: dict[str, Any] = json.loads(json.dumps(fields, default=asdict))
    return told


@pytest.mark.parametrize("job", [new_job(), FULL], ids=["minimal", "full"])
def test_a_job_comes_back_as_it_was(job: Job) -> None:
    back = jobs.load(jobs.dump(job))

    assert back == job
    assert type(back.state) is State


@pytest.mark.parametrize("job", [new_job(), FULL], ids=["minimal", "full"])
def test_a_kept_job_leaves_nothing_to_a_default_that_may_change(job: Job) -> None:
    text = jobs.dump(job)

    assert json.loads(text) == {"v": 3, **whole(job)}


@pytest.mark.parametrize("job", [new_job(), FULL], ids=["minimal", "full"])
def test_a_job_of_before_there_were_versions_has_the_defaults_of_then(job: Job) -> None:
    old = TypeAdapter(Job).dump_json(job, exclude_defaults=True).decode()

    assert jobs.load(old) == job


def test_a_job_of_before_there_were_versions_is_given_every_field_as_it_was_then() -> None:
    old = TypeAdapter(Job).dump_json(FULL, exclude_defaults=True).decode()

    assert shape(earlier.completed(old)) == shape(whole(FULL))


def shape(value: object) -> object:
    """Return the names of all fields, at any depth."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    return [shape(one) for one in value] if isinstance(value, (list, tuple)) else None


async def strays(database: Database, account: Account) -> list[Message]:
    kept = await database.read(lambda tx: messages.strays(tx, account.id))
    return [messages.load(body) for body in kept.values()]


async def test_a_stray_is_kept_with_its_version_and_every_field(database: Database, account: Account) -> None:
    stray = a_message(1)
    await database.write(lambda tx: messages.keep_stray(tx, account.id, stray, NOW_MS))

    (row,) = await database.read(lambda tx: tx.all("SELECT body FROM strays"))

    assert json.loads(row["body"]) == {"v": 3, **json.loads(json.dumps(asdict(stray)))}
    assert await strays(database, account) == [stray]


async def test_a_stray_of_before_there_were_versions_is_still_read(
    database: Database, account: Account
) -> None:
    stray = replace(a_message(1), attachments=(FILM,))
    old = TypeAdapter(Message).dump_json(stray).decode()
    await database.write(lambda tx: messages.keep_stray(tx, account.id, stray, NOW_MS))

    await database.write(lambda tx: tx.run("UPDATE strays SET body = :old", old=old))

    assert await strays(database, account) == [stray]


MODAL = ModalOffered("1", "n1", "2", "3", "remix", "Remix", (ModalInput("text", "a cat"),), ({"type": 1},))


async def test_a_modal_is_kept_with_its_version_and_every_field(database: Database, account: Account) -> None:
    await database.write(a_job)
    await database.write(lambda tx: begin(tx, "n1"))
    await database.write(lambda tx: modals.offered(tx, MODAL))

    (row,) = await database.read(lambda tx: tx.all("SELECT modal FROM interactions"))

    assert json.loads(row["modal"]) == {"v": 3, **json.loads(json.dumps(asdict(MODAL)))}
    assert await database.read(lambda tx: modals.to_submit(tx, account.id)) == [("job-1", MODAL)]


async def test_a_modal_of_before_there_were_versions_is_still_read(
    database: Database, account: Account
) -> None:
    await database.write(a_job)
    await database.write(lambda tx: begin(tx, "n1"))
    old = TypeAdapter(ModalOffered).dump_json(MODAL).decode()

    await database.write(lambda tx: tx.run("UPDATE interactions SET modal = :old", old=old))

    assert await database.read(lambda tx: modals.to_submit(tx, account.id)) == [("job-1", MODAL)]


@given(st.text(st.characters(codec="utf-8")), st.none() | st.integers(-(2**53), 2**53))
def test_any_text_comes_back_as_it_was(text: str, seed: int | None) -> None:
    job = replace(new_job(), command=Command(verb=Verb.ANIMATE, prompt=text, seed_value=seed), reply_ref=text)

    assert jobs.load(jobs.dump(job)) == job


async def test_a_kept_job_is_the_job_and_its_number(database: Database, account: Account) -> None:
    kept = await database.write(lambda tx: jobs.insert(tx, replace(FULL, account=account.id)))

    assert kept == replace(FULL, account=account.id, number=1)
    assert await database.read(lambda tx: jobs.by_id(tx, FULL.id)) == kept


async def test_a_job_of_another_tenant_is_not_found(database: Database, account: Account) -> None:
    job = await database.write(a_job)

    assert await database.read(lambda tx: jobs.of_tenant(tx, "another", job.id)) is None
    assert await database.read(lambda tx: jobs.of_tenant(tx, job.tenant, job.id)) == job


async def test_an_ended_job_holds_no_slot_and_stays_owed(database: Database, account: Account) -> None:
    def body(tx: Tx) -> None:
        job = a_job(tx)
        a_job(tx, 2)
        jobs.save(tx, replace(job, state=State.CANCELLED, is_owed=True, ended_ms=NOW_MS))

    await database.write(body)

    assert await database.read(lambda tx: jobs.executing_ids(tx, TENANT)) == ["job-2"]
    assert [job.id for job in await database.read(lambda tx: jobs.owed_of(tx, account.id))] == ["job-1"]


def begin(tx: Tx, nonce: str, kind: str = "run") -> None:
    interactions.begin(tx, nonce=nonce, job="job-1", account=1, kind=kind, sender="1", now_ms=NOW_MS)


async def test_a_second_submission_of_a_job_is_refused_by_the_database(
    database: Database, account: Account
) -> None:
    await database.write(a_job)
    await database.write(lambda tx: begin(tx, "n1"))

    with pytest.raises(AlreadyThere):
        await database.write(lambda tx: begin(tx, "n2"))


async def test_a_job_may_be_submitted_again_once_it_is_proven_that_nothing_ran(
    database: Database, account: Account
) -> None:
    await database.write(a_job)
    await database.write(lambda tx: begin(tx, "n1"))
    await database.write(lambda tx: interactions.void(tx, "n1", "rejected", NOW_MS))

    await database.write(lambda tx: begin(tx, "n2"))

    with pytest.raises(AlreadyThere):
        await database.write(lambda tx: begin(tx, "n3"))


async def test_the_modal_of_a_job_is_another_submission(database: Database, account: Account) -> None:
    await database.write(a_job)
    await database.write(lambda tx: begin(tx, "n1"))

    await database.write(lambda tx: begin(tx, "n2", kind="modal"))


async def test_a_nonce_is_never_used_twice(database: Database, account: Account) -> None:
    await database.write(a_job)
    await database.write(lambda tx: begin(tx, "n1"))

    with pytest.raises(AlreadyThere):
        await database.write(lambda tx: begin(tx, "n1", kind="modal"))


async def test_a_token_is_in_the_file_only_sealed(
    database: Database, account: Account, accounts: Accounts, path: Path
) -> None:
    await database.write(lambda tx: accounts.replace_token(tx, account.id, f"{TOKEN}-second"))

    files = b"".join(file.read_bytes() for file in sorted(path.parent.iterdir()))

    assert TOKEN.encode() not in files
    assert b"secret.token" not in files
    found = await database.read(lambda tx: accounts.with_token(tx, TENANT, f"{TOKEN}-second"))
    assert found is not None
    assert found.token == f"{TOKEN}-second"
    assert TOKEN not in repr(found)


async def test_an_account_whose_token_was_encrypted_with_another_key_has_none(
    database: Database, accounts: Accounts, account: Account
) -> None:
    others = Accounts(a_vault("another key"))
    theirs = await database.write(lambda tx: an_account(tx, others, channel="1", token="another"))

    found = await database.write(needed(accounts))

    assert [(each.id, each.token) for each in found] == [(account.id, TOKEN), (theirs.id, None)]


async def test_a_token_that_was_moved_to_another_row_opens_neither_there_nor_stops_the_others(
    database: Database, accounts: Accounts, account: Account
) -> None:
    victim = await database.write(lambda tx: an_account(tx, accounts, channel="1", token="of the victim"))
    third = await database.write(lambda tx: an_account(tx, accounts, channel="2", token="of a third"))

    await database.write(
        lambda tx: tx.run(
            "UPDATE accounts SET token = (SELECT token FROM accounts WHERE id = :victim) WHERE id = :thief",
            victim=victim.id,
            thief=account.id,
        )
    )

    found = {each.id: each.token for each in await database.write(needed(accounts))}
    assert found == {account.id: None, victim.id: "of the victim", third.id: "of a third"}


async def test_a_row_that_is_given_to_another_tenant_keeps_its_token_to_itself(
    database: Database, accounts: Accounts, account: Account
) -> None:
    await database.write(lambda tx: tx.run("UPDATE accounts SET tenant = 'thief'"))

    (found,) = await database.read(lambda tx: accounts.configured(tx, "thief"))

    assert (found.id, found.token) == (account.id, None)


async def test_a_channel_and_a_token_are_configured_once(database: Database, accounts: Accounts) -> None:
    await database.write(lambda tx: an_account(tx, accounts))

    with pytest.raises(AlreadyThere):
        await database.write(lambda tx: an_account(tx, accounts, token="another"))
    with pytest.raises(AlreadyThere):
        await database.write(lambda tx: an_account(tx, accounts, channel="another"))


async def test_a_passing_account_may_stand_beside_a_configured_one(
    database: Database, accounts: Accounts
) -> None:
    await database.write(lambda tx: an_account(tx, accounts))

    passing = await database.write(lambda tx: an_account(tx, accounts, kind=Kind.PASSING))

    assert await database.write(needed(accounts)) != [passing]
    assert len(await database.read(lambda tx: accounts.configured(tx, TENANT))) == 1


def a_message(number: int, content: str = "") -> Message:
    return Message(snowflake_at(NOW_MS + number), "1168473004498501652", author_id="3", content=content)


async def test_a_message_that_was_bound_names_its_job(database: Database, account: Account) -> None:
    def body(tx: Tx) -> list[str]:
        a_job(tx)
        messages.bind(tx, account.id, a_message(1), "job-1", Rule.NONCE, NOW_MS)
        return [
            job.job_id
            for job in candidates(tx, account.id, replace(a_message(2), reference_id=a_message(1).id))
        ]

    assert await database.write(body) == ["job-1"]


async def test_an_edit_brings_files_and_takes_none_away(database: Database, account: Account) -> None:
    film = replace(a_message(1), attachments=(FILM,))

    def body(tx: Tx) -> set[str]:
        a_job(tx)
        for message in (a_message(1), film, a_message(1)):
            messages.bind(tx, account.id, message, "job-1", Rule.NONCE, NOW_MS)
        return set(candidates(tx, account.id, a_message(1))[0].files)

    assert await database.write(body) == {f"cat.mp4:{FILM.size}"}


async def test_strays_have_room_for_some_and_for_a_day(database: Database, account: Account) -> None:
    def keep_many(tx: Tx, now_ms: int, first: int) -> list[bool]:
        many = range(first, first + messages.MOST_STRAYS + 1)
        return [messages.keep_stray(tx, account.id, a_message(number), now_ms) for number in many]

    today = await database.write(lambda tx: keep_many(tx, NOW_MS, 0))
    again = await database.write(lambda tx: messages.keep_stray(tx, account.id, a_message(0), NOW_MS))
    tomorrow = await database.write(lambda tx: keep_many(tx, NOW_MS + 86_400_000 + 1_000, 86_400_500))

    assert (sum(today), today[-1], again) == (messages.MOST_STRAYS, False, True)
    assert sum(tomorrow) == messages.MOST_STRAYS


async def test_an_account_that_left_the_configuration_while_paused_takes_jobs_by_request(
    database: Database,
) -> None:
    """A bridge that knows no pauses leaves the mark where it was."""
    accounts = Accounts(a_vault())

    def removed_by_an_older_bridge(tx: Tx) -> int:
        account = an_account(tx, accounts)
        pause(tx, TENANT, account.channel, is_paused=True)
        tx.run("UPDATE accounts SET kind = 'passing'")
        return account.id

    account = await database.write(removed_by_an_older_bridge)

    assert await database.read(lambda tx: unpaused(tx, [account])) == [account]
    assert [slots.is_paused for slots in await database.read(lambda tx: slots_of(tx, [account], NOW_MS))] == [
        False
    ]
