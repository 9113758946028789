"""A bot that plays PixVerse with discord.py."""

import json
import os

import discord
import yarl
from discord import app_commands

STAGE = json.loads(os.environ["STAGE"])


def tell(step: str, **seen: object) -> None:
    print(json.dumps({"step": step, **seen}), flush=True)


class Remix(discord.ui.Modal, title="Remix Prompt"):
    prompt = discord.ui.TextInput(label="Prompt", style=discord.TextStyle.paragraph, max_length=512)

    async def on_submit(self, interaction: discord.Interaction) -> None:
        tell("submitted", text=self.prompt.value)
        await interaction.response.send_message("Only you see this.", ephemeral=True)
        original = await interaction.original_response()
        tell("answered", ephemeral=original.flags.ephemeral)
        tell("history", contents=[each.content async for each in interaction.channel.history(limit=20)])


class Buttons(discord.ui.View):
    @discord.ui.button(label="Again", custom_id="again")
    async def again(self, interaction: discord.Interaction, button: discord.ui.Button) -> None:
        tell("pressed", custom_id=button.custom_id, message=str(interaction.message.id))
        await interaction.response.edit_message(content="Made again.")
        tell("updated")

    @discord.ui.button(label="Ask", custom_id="ask")
    async def ask(self, interaction: discord.Interaction, button: discord.ui.Button) -> None:
        tell("pressed", custom_id=button.custom_id, message=str(interaction.message.id))
        await interaction.response.send_modal(Remix(custom_id="remix"))
        tell("asked")


class Bot(discord.Client):
    def __init__(self) -> None:
        super().__init__(intents=discord.Intents.default())
        self.tree = app_commands.CommandTree(self)

    async def on_message(self, message: discord.Message) -> None:
        if message.author.id != self.user.id:
            tell("heard", author=str(message.author.id), message=str(message.id))

    async def on_ready(self) -> None:
        threads = [str(thread.id) for guild in self.guilds for thread in guild.threads]
        tell(
            "ready", user=str(self.user.id), guilds=[str(guild.id) for guild in self.guilds], threads=threads
        )


bot = Bot()


@bot.tree.command()
async def create(interaction: discord.Interaction, prompt: str, style: str) -> None:
    """Make a video."""
    tell("command", prompt=prompt, style=style, user=str(interaction.user.id))
    await interaction.response.defer()
    tell("deferred")
    message = await interaction.edit_original_response(
        content=f"Done: {prompt}",
        attachments=[discord.File(STAGE["video"], "cat.mp4")],
        view=Buttons(timeout=None),
    )
    tell("edited", message=str(message.id), files=[each.filename for each in message.attachments])
    more = await interaction.followup.send("One thing more.", wait=True)
    tell("followed", message=str(more.id))


discord.http.Route.BASE = STAGE["api_url"] + "/v10"
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(STAGE["gateway_url"])
bot.run(STAGE["bot_token"])
