"""What the bot has told of the credits and limits of accounts: of each kind the newest notice."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from bridge.accounts.notice import Notice, NoticeKind
from bridge.store.database import Row, Tx


def keep(tx: Tx, account: int, notice: Notice) -> None:
    """Store a notice, unless a newer one of its kind is stored."""
    tx.run(
        """
        INSERT INTO notices (account, kind, value, told_ms) VALUES (:account, :kind, :value, :told_ms)
        ON CONFLICT (account, kind) DO UPDATE SET value = excluded.value, told_ms = excluded.told_ms
         WHERE excluded.told_ms >= notices.told_ms
        """,
        account=account,
        kind=notice.kind,
        value=notice.value,
        told_ms=notice.told_ms,
    )


def resume(tx: Tx, tenant: str, channel: str, now_ms: int) -> None:
    """Store that a person has resumed the account of a channel, if it was ever out of credits.

    That is later than what the bot has said, also if the local clock is behind that of Discord.
    """
    tx.run(
        """
        INSERT INTO notices (account, kind, value, told_ms)
        SELECT account, 'resumed', '', CASE WHEN told_ms < :now_ms THEN :now_ms ELSE told_ms + 1 END
          FROM notices JOIN accounts ON accounts.id = account
         WHERE tenant = :tenant AND channel = :channel AND accounts.kind = 'configured'
           AND notices.kind = 'out_of_credits'
        ON CONFLICT (account, kind) DO UPDATE SET told_ms = excluded.told_ms
        """,
        tenant=tenant,
        channel=channel,
        now_ms=now_ms,
    )


def of(tx: Tx, account: int) -> Sequence[Notice]:
    """Return the notices of an account."""
    rows = tx.all("SELECT kind, value, told_ms FROM notices WHERE account = :account", account=account)
    return [_notice(row) for row in rows]


def of_tenant(tx: Tx, tenant: str) -> Mapping[int, Sequence[Notice]]:
    """Return the notices of a tenant's configured accounts, by account."""
    rows = tx.all(
        """
        SELECT account, notices.kind, value, told_ms
          FROM notices JOIN accounts ON accounts.id = account
         WHERE tenant = :tenant AND accounts.kind = 'configured'
         ORDER BY account, notices.kind
        """,
        tenant=tenant,
    )
    found: defaultdict[int, list[Notice]] = defaultdict(list)
    for row in rows:
        found[row["account"]].append(_notice(row))
    return found


def _notice(row: Row) -> Notice:
    return Notice(NoticeKind(row["kind"]), row["value"], row["told_ms"])
