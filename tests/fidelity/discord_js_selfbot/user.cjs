// A user who orders videos with discord.js-selfbot-v13.

const { once } = require("node:events");
const { Client } = require("discord.js-selfbot-v13");

const stage = JSON.parse(process.env.STAGE);
const tell = (step, seen = {}) => console.log(JSON.stringify({ step, ...seen }));

const client = new Client({ http: { api: stage.api_url, cdn: stage.cdn_url, agent: stage.proxy } });

async function finished(step) {
  for (;;) {
    const [, message] = await once(client, "messageUpdate");
    if (message.attachments.size === 0) continue;
    const buttons = message.components.flatMap((row) => row.components);
    tell(step, {
      id: message.id,
      content: message.content,
      files: message.attachments.map((each) => each.name),
      faces: buttons.map((each) => each.label ?? each.emoji.name),
    });
    return message;
  }
}

async function order(thread) {
  const finishing = finished("done");
  const first = await thread.sendSlash(stage.application_id, "create", "a cat", "Anime");
  tell("created", { nonce: first.nonce, successful: true });
  tell("first", { id: first.id, nonce: first.nonce, content: first.content });
  return finishing;
}

function customId(message, label) {
  return message.components.flatMap((row) => row.components).find((each) => each.label === label).customId;
}

async function press(done) {
  const remade = finished("remade");
  await done.clickButton(customId(done, "U1"));
  await remade;
  const modal = await done.clickButton(customId(done, "V1"));
  tell("modal", { title: modal.title, custom_id: modal.customId });
  modal.components[0].components[0].setValue("a dog");
  const remixed = finished("remixed");
  await modal.reply();
  await remixed;
}

client.once("ready", async () => {
  tell("ready", { user: client.user.id });
  const thread = client.guilds.cache.get(stage.guild_id).channels.cache.get(stage.channel_id);
  tell("thread", { id: thread.id, members: thread.memberCount });
  const index = await thread.searchInteraction();
  tell("index", { commands: index.application_commands.map((each) => each.name).sort() });
  await press(await order(thread));
});

client.login(stage.accounts[0].token);
