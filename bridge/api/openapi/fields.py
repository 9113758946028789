"""What every field is, with an example that works: added to the schemas of requests and answers.

A field is looked up as `Schema.field` first, then by its name alone. The first example of an optional field
that names an account, or a receiver of callbacks, is empty, which means "not given": the documentation page
fills its forms with the first examples, and a form must succeed as it stands.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bridge.api.contract.requests import Checked
from bridge.api.openapi.model import CHANNEL, JOB

_SERVER: Final = "1140860020586713128"
_MESSAGE: Final = "1198551234567890123"
_INSTANT: Final = "2026-11-28T21:04:05.678Z"
_VIDEO: Final = f"https://cdn.discordapp.com/attachments/{CHANNEL}/{_MESSAGE}/cat.mp4?ex=67&is=66&hm=ab"
_STARTED: Final = "We are making videos. We will notify you when it's done."
_GIVEN_UP: Final = "The connection was refused"


@dataclass(frozen=True, slots=True)
class Field:
    """A sentence about a field, and its examples."""

    about: str
    examples: tuple[Any, ...] = ()


REQUESTS: Final[Mapping[str, Field]] = {
    "prompt": Field("What the video shows", ("a cat on a skateboard",)),
    "ButtonForm.prompt": Field(
        "The new prompt, for the buttons that take one", ("", "a dog on a skateboard")
    ),
    "AnimateForm.prompt": Field("How the picture moves", ("the cat jumps",)),
    "SearchForm.prompt": Field("A part of the prompt", ("cat",)),
    "negative_prompt": Field("What the video must not show", ("blurry, text",)),
    "style": Field("The style of the video", ("Realistic",)),
    "aspect_ratio": Field("Width and height of the video; the bot chooses without", ("16:9",)),
    "character": Field("A character, used with the style Anime only", ("klee",)),
    "seed_value": Field("The same seed gives a similar video", (42,)),
    "motion": Field("How much moves; the bot takes 5 without", (5,)),
    "hd_quality": Field("Whether the video is in high quality", ("No", "Yes")),
    "image": Field("The picture to animate, a JPEG or PNG file"),
    "face": Field("The picture with the face, a JPEG or PNG file"),
    "jobid": Field("The job", (JOB,)),
    "ButtonForm.jobid": Field("The completed job whose button is pressed", (JOB,)),
    "button": Field(
        "One of the job's `buttons` or `otherButtons`, or the name of one of its `selects`", ("U1", "V1")
    ),
    "ButtonForm.value": Field("What is chosen, if `button` is the name of a menu", ("", "Anime")),
    "discord": Field(
        "The Discord token of the account; empty for the one that is configured",
        ("", "MTE5ODU0.GQ1x2y.a1b2c3"),
    ),
    "server": Field("The Discord server of the account; empty with a configured one", ("", _SERVER)),
    "channel": Field("The channel of the account; empty for any configured one", ("", CHANNEL)),
    "maxJobs": Field("How many jobs may run in the channel at a time; without, the account's limit", (10,)),
    "replyUrl": Field(
        "Where the record is POSTed when the job has ended; empty for your settings' one",
        ("", "https://example.com/pixverse"),
    ),
    "replyRef": Field("Your own reference, returned with the job and in callbacks", ("order-1042",)),
    "priority": Field("In the queue, jobs of the highest priority come first; without, it is 5", (5,)),
    "labels": Field("Labels that the account must have, separated by commas", ("", "studio")),
    "AccountForm.labels": Field("What requests choose it by, separated by commas; `off`: none", ("studio",)),
    "maxPerDay": Field("How many jobs it takes a day; 0: any number", (50,)),
    "quietHours": Field(
        "When it is left alone, with a time zone; `off`: never", ("22:00-07:00 Europe/Berlin",)
    ),
    "pace_s": Field("The least seconds between two commands; 0: as set for all", (30,)),
    "weight": Field("How often it is chosen, compared with others", (1,)),
    "AccountForm.discord": Field("The account's Discord token", ("MTE5ODU0.GQ1x2y.a1b2c3",)),
    "AccountForm.server": Field("The Discord server with the channel", (_SERVER,)),
    "AccountForm.channel": Field("The private channel or thread of the account and the bot", (CHANNEL,)),
    "AccountForm.maxJobs": Field("How many jobs may run at a time", (3,)),
    "paused": Field("Whether the account takes no new jobs", (False, True)),
    "name": Field("Your name, for yourself", ("studio",)),
    "SettingsForm.replyUrl": Field(
        "Where callbacks of jobs without a `replyUrl` go; empty for nowhere",
        ("", "https://example.com/pixverse"),
    ),
    "CallbackTestForm.replyUrl": Field("Where the test is sent", ("https://example.com/pixverse",)),
}
ANSWERS: Final[Mapping[str, Field]] = {
    "VerbView.about": Field("What it does, in a line", ("Make four videos from a prompt",)),
    "FieldView.about": Field("What it is, in a line", ("What happens",)),
    "accounts": Field("A row for each account"),
    "appliesTo": Field("With which values of another field it applies; else it is ignored"),
    "choices": Field("The values that it can have", (["Realistic", "Anime", "3D Animation"],)),
    "command": Field("The bot's command", ("create",)),
    "fields": Field("What it takes, besides the place and the options of every submit"),
    "VerbView.files": Field("How many files a result has", (4,)),
    "VerbView.buttons": Field("The buttons that only its results have", (["Extend"],)),
    "VerbView.path": Field("The end of its URL", ("create",)),
    "formats": Field("The endings of the files that it takes", (["jpg", "png"],)),
    "max": Field("The greatest number, or the length of the longest text", (512,)),
    "min": Field("The least number, or the length of the shortest text", (0,)),
    "AppliesView.name": Field("The other field", ("style",)),
    "AppliesView.values": Field("Its values", (["Anime"],)),
    "FieldView.name": Field("The name of the field", ("prompt",)),
    "FieldView.required": Field("Whether it has to be given", (True,)),
    "FieldView.type": Field("What it holds", ("string",)),
    "verbs": Field("The verbs, the built-in ones first"),
    "VerbView.verb": Field("Its name in records", ("pixverse-create",)),
    "answered": Field("When Discord or the bot answered, or null", (_INSTANT,)),
    "aspect_ratio": Field("As it was asked for", ("16:9",)),
    "at": Field("When that was", (_INSTANT,)),
    "attachments": Field("The files of the bot's message"),
    "attempts": Field("The attempts, oldest first"),
    "button": Field("The button that was pressed", ("U1",)),
    "buttons": Field("The buttons that can be pressed", (["U1", "U2", "V1", "V2", "🔄"],)),
    "otherButtons": Field("Further buttons of the bot, by their labels", (["Extend"],)),
    "selects": Field("Menus of the bot from which one text can be chosen"),
    "SelectView.name": Field("What stands in the menu until something is chosen", ("Style",)),
    "options": Field("What can be chosen", (["Realistic", "Anime"],)),
    "value": Field("What was chosen in the menu", ("Anime",)),
    "NoticeView.value": Field("As the bot has said it", ("120",)),
    "notices": Field("What the bot has told of credits and limits, by what it is about"),
    "callbacks": Field("The callbacks"),
    "callbacksGivenUp": Field("Callbacks that were given up"),
    "cancelled": Field("How many were cancelled", (0,)),
    "channel": Field("The Discord channel", (CHANNEL,)),
    "character": Field("As it was asked for", ("klee",)),
    "about": Field("What was looked at: token, server, or a verb", ("create",)),
    "children": Field("The jobs that buttons of this one have made"),
    "code": Field("The HTTP status", (200,)),
    "ErrorBody.code": Field("The HTTP status", (400,)),
    "FindingBody.code": Field("What was found, for programs", ("option_renamed",)),
    "completed": Field("How many were completed", (12,)),
    "condition": Field("Whether the account can be used", ("connected",)),
    "content": Field("The bot's text; an ended job has one, maybe an empty one", (_STARTED,)),
    "content_type": Field("The type of the file", ("video/mp4",)),
    "count": Field("How many there are", (1,)),
    "created": Field("When the job was accepted", (_INSTANT,)),
    "OpenCounts.created": Field("How many wait for the bot's first answer", (1,)),
    "delivered": Field("Whether the receiver took it", (True,)),
    "description": Field("The text of the embed", ("A cat on a skateboard",)),
    "details": Field("More about the reason", ("the account is asked to wait",)),
    "discord": Field("The Discord token, masked", ("MTE…secured…2c3",)),
    "duration_ms": Field("How long it took, in milliseconds", (42,)),
    "embeds": Field("The embeds of the bot's message"),
    "error": Field("What went wrong: the bot's text, or the bridge's", ("Job has expired",)),
    "ErrorBody.error": Field("What is wrong, in the contract's words", ("style is missing or empty",)),
    "AttemptBody.error": Field("Why there was no answer, or null", (_GIVEN_UP,)),
    "CallbackTestBody.error": Field("Why there was no answer, or null", (_GIVEN_UP,)),
    "errorDetails": Field(
        "The field and its limit, the reason, or Discord's body", ("the token was refused",)
    ),
    "events": Field("The changes, oldest first"),
    "executingJobs": Field("The jobs that use the slots", ([JOB],)),
    "expires": Field("When the token expires, or null", (_INSTANT,)),
    "explanation": Field("What that means, in a sentence", ("The receiver answered 204: it works.",)),
    "face": Field("The uploaded picture"),
    "failed": Field("How many failed", (1,)),
    "findings": Field("What was looked at, in this order"),
    "found": Field("What was found, in words", ("/create seems to be called /imagine now",)),
    "filename": Field("The name of the file", ("cat.mp4",)),
    "files": Field("Whether the message had files", (True,)),
    "hd_quality": Field("As it was asked for", ("No",)),
    "height": Field("In pixels", (576,)),
    "hour": Field("The beginning of the hour", ("2026-11-28T21:00:00.000Z",)),
    "hours": Field("A row for each hour, the current one last"),
    "id": Field("Discord's id of the file", (_MESSAGE,)),
    "CallbackBody.id": Field("The `webhook-id` of all its attempts", ("msg_2ab4c6",)),
    "CallbackTestBody.id": Field("The `webhook-id` that was sent", ("msg_2ab4c6",)),
    "EventBody.id": Field("The position in the log", (1042,)),
    "TimelineEvent.id": Field("The position in the log", (1042,)),
    "image": Field("The picture"),
    "interactionId": Field("Discord's id of the interaction, or null", (_MESSAGE,)),
    "interactions": Field("What was sent to Discord"),
    "job": Field("The record as it was then"),
    "jobid": Field("The id of the job", (JOB,)),
    "jobs": Field("The records, newest first"),
    "kind": Field("What was sent", ("command",)),
    "level": Field("How bad it is", ("error",)),
    "lastDay": Field("The jobs that ended within the last 24 hours"),
    "labels": Field("What requests choose it by", ("studio",)),
    "maxPerDay": Field("How many jobs it takes a day", (50,)),
    "usedToday": Field("How many of them it has had", (12,)),
    "quietHours": Field("When it is left alone", ("22:00-07:00 Europe/Berlin",)),
    "pace_s": Field("The least seconds between two of its commands", (30,)),
    "weight": Field("How often it is chosen, compared with others", (2,)),
    "opens": Field("When it takes jobs again", (_INSTANT,)),
    "guardRails": Field("Its guard rails, and what is used of them"),
    "late": Field("True if the result came after the job had been given up", (True,)),
    "machine": Field("The process that runs the account"),
    "maxJobs": Field("How many jobs may run at a time", (3,)),
    "messageId": Field("Discord's id of the bot's newest message", (_MESSAGE,)),
    "messages": Field("The messages of the job"),
    "mirror": Field("The media mirror"),
    "mirror_url": Field("Where the bridge keeps the file", ("https://bridge.example/media/cat.mp4",)),
    "moderated": Field("How many the bot's moderator refused", (0,)),
    "motion": Field("As it was asked for", (5,)),
    "name": Field("Your name, for yourself", ("studio",)),
    "MachineView.name": Field("The name of the process", ("bridge-1:4711",)),
    "negative_prompt": Field("As it was asked for", ("blurry, text",)),
    "newest": Field("The newest of them"),
    "next": Field("The cursor of the next page, or null", (None, "01a2242e")),
    "EventsBody.next": Field("The position to go on from", (1042,)),
    "next_at": Field("When the next attempt is made, or null", (None, _INSTANT)),
    "open": Field("The running jobs"),
    "outcome": Field("What came of it", ("taken",)),
    "DoctorBody.outcome": Field("Whether everything works", ("warnings",)),
    "parentJobId": Field("The job whose button was pressed", (JOB,)),
    "paused": Field("Whether the account takes no new jobs", (False,)),
    "position": Field("Its place in the queue, 1 for the first", (3,)),
    "ResetNotice.position": Field("The newest position of the log", (1042,)),
    "progress": Field("How many are being made", (2,)),
    "prompt": Field("As it was asked for", ("a cat on a skateboard",)),
    "proxy_url": Field("The file by Discord's proxy", (_VIDEO,)),
    "ran": Field("False if it is certain that nothing ran", (True,)),
    "reason": Field("Why, in a sentence, or null", (None, "Discord refused the token (401)")),
    "WaitView.reason": Field("What the job waits for", ("pace",)),
    "receiver": Field("The host of the receiver", ("example.com",)),
    "redelivered": Field("How many will be sent again", (1,)),
    "remedy": Field("What to do about it, or null", (None, "POST the account with a new token")),
    "rows": Field(
        "What goes under `bot:`, empty for nothing", ({"commands": {"create": {"name": "imagine"}}},)
    ),
    "FindingBody.remedy": Field("What to do about it", ("Give the field with each request.",)),
    "replyRef": Field("Your own reference", ("order-1042",)),
    "replyUrl": Field("Where callbacks go", ("https://example.com/pixverse",)),
    "reset": Field("True if the position given is no longer kept", (True,)),
    "rule": Field("By what the message was matched", ("nonce",)),
    "running": Field("How many jobs it has", (1,)),
    "scopes": Field("What the token may do", (["jobs:read", "jobs:write"],)),
    "secret": Field(
        "The secret, as Standard Webhooks writes it", ("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",)
    ),
    "seed_value": Field("As it was asked for", (42,)),
    "sent": Field("When it was sent", (_INSTANT,)),
    "server": Field("The Discord server", (_SERVER,)),
    "since": Field("Since when that is so", (_INSTANT,)),
    "size": Field("In bytes", (7_204_115,)),
    "started": Field("How many the bot has begun", (1,)),
    "state": Field("`pending`, `delivered` or `given_up`", ("delivered",)),
    "status": Field("The state of the job", ("completed",)),
    "AttemptBody.status": Field("The receiver's HTTP status, or null", (204,)),
    "CallbackTestBody.status": Field("The receiver's HTTP status, or null", (204,)),
    "ErrorBody.status": Field("The state of the job that the request made", ("failed",)),
    "style": Field("As it was asked for", ("Realistic",)),
    "tenant": Field("To whom the token belongs", ("default",)),
    "test": Field("True in a test callback only", (True,)),
    "timestamp": Field("Discord's timestamp of that message", ("2026-11-28T21:04:05.678000+00:00",)),
    "type": Field("The kind of the embed", ("rich",)),
    "UploadView.type": Field("The type that was found in its bytes", ("image/png",)),
    "unmatched": Field("Videos of the bot that no job got"),
    "until": Field("The latest end of the wait", (_INSTANT,)),
    "updated": Field("When the record changed", (_INSTANT,)),
    "url": Field("Where the file is; the link works for a day", (_VIDEO,)),
    "CallbackBody.url": Field("Where it is sent", ("https://example.com/pixverse",)),
    "verb": Field("What was asked for", ("pixverse-create",)),
    "waiting": Field("How many videos wait to be downloaded", (0,)),
    "waitingFor": Field("What an unsent job waits for"),
    "waitP50": Field("The median, in seconds", (1.5,)),
    "waitP95": Field("The 95th percentile, in seconds", (4.0,)),
    "why": Field("Why no job got it", ("no job waits for it",)),
    "width": Field("In pixels", (1024,)),
    "works": Field("Whether videos can be kept", (True,)),
}


def example_of(form: type[Checked], own: Mapping[str, Field]) -> dict[str, Any]:
    """Return the fields of a form that are needed, without files; the first one if none is."""
    needed = [name for name, field in form.model_fields.items() if field.is_required()]
    names = needed or list(form.model_fields)[:1]
    found = {name: _field({**REQUESTS, **own}, form.__name__, name).examples for name in names}
    return {name: examples[0] for name, examples in found.items() if examples}


def described(name: str, schema: Mapping[str, Any], own: Mapping[str, Field]) -> dict[str, Any]:
    """Return the schema of a component with what its fields are and their examples.

    `own` are the sentences about fields of the configuration.
    """
    table = {**(REQUESTS if name.endswith("Form") else ANSWERS), **own}
    fields = {
        field: _described(table, name, field, its) for field, its in schema.get("properties", {}).items()
    }
    return {**schema, "properties": fields} if fields else dict(schema)


def _described(
    table: Mapping[str, Field], name: str, field: str, schema: Mapping[str, Any]
) -> dict[str, Any]:
    found = _field(table, name, field)
    examples = {"examples": list(found.examples)} if found.examples else {}
    return {**schema, "description": found.about, **examples}


def _field(table: Mapping[str, Field], name: str, field: str) -> Field:
    return table.get(f"{name}.{field}") or table[field]
