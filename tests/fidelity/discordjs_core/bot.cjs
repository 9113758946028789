// A bot that plays PixVerse with @discordjs/core.

const { readFileSync } = require("node:fs");
const { Client, GatewayDispatchEvents, InteractionType, MessageFlags } = require("@discordjs/core");
const { REST } = require("@discordjs/rest");
const { CompressionMethod, WebSocketManager } = require("@discordjs/ws");

const GUILDS = 1;
const GUILD_MESSAGES = 512;
const stage = JSON.parse(process.env.STAGE);
const tell = (step, seen = {}) => console.log(JSON.stringify({ step, ...seen }));

const rest = new REST({ api: stage.api_url, cdn: stage.cdn_url, version: "10" }).setToken(stage.bot_token);
const gateway = new WebSocketManager({
  token: stage.bot_token,
  intents: GUILDS | GUILD_MESSAGES,
  rest,
  compression: CompressionMethod.ZlibNative,
});
const client = new Client({ rest, gateway });

const buttons = {
  type: 1,
  components: [
    { type: 2, style: 1, label: "Again", custom_id: "again" },
    { type: 2, style: 2, label: "Ask", custom_id: "ask" },
  ],
};
const field = { type: 4, custom_id: "prompt", style: 2 };
const remix = {
  custom_id: "remix",
  title: "Remix Prompt",
  components: [{ type: 18, label: "Prompt", component: field }],
};

async function create(api, interaction) {
  const options = Object.fromEntries(interaction.data.options.map((each) => [each.name, each.value]));
  tell("command", { prompt: options.prompt, style: options.style, user: interaction.member.user.id });
  await api.interactions.defer(interaction.id, interaction.token);
  tell("deferred");
  const message = await api.interactions.editReply(interaction.application_id, interaction.token, {
    content: `Done: ${options.prompt}`,
    files: [{ name: "cat.mp4", data: readFileSync(stage.video) }],
    components: [buttons],
  });
  tell("edited", { message: message.id, files: message.attachments.map((each) => each.filename) });
  const said = { content: "One thing more." };
  const more = await api.interactions.followUp(interaction.application_id, interaction.token, said);
  tell("followed", { message: more.id });
}

async function press(api, interaction) {
  tell("pressed", { custom_id: interaction.data.custom_id, message: interaction.message.id });
  if (interaction.data.custom_id === "again") {
    await api.interactions.updateMessage(interaction.id, interaction.token, { content: "Made again." });
    tell("updated");
  } else {
    await api.interactions.createModal(interaction.id, interaction.token, remix);
    tell("asked");
  }
}

async function submit(api, interaction) {
  tell("submitted", { text: interaction.data.components[0].component.value });
  const whisper = { content: "Only you see this.", flags: MessageFlags.Ephemeral };
  await api.interactions.reply(interaction.id, interaction.token, whisper);
  const answer = await api.interactions.getOriginalReply(interaction.application_id, interaction.token);
  tell("answered", { ephemeral: (answer.flags & MessageFlags.Ephemeral) !== 0 });
  const history = await api.channels.getMessages(interaction.channel.id, { limit: 20 });
  tell("history", { contents: history.map((each) => each.content) });
}

const acts = {
  [InteractionType.ApplicationCommand]: create,
  [InteractionType.MessageComponent]: press,
  [InteractionType.ModalSubmit]: submit,
};

let user;
client.once(GatewayDispatchEvents.Ready, ({ data }) => {
  user = data.user.id;
});
client.on(GatewayDispatchEvents.GuildCreate, ({ data }) => {
  const threads = data.threads.map((each) => each.id);
  if (data.id === stage.guild_id) tell("ready", { user, guilds: [data.id], threads });
});
client.on(GatewayDispatchEvents.MessageCreate, ({ data }) => {
  if (data.author.id !== user) tell("heard", { author: data.author.id, message: data.id });
});
client.on(GatewayDispatchEvents.InteractionCreate, ({ api, data }) => acts[data.type](api, data));

gateway.connect();
