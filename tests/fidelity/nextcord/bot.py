"""A bot that plays PixVerse with nextcord."""

import json
import os

import nextcord

STAGE = json.loads(os.environ["STAGE"])


def tell(step: str, **seen: object) -> None:
    print(json.dumps({"step": step, **seen}), flush=True)


class Remix(nextcord.ui.Modal):
    def __init__(self) -> None:
        super().__init__("Remix Prompt", custom_id="remix", timeout=None)
        self.prompt = nextcord.ui.TextInput("Prompt", style=nextcord.TextInputStyle.paragraph)
        self.add_item(self.prompt)

    async def callback(self, interaction: nextcord.Interaction) -> None:
        tell("submitted", text=self.prompt.value)
        answer = await interaction.response.send_message("Only you see this.", ephemeral=True)
        message = await answer.fetch()
        tell("answered", ephemeral=message.flags.ephemeral)
        tell("history", contents=[each.content async for each in interaction.channel.history(limit=20)])


class Buttons(nextcord.ui.View):
    @nextcord.ui.button(label="Again", custom_id="again")
    async def again(self, button: nextcord.ui.Button, interaction: nextcord.Interaction) -> None:
        tell("pressed", custom_id=button.custom_id, message=str(interaction.message.id))
        await interaction.response.edit_message(content="Made again.")
        tell("updated")

    @nextcord.ui.button(label="Ask", custom_id="ask")
    async def ask(self, button: nextcord.ui.Button, interaction: nextcord.Interaction) -> None:
        tell("pressed", custom_id=button.custom_id, message=str(interaction.message.id))
        await interaction.response.send_modal(Remix())
        tell("asked")


class Bot(nextcord.Client):
    async def on_message(self, message: nextcord.Message) -> None:
        if message.author.id != self.user.id:
            tell("heard", author=str(message.author.id), message=str(message.id))

    async def on_ready(self) -> None:
        threads = [str(thread.id) for guild in self.guilds for thread in guild.threads]
        tell(
            "ready", user=str(self.user.id), guilds=[str(guild.id) for guild in self.guilds], threads=threads
        )


bot = Bot(intents=nextcord.Intents.default())


@bot.slash_command()
async def create(interaction: nextcord.Interaction, prompt: str, style: str) -> None:
    """Make a video."""
    tell("command", prompt=prompt, style=style, user=str(interaction.user.id))
    await interaction.response.defer()
    tell("deferred")
    film = nextcord.File(STAGE["video"], "cat.mp4")
    message = await interaction.edit_original_message(
        content=f"Done: {prompt}", file=film, view=Buttons(timeout=None)
    )
    tell("edited", message=str(message.id), files=[each.filename for each in message.attachments])
    more = await interaction.followup.send("One thing more.", wait=True)
    tell("followed", message=str(more.id))


nextcord.http.Route.BASE = STAGE["api_url"] + "/v10"
bot.run(STAGE["bot_token"])
