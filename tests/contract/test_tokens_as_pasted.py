"""Discord tokens as people paste them: into an account, into a submit, into the configuration."""

import pytest

from bridge.accounts.token import InvalidToken, read_token
from tests.tools.world import Answer, Api, Discord

pytestmark = pytest.mark.asyncio(loop_scope="module")

AROUND = ["{}", " {}\n", '"{}"', "'{}'", "“{}”", "Bearer {}", '"Bearer {}"', "bearer  '{}'", "\u200b{}\u00a0"]
NO_TOKENS = [
    "MTE…secured…4RM",
    "abc…xyz",
    "abc***xyz",
    "ключ.а.б",
    "two words",
    "Bot MTIz.a.b",
    '""',
    "[redacted]",
]


async def post_account(api: Api, spare: dict[str, str], token: str) -> Answer:
    body = {**{name: spare[name] for name in ("server", "channel")}, "discord": token, "maxJobs": 3}
    return await api.call("POST", f"/v1/pixverse/account/{spare['channel']}", json=body)


@pytest.mark.parametrize("around", AROUND)
async def test_what_stands_around_an_accounts_token_is_dropped(
    api: Api, discord: Discord, around: str
) -> None:
    spare = discord.spares[0]

    answer = await post_account(api, spare, around.format(spare["discord"]))
    kept = (await api.get(f"/v1/pixverse/account/{spare['channel']}")).body

    assert answer.status == 204, answer
    assert kept["discord"] == spare["discord"]


@pytest.mark.parametrize("token", NO_TOKENS)
async def test_an_account_with_what_is_no_token_is_refused_with_the_reason(
    api: Api, discord: Discord, token: str
) -> None:
    answer = await post_account(api, discord.spares[1], token)

    assert (answer.status, answer.body["error"]) == (
        400,
        "Required param discord is not a valid Discord token",
    )
    assert answer.body["errorDetails"]
    assert token not in answer.body["errorDetails"]


@pytest.mark.parametrize("token", NO_TOKENS)
async def test_a_submit_with_what_is_no_token_is_refused_with_the_reason(
    api: Api, discord: Discord, token: str
) -> None:
    spare = discord.spares[1]

    answer = await api.create("a cat", discord=token, server=spare["server"], channel=spare["channel"])

    assert (answer.status, answer.body["error"]) == (400, "discord is not a valid Discord token")
    assert answer.body["errorDetails"]


@pytest.mark.parametrize("around", AROUND)
async def test_a_token_is_read_out_of_what_was_pasted(around: str) -> None:
    assert read_token(around.format("MTIz.Ab-c_d.e=")) == "MTIz.Ab-c_d.e="


@pytest.mark.parametrize("token", NO_TOKENS)
async def test_what_is_no_token_is_not_repeated(token: str) -> None:
    with pytest.raises(InvalidToken) as error:
        read_token(token)

    assert token not in str(error.value)
