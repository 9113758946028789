"""A bot that plays PixVerse with disnake."""

import json
import os

import disnake
from disnake.ext import commands

STAGE = json.loads(os.environ["STAGE"])


def tell(step: str, **seen: object) -> None:
    print(json.dumps({"step": step, **seen}), flush=True)


class Remix(disnake.ui.Modal):
    def __init__(self) -> None:
        prompt = disnake.ui.TextInput(
            label="Prompt", custom_id="prompt", style=disnake.TextInputStyle.paragraph
        )
        super().__init__(title="Remix Prompt", custom_id="remix", components=[prompt])

    async def callback(self, interaction: disnake.ModalInteraction) -> None:
        tell("submitted", text=interaction.text_values["prompt"])
        await interaction.response.send_message("Only you see this.", ephemeral=True)
        answer = await interaction.original_response()
        tell("answered", ephemeral=answer.flags.ephemeral)
        tell("history", contents=[each.content async for each in interaction.channel.history(limit=20)])


class Buttons(disnake.ui.View):
    @disnake.ui.button(label="Again", custom_id="again")
    async def again(self, button: disnake.ui.Button, interaction: disnake.MessageInteraction) -> None:
        tell("pressed", custom_id=button.custom_id, message=str(interaction.message.id))
        await interaction.response.edit_message(content="Made again.")
        tell("updated")

    @disnake.ui.button(label="Ask", custom_id="ask")
    async def ask(self, button: disnake.ui.Button, interaction: disnake.MessageInteraction) -> None:
        tell("pressed", custom_id=button.custom_id, message=str(interaction.message.id))
        await interaction.response.send_modal(Remix())
        tell("asked")


class Bot(commands.InteractionBot):
    async def on_message(self, message: disnake.Message) -> None:
        if message.author.id != self.user.id:
            tell("heard", author=str(message.author.id), message=str(message.id))

    async def on_ready(self) -> None:
        threads = [str(thread.id) for guild in self.guilds for thread in guild.threads]
        tell(
            "ready", user=str(self.user.id), guilds=[str(guild.id) for guild in self.guilds], threads=threads
        )


disnake.http.Route.BASE = STAGE["api_url"] + "/v10"
bot = Bot(intents=disnake.Intents.default(), command_sync_flags=commands.CommandSyncFlags.none())


@bot.slash_command()
async def create(interaction: disnake.ApplicationCommandInteraction, prompt: str, style: str) -> None:
    """Make a video."""
    tell("command", prompt=prompt, style=style, user=str(interaction.user.id))
    await interaction.response.defer()
    tell("deferred")
    film = disnake.File(STAGE["video"], "cat.mp4")
    message = await interaction.edit_original_response(
        content=f"Done: {prompt}", file=film, view=Buttons(timeout=None)
    )
    tell("edited", message=str(message.id), files=[each.filename for each in message.attachments])
    more = await interaction.followup.send("One thing more.", wait=True)
    tell("followed", message=str(more.id))


bot.run(STAGE["bot_token"])
