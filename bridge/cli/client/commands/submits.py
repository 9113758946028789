"""The verbs, a command each."""

from bridge.cli.client import options as given
from bridge.cli.client.outcomes import EXIT_CODES
from bridge.cli.client.target import Given
from bridge.cli.help_pages import Commands

PANEL = "Make videos with a running bridge"
app = Commands()


@app.command(epilog=EXIT_CODES, rich_help_panel=PANEL)
def create(
    prompt: given.Prompt,
    style: given.Style = "Realistic",
    aspect_ratio: given.AspectRatio = None,
    negative_prompt: given.NegativePrompt = None,
    character: given.Character = None,
    channel: given.Channel = None,
    server: given.Server = None,
    max_jobs: given.MaxJobs = None,
    priority: given.Priority = None,
    labels: given.Labels = None,
    reply_url: given.ReplyUrl = None,
    reply_ref: given.ReplyRef = None,
    discord_file: given.DiscordFile = None,
    idempotency_key: given.Key = None,
    wait_for_slot: given.SlotWait = 0,
    wait: given.Wait = False,  # noqa: FBT002 - a switch of the command line
    out: given.Save = None,
    open_it: given.Open = False,  # noqa: FBT002 - a switch of the command line
    timeout: given.Timeout = 1800,
    url: given.Url = None,
    token: given.Token = None,
    profile: given.Profile = None,
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Make four videos from a prompt.

    For example: pixverse-bridge create "a cat on a skateboard" --out videos
    """
    from bridge.cli.client.ending import After
    from bridge.cli.client.submitting import secret_of, submit, text_of

    fields = {
        "prompt": text_of(prompt),
        "style": style,
        "aspect_ratio": aspect_ratio,
        "negative_prompt": negative_prompt,
        "character": character,
        "channel": channel,
        "server": server,
        "max_jobs": max_jobs,
        "priority": priority,
        "labels": labels,
        "reply_url": reply_url,
        "reply_ref": reply_ref,
        "discord": secret_of(discord_file),
        "idempotency_key": idempotency_key,
        "wait_for_slot_s": wait_for_slot,
    }
    submit(Given(url, token, profile, as_json), "create", fields, After(wait, out, open_it, timeout))


@app.command(epilog=EXIT_CODES, rich_help_panel=PANEL)
def create_single(
    prompt: given.Prompt,
    style: given.Style = "Realistic",
    aspect_ratio: given.AspectRatio = None,
    negative_prompt: given.NegativePrompt = None,
    character: given.Character = None,
    seed_value: given.SeedValue = None,
    channel: given.Channel = None,
    server: given.Server = None,
    max_jobs: given.MaxJobs = None,
    priority: given.Priority = None,
    labels: given.Labels = None,
    reply_url: given.ReplyUrl = None,
    reply_ref: given.ReplyRef = None,
    discord_file: given.DiscordFile = None,
    idempotency_key: given.Key = None,
    wait_for_slot: given.SlotWait = 0,
    wait: given.Wait = False,  # noqa: FBT002 - a switch of the command line
    out: given.Save = None,
    open_it: given.Open = False,  # noqa: FBT002 - a switch of the command line
    timeout: given.Timeout = 1800,
    url: given.Url = None,
    token: given.Token = None,
    profile: given.Profile = None,
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Make one video from a prompt."""
    from bridge.cli.client.ending import After
    from bridge.cli.client.submitting import secret_of, submit, text_of

    fields = {
        "prompt": text_of(prompt),
        "style": style,
        "aspect_ratio": aspect_ratio,
        "negative_prompt": negative_prompt,
        "character": character,
        "seed_value": seed_value,
        "channel": channel,
        "server": server,
        "max_jobs": max_jobs,
        "priority": priority,
        "labels": labels,
        "reply_url": reply_url,
        "reply_ref": reply_ref,
        "discord": secret_of(discord_file),
        "idempotency_key": idempotency_key,
        "wait_for_slot_s": wait_for_slot,
    }
    submit(Given(url, token, profile, as_json), "create_single", fields, After(wait, out, open_it, timeout))


@app.command(epilog=EXIT_CODES, rich_help_panel=PANEL)
def animate(
    image: given.Picture,
    prompt: given.FreePrompt = None,
    motion: given.Motion = None,
    seed_value: given.SeedValue = None,
    hd_quality: given.HdQuality = None,
    channel: given.Channel = None,
    server: given.Server = None,
    max_jobs: given.MaxJobs = None,
    priority: given.Priority = None,
    labels: given.Labels = None,
    reply_url: given.ReplyUrl = None,
    reply_ref: given.ReplyRef = None,
    discord_file: given.DiscordFile = None,
    idempotency_key: given.Key = None,
    wait_for_slot: given.SlotWait = 0,
    wait: given.Wait = False,  # noqa: FBT002 - a switch of the command line
    out: given.Save = None,
    open_it: given.Open = False,  # noqa: FBT002 - a switch of the command line
    timeout: given.Timeout = 1800,
    url: given.Url = None,
    token: given.Token = None,
    profile: given.Profile = None,
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Make a video from a picture."""
    from bridge.cli.client.ending import After
    from bridge.cli.client.submitting import picture, secret_of, submit, text_of

    fields = {
        "image": picture(image),
        "prompt": text_of(prompt),
        "motion": motion,
        "seed_value": seed_value,
        "hd_quality": hd_quality,
        "channel": channel,
        "server": server,
        "max_jobs": max_jobs,
        "priority": priority,
        "labels": labels,
        "reply_url": reply_url,
        "reply_ref": reply_ref,
        "discord": secret_of(discord_file),
        "idempotency_key": idempotency_key,
        "wait_for_slot_s": wait_for_slot,
    }
    submit(Given(url, token, profile, as_json), "animate", fields, After(wait, out, open_it, timeout))


@app.command(epilog=EXIT_CODES, rich_help_panel=PANEL)
def meme_face(
    prompt: given.Prompt,
    face: given.Face,
    aspect_ratio: given.AspectRatio = None,
    negative_prompt: given.NegativePrompt = None,
    seed_value: given.SeedValue = None,
    channel: given.Channel = None,
    server: given.Server = None,
    max_jobs: given.MaxJobs = None,
    priority: given.Priority = None,
    labels: given.Labels = None,
    reply_url: given.ReplyUrl = None,
    reply_ref: given.ReplyRef = None,
    discord_file: given.DiscordFile = None,
    idempotency_key: given.Key = None,
    wait_for_slot: given.SlotWait = 0,
    wait: given.Wait = False,  # noqa: FBT002 - a switch of the command line
    out: given.Save = None,
    open_it: given.Open = False,  # noqa: FBT002 - a switch of the command line
    timeout: given.Timeout = 1800,
    url: given.Url = None,
    token: given.Token = None,
    profile: given.Profile = None,
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Make a video with a face.

    For example: pixverse-bridge meme-face "a knight" --face me.jpg --out videos
    """
    from bridge.cli.client.ending import After
    from bridge.cli.client.submitting import picture, secret_of, submit, text_of

    fields = {
        "face": picture(face),
        "prompt": text_of(prompt),
        "aspect_ratio": aspect_ratio,
        "negative_prompt": negative_prompt,
        "seed_value": seed_value,
        "channel": channel,
        "server": server,
        "max_jobs": max_jobs,
        "priority": priority,
        "labels": labels,
        "reply_url": reply_url,
        "reply_ref": reply_ref,
        "discord": secret_of(discord_file),
        "idempotency_key": idempotency_key,
        "wait_for_slot_s": wait_for_slot,
    }
    submit(Given(url, token, profile, as_json), "meme_face", fields, After(wait, out, open_it, timeout))


@app.command(epilog=EXIT_CODES, rich_help_panel=PANEL)
def button(
    job: given.JobId,
    label: given.Label,
    value: given.Value = None,
    prompt: given.ButtonPrompt = None,
    max_jobs: given.MaxJobs = None,
    priority: given.Priority = None,
    labels: given.Labels = None,
    reply_url: given.ReplyUrl = None,
    reply_ref: given.ReplyRef = None,
    discord_file: given.DiscordFile = None,
    idempotency_key: given.Key = None,
    wait_for_slot: given.SlotWait = 0,
    wait: given.Wait = False,  # noqa: FBT002 - a switch of the command line
    out: given.Save = None,
    open_it: given.Open = False,  # noqa: FBT002 - a switch of the command line
    timeout: given.Timeout = 1800,
    url: given.Url = None,
    token: given.Token = None,
    profile: given.Profile = None,
    as_json: given.Json = False,  # noqa: FBT002 - a switch of the command line
) -> None:
    """Press a button under the videos of a completed job, or choose in a menu: this makes a new job."""
    from bridge.cli.client.ending import After
    from bridge.cli.client.submitting import secret_of, submit, text_of

    fields = {
        "job": job,
        "label": label,
        "value": value,
        "prompt": text_of(prompt),
        "max_jobs": max_jobs,
        "priority": priority,
        "labels": labels,
        "reply_url": reply_url,
        "reply_ref": reply_ref,
        "discord": secret_of(discord_file),
        "idempotency_key": idempotency_key,
        "wait_for_slot_s": wait_for_slot,
    }
    submit(Given(url, token, profile, as_json), "button", fields, After(wait, out, open_it, timeout))
