"""A bot that plays PixVerse with hikari."""

import json
import os

import hikari

STAGE = json.loads(os.environ["STAGE"])

bot = hikari.GatewayBot(
    STAGE["bot_token"],
    rest_url=STAGE["api_url"] + "/v10",
    intents=hikari.Intents.GUILDS | hikari.Intents.GUILD_MESSAGES,
    banner=None,
    logs=None,
)


def tell(step: str, **seen: object) -> None:
    print(json.dumps({"step": step, **seen}), flush=True)


def buttons() -> hikari.api.MessageActionRowBuilder:
    row = bot.rest.build_message_action_row()
    row.add_interactive_button(hikari.ButtonStyle.PRIMARY, "again", label="Again")
    row.add_interactive_button(hikari.ButtonStyle.SECONDARY, "ask", label="Ask")
    return row


def remix() -> hikari.api.ModalActionRowBuilder:
    row = bot.rest.build_modal_action_row()
    return row.add_text_input("prompt", "Prompt", style=hikari.TextInputStyle.PARAGRAPH)


@bot.listen()
async def arrive(event: hikari.GuildAvailableEvent) -> None:
    threads = [str(each) for each in event.threads]
    if str(event.guild_id) == STAGE["guild_id"]:
        tell("ready", user=str(bot.get_me().id), guilds=[str(event.guild_id)], threads=threads)


@bot.listen()
async def hear(event: hikari.GuildMessageCreateEvent) -> None:
    if event.author_id != bot.get_me().id:
        tell("heard", author=str(event.author_id), message=str(event.message_id))


@bot.listen()
async def create(event: hikari.CommandInteractionCreateEvent) -> None:
    interaction = event.interaction
    options = {option.name: option.value for option in interaction.options}
    tell("command", prompt=options["prompt"], style=options["style"], user=str(interaction.user.id))
    await interaction.create_initial_response(hikari.ResponseType.DEFERRED_MESSAGE_CREATE)
    tell("deferred")
    with open(STAGE["video"], "rb") as film:
        message = await interaction.edit_initial_response(
            f"Done: {options['prompt']}", attachment=hikari.Bytes(film.read(), "cat.mp4"), component=buttons()
        )
    tell("edited", message=str(message.id), files=[each.filename for each in message.attachments])
    more = await interaction.execute("One thing more.")
    tell("followed", message=str(more.id))


@bot.listen()
async def press(event: hikari.ComponentInteractionCreateEvent) -> None:
    interaction = event.interaction
    tell("pressed", custom_id=interaction.custom_id, message=str(interaction.message.id))
    if interaction.custom_id == "again":
        await interaction.create_initial_response(hikari.ResponseType.MESSAGE_UPDATE, "Made again.")
        tell("updated")
    else:
        await interaction.create_modal_response("Remix Prompt", "remix", component=remix())
        tell("asked")


@bot.listen()
async def submit(event: hikari.ModalInteractionCreateEvent) -> None:
    interaction = event.interaction
    tell("submitted", text=interaction.components[0].components[0].value)
    await interaction.create_initial_response(
        hikari.ResponseType.MESSAGE_CREATE, "Only you see this.", flags=hikari.MessageFlag.EPHEMERAL
    )
    answer = await interaction.fetch_initial_response()
    tell("answered", ephemeral=bool(answer.flags & hikari.MessageFlag.EPHEMERAL))
    history = await bot.rest.fetch_messages(interaction.channel_id).limit(20)
    tell("history", contents=[each.content for each in history])


bot.run(check_for_updates=False)
