"""The tools that submit a job. None waits for its end: that is `wait_for_job`."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Annotated, Final, Literal

from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult, ToolAnnotations
from pydantic import Field

from bridge.client import Client, Job, ServerError, Unreachable
from bridge.mcp.answers import failure, job_answer, told
from bridge.mcp.pictures import NoPicture, picture_of
from bridge.mcp.records import JobRecord
from bridge.mcp.refusals import refusal, undecided

JobAnswer = Annotated[CallToolResult, JobRecord]
Prompt = Annotated[
    str, Field(description="What to show, in English, at most 512 characters.", max_length=512)
]
FreePrompt = Annotated[str | None, Field(description="What should happen in the video.", max_length=512)]
Style = Annotated[Literal["Realistic", "Anime", "3D Animation"], Field(description="Style of the video.")]
NegativePrompt = Annotated[str | None, Field(description="What not to show.", max_length=512)]
AspectRatio = Annotated[
    Literal["16:9", "9:16", "1:1", "4:3", "3:4"] | None, Field(description="Width to height; default 16:9.")
]
Seed = Annotated[
    int | None, Field(description="The same seed gives a similar video again.", ge=0, le=2_147_483_647)
]
Motion = Annotated[int | None, Field(description="How much moves.", ge=1, le=10)]
Picture = Annotated[
    str,
    Field(
        description="A JPEG or PNG of at most 20 MiB: the whole path of a file on the machine of this MCP "
        "server (not over HTTP), or a data URL, data:image/png;base64,…"
    ),
]
Channel = Annotated[
    str | None, Field(description="Channel of the account to use; leave it out for any with a free slot.")
]
Key = Annotated[
    str | None,
    Field(
        description="Only to repeat a call whose answer was lost: the key that its error names. With it "
        "no second job is made.",
        max_length=255,
    ),
]
SUBMITS: Final = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=True
)


def add_making(server: MCPServer, client: Client, *, reads_files: bool) -> None:
    """Add the tools that submit a job."""
    making = Making(client, reads_files=reads_files)
    server.add_tool(told(making.create_video), title="Make four videos", annotations=SUBMITS)
    server.add_tool(told(making.create_single), title="Make one video", annotations=SUBMITS)
    server.add_tool(told(making.animate), title="Animate a picture", annotations=SUBMITS)
    server.add_tool(told(making.meme_face), title="Make a video with a face", annotations=SUBMITS)
    server.add_tool(told(making.press_button), title="Press a button of a job", annotations=SUBMITS)


class Making:
    """The tools that submit a job, on a client."""

    def __init__(self, client: Client, *, reads_files: bool) -> None:
        self._client = client
        self._reads_files = reads_files

    async def create_video(
        self,
        prompt: Prompt,
        style: Style = "Realistic",
        negative_prompt: NegativePrompt = None,
        aspect_ratio: AspectRatio = None,
        channel: Channel = None,
        idempotency_key: Key = None,
    ) -> JobAnswer:
        """Make four videos from a prompt. Returns the job once the bot has begun; then call wait_for_job."""
        return await self._submitted(
            idempotency_key,
            lambda key: self._client.create(
                prompt,
                style=style,
                negative_prompt=negative_prompt,
                aspect_ratio=aspect_ratio,
                channel=channel,
                idempotency_key=key,
            ),
        )

    async def create_single(
        self,
        prompt: Prompt,
        style: Style = "Realistic",
        negative_prompt: NegativePrompt = None,
        aspect_ratio: AspectRatio = None,
        seed: Seed = None,
        channel: Channel = None,
        idempotency_key: Key = None,
    ) -> JobAnswer:
        """Make one video from a prompt. Returns the job once the bot has begun; then call wait_for_job."""
        return await self._submitted(
            idempotency_key,
            lambda key: self._client.create_single(
                prompt,
                style=style,
                negative_prompt=negative_prompt,
                aspect_ratio=aspect_ratio,
                seed_value=seed,
                channel=channel,
                idempotency_key=key,
            ),
        )

    async def animate(
        self,
        picture: Picture,
        prompt: FreePrompt = None,
        motion: Motion = None,
        seed: Seed = None,
        hd_quality: Annotated[bool, Field(description="Higher quality; takes longer.")] = False,  # noqa: FBT002 - an argument of a tool
        channel: Channel = None,
        idempotency_key: Key = None,
    ) -> JobAnswer:
        """Make a video from a picture. Returns the job once the bot has begun; then call wait_for_job."""
        try:
            image = await picture_of(picture, reads_files=self._reads_files)
        except NoPicture as error:
            return failure(str(error))
        return await self._submitted(
            idempotency_key,
            lambda key: self._client.animate(
                image,
                prompt=prompt,
                motion=motion,
                seed_value=seed,
                hd_quality="Yes" if hd_quality else None,
                channel=channel,
                idempotency_key=key,
            ),
        )

    async def meme_face(
        self,
        face: Picture,
        prompt: Prompt,
        negative_prompt: NegativePrompt = None,
        aspect_ratio: AspectRatio = None,
        seed: Seed = None,
        channel: Channel = None,
        idempotency_key: Key = None,
    ) -> JobAnswer:
        """Make a video in which the face of a picture appears. Use only faces of people who agreed to it.

        Returns the job once the bot has begun; then call wait_for_job.
        """
        try:
            image = await picture_of(face, reads_files=self._reads_files)
        except NoPicture as error:
            return failure(str(error))
        return await self._submitted(
            idempotency_key,
            lambda key: self._client.meme_face(
                image,
                prompt,
                negative_prompt=negative_prompt,
                aspect_ratio=aspect_ratio,
                seed_value=seed,
                channel=channel,
                idempotency_key=key,
            ),
        )

    async def press_button(
        self,
        job_id: Annotated[str, Field(description="A completed job.")],
        button: Annotated[
            str, Field(description="One of the job's buttons, as show_job lists them, or the name of a menu.")
        ],
        value: Annotated[str | None, Field(description="What to choose, if it is a menu.")] = None,
        prompt: Annotated[
            str | None, Field(description="New prompt; for V1, V2, V3, V4 and 🔀 only.", max_length=512)
        ] = None,
        idempotency_key: Key = None,
    ) -> JobAnswer:
        """Press a button of a completed job: U1 to U4 upscale a video, V1 to V4 vary it, 🔀 makes new ones.

        Returns a new job; then call wait_for_job with its id.
        """
        return await self._submitted(
            idempotency_key,
            lambda key: self._client.button(job_id, button, prompt=prompt, value=value, idempotency_key=key),
        )

    async def _submitted(self, key: str | None, submit: Callable[[str], Awaitable[Job]]) -> CallToolResult:
        """Submit with a key that is named if the answer is lost."""
        chosen = key or secrets.token_hex(16)
        try:
            return job_answer(await submit(chosen), self._client.url)
        except (Unreachable, ServerError) as error:
            if not _is_undecided(error):
                raise
            return failure(f"{refusal(error)} {undecided(chosen)}")


def _is_undecided(error: Unreachable | ServerError) -> bool:
    """Tell whether the bridge may have made a job of which the error does not know."""
    return error.was_sent if isinstance(error, Unreachable) else error.is_of_a_proxy
