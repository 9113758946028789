"""The health of a tenant's accounts, and of its callbacks."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bridge.accounts.condition import Condition, Standing
from bridge.accounts.notice import TOLD_BY_THE_BOT, Notice
from bridge.accounts.slots import Slots
from bridge.accounts.unmatched import UnmatchedVideos
from bridge.api.contract.responses import (
    AccountHealth,
    GivenUpCallback,
    GivenUpView,
    GuardView,
    HealthBody,
    MachineView,
    MirrorHealth,
    NoticeView,
    UnmatchedVideo,
    UnmatchedView,
)
from bridge.api.contract.views import moment
from bridge.api.http.answers import as_json
from bridge.api.http.guard import TENANT
from bridge.media.condition import MirrorCondition
from bridge.ports import Clock
from bridge.store.database import Database, Tx
from bridge.store.rows import media, notices
from bridge.store.rows.accounts import listed_ids
from bridge.store.rows.callbacks import Undelivered, undelivered
from bridge.store.rows.leases import Holder, holders
from bridge.store.rows.slots import slots_of


@dataclass(frozen=True, slots=True)
class HealthResource:
    """The handler of `/v1/pixverse/health`."""

    database: Database
    clock: Clock
    condition: Callable[[int], Condition | None]
    unmatched: Callable[[int], UnmatchedVideos | None]
    mirror: Callable[[], MirrorCondition] | None = None

    async def get(self, request: web.Request) -> web.Response:
        """Answer with every account's condition, since when, why, how to fix it, and its running jobs."""
        tenant = request[TENANT]
        now_ms = self.clock.now_ms()

        def look(tx: Tx) -> Seen:
            return Seen(
                slots_of(tx, listed_ids(tx, tenant), now_ms),
                holders(tx, tenant),
                undelivered(tx, tenant),
                media.waiting(tx, tenant) if self.mirror else 0,
                notices.of_tenant(tx, tenant),
            )

        seen = await self.database.query(look)
        lost, waiting = seen.undelivered, seen.waiting
        body = HealthBody(
            accounts=[self._view(slots, seen) for slots in seen.slots],
            callbacksGivenUp=_given_up(lost) if lost else None,
            mirror=_mirror(self.mirror(), waiting) if self.mirror else None,
        )
        shown = {**body.model_dump(), "accounts": [_shown(each) for each in body.accounts]}
        absent = [name for name in ("callbacksGivenUp", "mirror") if shown[name] is None]
        return as_json(_without(shown, *absent))

    def _view(self, slots: Slots, seen: "Seen") -> AccountHealth:
        holder = seen.holders.get(slots.account)
        condition = self.condition(slots.account) or Condition(Standing.CONNECTING, self.clock.now_ms())
        return AccountHealth(
            channel=slots.channel,
            **condition_view(condition),
            paused=slots.is_paused,
            running=slots.taken,
            maxJobs=slots.max_jobs,
            unmatched=_unmatched(self.unmatched(slots.account)),
            notices=_notices(seen.notices.get(slots.account, ())),
            machine=MachineView(name=holder.name, since=moment(holder.since_ms)) if holder else None,
            guardRails=_guard(slots) if slots.rails.is_any else None,
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """What the health shows out of the database."""

    slots: Sequence[Slots]
    holders: Mapping[int, Holder]
    undelivered: Undelivered | None
    waiting: int
    notices: Mapping[int, Sequence[Notice]]


def condition_json(channel: str, condition: Condition, *, is_paused: bool) -> bytes:
    """Return the condition of a channel's account as one line of JSON."""
    return json.dumps({"channel": channel, **condition_view(condition), "paused": is_paused}).encode()


def condition_view(condition: Condition) -> dict[str, Any]:
    """Return a condition as the API shows it."""
    return {
        "condition": condition.standing,
        "since": moment(condition.since_ms),
        "reason": condition.reason,
        "remedy": condition.remedy,
    }


def _shown(row: AccountHealth) -> dict[str, Any]:
    """Return a row as JSON; an absent `reason` or `remedy` is null, what else is absent is left out."""
    shown = row.model_dump()
    if row.guardRails is not None:
        shown["guardRails"] = row.guardRails.model_dump(exclude_none=True)
    absent = [name for name in ("unmatched", "notices", "machine", "guardRails") if shown[name] is None]
    return _without(shown, *absent)


def _guard(slots: Slots) -> GuardView:
    rails, guard = slots.rails, slots.guard
    return GuardView(
        maxPerDay=rails.max_per_day,
        usedToday=None if rails.max_per_day is None else guard.used_today,
        quietHours=rails.quiet_hours,
        pace_s=rails.pace_s,
        labels=",".join(rails.labels) or None,
        weight=rails.weight,
        opens=moment(guard.opens_ms) if guard.is_closed else None,
    )


def _without(shown: Mapping[str, Any], *left_out: str) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name not in left_out}


def _given_up(callbacks: Undelivered) -> GivenUpView:
    newest = GivenUpCallback(jobid=callbacks.job, receiver=callbacks.receiver, at=moment(callbacks.at_ms))
    return GivenUpView(count=callbacks.count, newest=newest)


def _mirror(condition: MirrorCondition, waiting: int) -> MirrorHealth:
    return MirrorHealth(
        works=condition.reason is None,
        since=moment(condition.since_ms),
        reason=condition.reason,
        waiting=waiting,
    )


def _notices(told: Sequence[Notice]) -> dict[str, NoticeView] | None:
    """Return what the bot has told, by what it is about."""
    shown = {
        each.kind.value: NoticeView(value=each.value, at=moment(each.told_ms))
        for each in told
        if each.kind in TOLD_BY_THE_BOT
    }
    return shown or None


def _unmatched(videos: UnmatchedVideos | None) -> UnmatchedView | None:
    newest = videos.newest if videos else None
    if videos is None or newest is None:
        return None
    shown = UnmatchedVideo(messageId=newest.message_id, at=moment(newest.at_ms), why=newest.why)
    return UnmatchedView(count=videos.count, newest=shown)
