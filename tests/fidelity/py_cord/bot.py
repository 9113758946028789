"""A bot that plays PixVerse with py-cord."""

import json
import os

import discord

STAGE = json.loads(os.environ["STAGE"])


def tell(step: str, **seen: object) -> None:
    print(json.dumps({"step": step, **seen}), flush=True)


class Remix(discord.ui.Modal):
    def __init__(self) -> None:
        self.prompt = discord.ui.InputText(label="Prompt", style=discord.InputTextStyle.long)
        super().__init__(self.prompt, title="Remix Prompt", custom_id="remix")

    async def callback(self, interaction: discord.Interaction) -> None:
        tell("submitted", text=self.prompt.value)
        await interaction.response.send_message("Only you see this.", ephemeral=True)
        answer = await interaction.original_response()
        tell("answered", ephemeral=answer.flags.ephemeral)
        tell("history", contents=[each.content async for each in interaction.channel.history(limit=20)])


class Buttons(discord.ui.View):
    @discord.ui.button(label="Again", custom_id="again")
    async def again(self, button: discord.ui.Button, interaction: discord.Interaction) -> None:
        tell("pressed", custom_id=button.custom_id, message=str(interaction.message.id))
        await interaction.response.edit_message(content="Made again.")
        tell("updated")

    @discord.ui.button(label="Ask", custom_id="ask")
    async def ask(self, button: discord.ui.Button, interaction: discord.Interaction) -> None:
        tell("pressed", custom_id=button.custom_id, message=str(interaction.message.id))
        await interaction.response.send_modal(Remix())
        tell("asked")


class Bot(discord.Bot):
    async def on_message(self, message: discord.Message) -> None:
        if message.author.id != self.user.id:
            tell("heard", author=str(message.author.id), message=str(message.id))

    async def on_ready(self) -> None:
        threads = [str(thread.id) for guild in self.guilds for thread in guild.threads]
        tell(
            "ready", user=str(self.user.id), guilds=[str(guild.id) for guild in self.guilds], threads=threads
        )


bot = Bot(intents=discord.Intents.default())


@bot.slash_command()
async def create(ctx: discord.ApplicationContext, prompt: str, style: str) -> None:
    """Make a video."""
    tell("command", prompt=prompt, style=style, user=str(ctx.user.id))
    await ctx.defer()
    tell("deferred")
    film = discord.File(STAGE["video"], "cat.mp4")
    message = await ctx.interaction.edit_original_response(
        content=f"Done: {prompt}", file=film, view=Buttons(timeout=None)
    )
    tell("edited", message=str(message.id), files=[each.filename for each in message.attachments])
    more = await ctx.followup.send("One thing more.", wait=True)
    tell("followed", message=str(more.id))


discord.http.Route.API_BASE_URL = STAGE["api_url"] + "/v{API_VERSION}"
bot.run(STAGE["bot_token"])
