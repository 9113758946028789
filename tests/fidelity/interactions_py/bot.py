"""A bot that plays PixVerse with interactions.py."""

import json
import os

import interactions
from interactions.api.http.route import Route

STAGE = json.loads(os.environ["STAGE"])
AGAIN = interactions.Button(style=interactions.ButtonStyle.PRIMARY, label="Again", custom_id="again")
ASK = interactions.Button(style=interactions.ButtonStyle.SECONDARY, label="Ask", custom_id="ask")
PROMPT = interactions.ParagraphText(label="Prompt", custom_id="prompt")


def tell(step: str, **seen: object) -> None:
    print(json.dumps({"step": step, **seen}), flush=True)


def words(name: str) -> interactions.SlashCommandOption:
    return interactions.SlashCommandOption(
        name=name, type=interactions.OptionType.STRING, description=name, required=True
    )


class Bot(interactions.Client):
    @interactions.listen()
    async def on_startup(self) -> None:
        threads = [str(thread.id) for guild in self.guilds for thread in guild.threads]
        tell(
            "ready", user=str(self.user.id), guilds=[str(guild.id) for guild in self.guilds], threads=threads
        )

    @interactions.listen()
    async def on_message_create(self, event: interactions.events.MessageCreate) -> None:
        if event.message.author.id != self.user.id:
            tell("heard", author=str(event.message.author.id), message=str(event.message.id))

    @interactions.slash_command(
        "create", description="Make a video", options=[words("prompt"), words("style")]
    )
    async def create(self, ctx: interactions.SlashContext, prompt: str, style: str) -> None:
        tell("command", prompt=prompt, style=style, user=str(ctx.author.id))
        await ctx.defer()
        tell("deferred")
        film = interactions.File(STAGE["video"], file_name="cat.mp4")
        message = await ctx.respond(content=f"Done: {prompt}", file=film, components=[[AGAIN, ASK]])
        tell("edited", message=str(message.id), files=[each.filename for each in message.attachments])
        more = await ctx.respond("One thing more.")
        tell("followed", message=str(more.id))

    @interactions.component_callback("again")
    async def again(self, ctx: interactions.ComponentContext) -> None:
        tell("pressed", custom_id=ctx.custom_id, message=str(ctx.message.id))
        await ctx.edit_origin(content="Made again.")
        tell("updated")

    @interactions.component_callback("ask")
    async def ask(self, ctx: interactions.ComponentContext) -> None:
        tell("pressed", custom_id=ctx.custom_id, message=str(ctx.message.id))
        await ctx.send_modal(interactions.Modal(PROMPT, title="Remix Prompt", custom_id="remix"))
        tell("asked")

    @interactions.modal_callback("remix")
    async def submit(self, ctx: interactions.ModalContext, prompt: str) -> None:
        tell("submitted", text=prompt)
        answer = await ctx.respond("Only you see this.", ephemeral=True)
        tell("answered", ephemeral=bool(answer.flags & interactions.MessageFlags.EPHEMERAL))
        history = await ctx.channel.fetch_messages(limit=20)
        tell("history", contents=[each.content for each in history])


Route.BASE = STAGE["api_url"] + "/v10"
Bot(intents=interactions.Intents.DEFAULT).start(STAGE["bot_token"])
