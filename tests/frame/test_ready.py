"""What a start prints of the accounts, and when it says that it is ready."""

from collections.abc import Sequence

import pytest

from bridge.accounts.condition import Condition, Standing
from bridge.app.connecting import StartingAccount
from bridge.cli.accounts_at_start import MOST_ROWS, WaitingLines, show_accounts, show_ready

URL = "http://127.0.0.1:8080"
TRY_MS = 1_700_000_000_000
CONNECTED = Condition(Standing.CONNECTED, 0)
OUTAGE = Condition(Standing.CONNECTING, 0, "the name discord.com cannot be resolved (DNS)", "Check the DNS.")
BAD = Condition(Standing.BAD_TOKEN, 0, "Discord refused the token (401)", "Post the account again.")


def account(channel: str, condition: Condition, next_try_ms: int | None = None) -> StartingAccount:
    return StartingAccount("default", channel, condition, next_try_ms=next_try_ms)


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        ((), "Ready."),
        ((CONNECTED, CONNECTED), "Ready."),
        ((CONNECTED, BAD), "Ready, but 1 account needs a person."),
        ((BAD, BAD, OUTAGE), "Ready, but 2 accounts need a person and 1 account is not connected yet."),
        ((OUTAGE, OUTAGE), "Ready, but 2 accounts are not connected yet."),
    ],
)
def test_ready_alone_means_that_every_account_is_connected(
    capsys: pytest.CaptureFixture[str], conditions: Sequence[Condition], said: str
) -> None:
    show_ready([account(str(number), each) for number, each in enumerate(conditions)])

    assert capsys.readouterr().out == f"\n{said}\n"


def test_the_table_has_reason_remedy_and_next_try_and_begins_with_what_is_wrong(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_accounts([account("1", CONNECTED), account("2", BAD), account("3", OUTAGE, TRY_MS)], URL, None)

    lines = capsys.readouterr().out.splitlines()
    assert lines[-1].startswith(f"curl -sS {URL}/v1/pixverse/account/2 ")
    assert lines[-2] == f"pixverse-bridge accounts add 2 --server SERVER_ID --url {URL}"
    assert lines[:-4] == [
        "",
        "Account  State       Why, and what to do",
        "2        bad token   Discord refused the token (401). Post the account again.",
        "3        connecting  the name discord.com cannot be resolved (DNS). Check the DNS. "
        "Next try at 22:13:20 UTC.",
        "1        connected",
    ]


def test_of_many_accounts_the_others_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    accounts = [account(str(number), CONNECTED) for number in range(MOST_ROWS + 5)]

    show_accounts([*accounts, account("bad", BAD)], URL, None)

    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("bad")
    assert lines[MOST_ROWS + 2] == "6 more accounts, all connected."


@pytest.mark.parametrize(
    ("api_token", "header"),
    [(None, '"Authorization: Bearer $BRIDGE_TOKEN"'), ("pvb_x", "'Authorization: Bearer pvb_x'")],
)
def test_without_an_account_a_line_to_paste_says_how_to_add_one(
    capsys: pytest.CaptureFixture[str], api_token: str | None, header: str
) -> None:
    show_accounts([], URL, api_token)

    printed = capsys.readouterr().out
    assert "No account is configured yet. Add one:" in printed
    assert f"curl -sS {URL}/v1/pixverse/account/CHANNEL_ID -H {header}" in printed


def test_what_is_waited_for_is_printed_once_for_each_reason(capsys: pytest.CaptureFixture[str]) -> None:
    lines = WaitingLines()

    for reason in ("no DNS", "no DNS", "no TLS"):
        lines.show([account("1", Condition(Standing.CONNECTING, 0, reason), TRY_MS)])

    assert capsys.readouterr().out.splitlines() == [
        "Waiting for account 1: no DNS. Next try at 22:13:20 UTC.",
        "Waiting for account 1: no TLS. Next try at 22:13:20 UTC.",
    ]
