"""The options and arguments of the commands that talk to a bridge."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from bridge.cli.options import once, switch

Url = Annotated[
    str | None,
    once("Address of the bridge (environment BRIDGE_URL); default the profile's", "URL"),
]
Token = Annotated[
    str | None,
    once(
        "API token (environment BRIDGE_TOKEN); default the profile's. Other users of this machine can see it "
        "on the command line: prefer the variable, or login",
        "TOKEN",
    ),
]
Profile = Annotated[str | None, once("Name of the saved login; default 'default'", "NAME")]
Json = Annotated[bool, switch("--json", "Print JSON, and nothing else, to stdout")]

Prompt = Annotated[str, typer.Argument(metavar="PROMPT", help="What to show; - reads it from stdin")]
FreePrompt = Annotated[str | None, once("What to show; - reads it from stdin", "TEXT")]
Style = Annotated[
    Literal["Realistic", "Anime", "3D Animation"],
    typer.Option(help="Style of the video", case_sensitive=False),
]
NegativePrompt = Annotated[str | None, once("What not to show", "TEXT")]
AspectRatio = Annotated[
    Literal["16:9", "9:16", "1:1", "4:3", "3:4"] | None, typer.Option(help="Width to height")
]
Character = Annotated[
    Literal[
        "eula",
        "ganyu",
        "hutao",
        "kamisatoayaka",
        "keqing",
        "klee",
        "nahida",
        "ningguang",
        "raidenshogun",
        "xiangling",
        "yaemiko",
    ]
    | None,
    typer.Option(help="Character, for the style Anime", case_sensitive=False),
]
SeedValue = Annotated[int | None, once("Seed of the video", "NUMBER", least=0, most=2_147_483_647)]
Motion = Annotated[int | None, once("How much moves, 1 to 10", "NUMBER", least=1, most=10)]
HdQuality = Annotated[Literal["Yes", "No"] | None, typer.Option(help="Higher quality", case_sensitive=False)]
Picture = Annotated[Path, typer.Argument(metavar="PICTURE", help="JPEG or PNG")]
Face = Annotated[Path, once("Picture of the face, JPEG or PNG", "FILE")]

DiscordFile = Annotated[
    Path | None, once("File with the Discord token of the account; - reads it from stdin", "FILE")
]
Server = Annotated[str | None, once("Discord server of the account", "ID")]
Channel = Annotated[str | None, once("Channel of the account; default any with a free slot", "ID")]
MaxJobs = Annotated[
    int | None,
    once("Refuse if this many jobs already run in the channel", "NUMBER", least=1, most=10),
]
Priority = Annotated[
    int | None,
    once("Whose turn it is in the queue, 9 is first; without it, 5", "NUMBER", least=0, most=9),
]
Labels = Annotated[str | None, once("Labels that the account must have, separated by commas", "TEXT")]
ReplyUrl = Annotated[str | None, once("Where the callback goes when the job ends", "URL")]
ReplyRef = Annotated[str | None, once("Text of your own in the record", "TEXT")]
Key = Annotated[
    str | None,
    once("The same command with the same key makes no second job; default a new one", "TEXT"),
]

SlotWait = Annotated[float, once("How long to wait for a free slot", "SECONDS", least=0)]

Wait = Annotated[bool, switch("--wait", "Wait until the job has ended")]
Save = Annotated[Path | None, once("Wait, and save the videos in this directory", "DIR")]
Open = Annotated[bool, switch("--open", "Wait, and open the first video")]
Timeout = Annotated[float, once("How long to wait at most", "SECONDS", least=0)]

JobId = Annotated[str, typer.Argument(metavar="JOB", help="Id of the job")]
Label = Annotated[
    str, typer.Argument(metavar="LABEL", help="A button or menu that show JOB lists, such as U1")
]
Value = Annotated[str | None, once("What to choose, if LABEL is a menu", "TEXT")]
ButtonPrompt = Annotated[
    str | None, once("New prompt, for V1, V2, V3, V4 and 🔀; - reads it from stdin", "TEXT")
]

History = Annotated[bool, switch("--history", "Ended jobs too, newest first; the filters below imply it")]
Status = Annotated[
    Literal["created", "started", "progress", "completed", "failed", "moderated", "cancelled"] | None,
    typer.Option(help="Only jobs with this status"),
]
Verb = Annotated[str | None, once("Only jobs of this verb, such as create", "VERB")]
OfChannel = Annotated[str | None, once("Only jobs of this channel", "ID")]
OfReplyRef = Annotated[str | None, once("Only jobs with this replyRef", "TEXT")]
OfPrompt = Annotated[str | None, once("Only jobs whose prompt contains this text", "TEXT")]
Limit = Annotated[int, once("How many at most", "NUMBER", least=1, most=10_000)]
OfJob = Annotated[str | None, once("Only those of this job", "JOB")]
State = Annotated[
    Literal["pending", "delivered", "given_up"] | None, typer.Option(help="Only those in this state")
]

AccountChannel = Annotated[str, typer.Argument(metavar="CHANNEL", help="Channel of the account")]
AccountServer = Annotated[str, once("Discord server of the channel", "ID")]
AccountToken = Annotated[
    Path | None, once("File with the Discord token; - reads it from stdin; default asks for it", "FILE")
]
AccountJobs = Annotated[int, once("Most jobs at a time, 1 to 10", "NUMBER", least=1, most=10)]

ListenPort = Annotated[int, once("Port to listen on, 0 for a free one", "PORT", least=0, most=65535)]
ForwardTo = Annotated[
    str | None, once("Also POST each callback to this URL, and answer what it answers", "URL")
]
