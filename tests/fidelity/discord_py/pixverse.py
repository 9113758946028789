"""PixVerse as somebody would write it with discord.py: videos in four ways, buttons, a form, refusals.

A word in the prompt chooses: `#followup`, `#reply` or `#plain` for how the videos come (else the first
message is edited), `#thinking` for a deferral first, `#moderated` and `#ephemeral` for a refusal.
"""

import json
import os
import secrets
from collections.abc import Awaitable, Callable

import discord
import yarl
from discord import app_commands

STAGE = json.loads(os.environ["STAGE"])
FOUR = ("U1", "U2", "U3", "U4", "V1", "V2", "V3", "V4", "ReDo")
ONE = ("🔄", "🔀", "⏫", "ReDo")
REFUSAL = (
    "Apologies! Our AI moderator thinks this prompt or images as potentially violating our "
    "[community guidelines](<https://discord.com/channels/1140860020586713128>)."
)


def tell(step: str, **seen: object) -> None:
    print(json.dumps({"step": step, **seen}), flush=True)


def films(count: int) -> list[discord.File]:
    label = secrets.token_hex(8)
    return [discord.File(STAGE["video"], f"pixverse_{label}_{number}.mp4") for number in range(1, count + 1)]


async def edit(
    interaction: discord.Interaction, content: str, files: list[discord.File], view: "Buttons"
) -> None:
    await interaction.edit_original_response(content=content, attachments=files, view=view)


async def follow_up(
    interaction: discord.Interaction, content: str, files: list[discord.File], view: "Buttons"
) -> None:
    await interaction.followup.send(content, files=files, view=view)


async def reply(
    interaction: discord.Interaction, content: str, files: list[discord.File], view: "Buttons"
) -> None:
    first = await interaction.original_response()
    await first.reply(content, files=files, view=view)


async def post(
    interaction: discord.Interaction, content: str, files: list[discord.File], view: "Buttons"
) -> None:
    await interaction.channel.send(content, files=files, view=view)


WAYS: dict[str, Callable[..., Awaitable[None]]] = {"#followup": follow_up, "#reply": reply, "#plain": post}


async def make(interaction: discord.Interaction, prompt: str, facts: str, notice: str, count: int) -> None:
    user = interaction.user.mention
    if "#moderated" in prompt or "#ephemeral" in prompt:
        await interaction.response.send_message(REFUSAL, ephemeral="#ephemeral" in prompt)
        return
    start = f"{user} {notice} We will notify you when it's done. ({facts}) Author: {user}"
    if "#thinking" in prompt:
        await interaction.response.defer(thinking=True)
        await interaction.edit_original_response(content=start)
    else:
        await interaction.response.send_message(start)
    await interaction.edit_original_response(content=f"{start} (50%)")
    finish = next((way for word, way in WAYS.items() if word in prompt), edit)
    view = Buttons(prompt, FOUR if count > 1 else ONE)
    await finish(interaction, f"{user} ({facts}) Author: {user})", films(count), view)


class Remix(discord.ui.Modal, title="Remix Prompt"):
    prompt = discord.ui.TextInput(label="Prompt", style=discord.TextStyle.paragraph, max_length=512)

    def __init__(self, prompt: str) -> None:
        super().__init__()
        self.prompt.default = prompt

    async def on_submit(self, interaction: discord.Interaction) -> None:
        prompt = self.prompt.value
        await make(interaction, prompt, f"prompt: {prompt}", "Hi! We are remaking your videos.", 1)


class Button(discord.ui.Button["Buttons"]):
    def __init__(self, face: str) -> None:
        super().__init__(**({"label": face} if face.isascii() else {"emoji": face}))
        self.face = face

    async def callback(self, interaction: discord.Interaction) -> None:
        assert self.view is not None
        if self.face.startswith("V") or self.face == "🔀":
            await interaction.response.send_modal(Remix(self.view.prompt))
        else:
            facts = f"prompt: {self.view.prompt}"
            await make(interaction, self.view.prompt, facts, "Hi! We are remaking your videos.", 1)


class Buttons(discord.ui.View):
    def __init__(self, prompt: str, faces: tuple[str, ...]) -> None:
        super().__init__(timeout=None)
        self.prompt = prompt
        for face in faces:
            self.add_item(Button(face))


class PixVerse(discord.Client):
    def __init__(self) -> None:
        super().__init__(intents=discord.Intents.default())
        self.tree = app_commands.CommandTree(self)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def on_ready(self) -> None:
        tell("ready", user=str(self.user.id))


bot = PixVerse()


@bot.tree.command()
@app_commands.rename(negative_prompt="negative-prompt", aspect_ratio="aspect-ratio")
async def create(
    interaction: discord.Interaction,
    prompt: str,
    style: str,
    negative_prompt: str | None = None,
    aspect_ratio: str | None = None,
    character: str | None = None,
) -> None:
    """Four videos, made by a bot of ours."""
    given = {
        "style": style,
        "negative-prompt": negative_prompt,
        "aspect-ratio": aspect_ratio,
        "character": character,
    }
    facts = " ".join([f"prompt: {prompt}", *(f"{key}: {value}" for key, value in given.items() if value)])
    await make(interaction, prompt, facts, "We are making videos.", 4)


discord.http.Route.BASE = STAGE["api_url"] + "/v10"
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(STAGE["gateway_url"])
bot.run(STAGE["bot_token"])
