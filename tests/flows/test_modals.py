"""Modals are submitted as commands are: when Discord and the pace allow it, and none waits behind another."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.chat import ModalSubmit
from bridge.flows.send.dispatch import Pause
from bridge.sessions.port import NotSent
from bridge.store.rows import accounts
from tests.flows.conftest import Passes, Rig, dispatching
from tests.tools.bot_answers import offer

PACE_S = 2.0


@pytest.fixture
async def dispatch(rig: Rig, tmp_path: Path) -> AsyncIterator[Passes]:
    async with dispatching(rig, tmp_path, PACE_S) as dispatch:
        yield dispatch


def submitted(rig: Rig) -> list[str]:
    return [sent.modal.custom_id for sent, _ in rig.session.sent if isinstance(sent, ModalSubmit)]


async def test_a_modal_waits_as_long_as_discord_wants_silence(rig: Rig, dispatch: Passes) -> None:
    await rig.sent(1)
    await offer(rig, 1)
    now_ms = rig.clock.now_ms()
    await rig.database.write(lambda tx: accounts.hold(tx, rig.account.id, now_ms, now_ms + 10_000))

    pause = await dispatch.next()
    before = submitted(rig)
    rig.clock.pass_s(10)
    await dispatch.next()

    assert (pause, before, submitted(rig)) == (Pause(10.0), [], ["modal-1"])


async def test_a_modal_keeps_to_the_pace(rig: Rig, dispatch: Passes) -> None:
    await rig.sent(1)
    await offer(rig, 1)

    pause = await dispatch.next()

    assert (pause, submitted(rig)) == (Pause(PACE_S), [])


async def test_a_modal_that_did_not_leave_holds_up_no_other_and_is_tried_again_in_time(
    rig: Rig, dispatch: Passes
) -> None:
    await rig.sent(1)
    await rig.sent(2, "a dog")
    await offer(rig, 1)
    await offer(rig, 2)
    rig.clock.pass_s(PACE_S)
    rig.session.answers = [NotSent("not connected"), NotSent("not connected")]

    await dispatch.next()
    rig.clock.pass_s(1.9)
    pause = await dispatch.next()
    rig.clock.pass_s(0.1)
    await dispatch.next()
    rig.clock.pass_s(PACE_S)
    await dispatch.next()

    assert isinstance(pause, Pause)
    assert pause.seconds == pytest.approx(0.1)
    assert submitted(rig) == ["modal-1", "modal-1", "modal-2"]
