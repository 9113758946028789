"""The prompts that a person can pick in an agent's program: the usual work with the tools, in steps."""

from typing import Annotated

from mcp.server.mcpserver import MCPServer
from pydantic import Field

WAIT = (
    "Call wait_for_job until the job has ended; while it is running, call it again and submit nothing twice."
)
TROUBLE = (
    "If a tool answers with an error, do what it says. If an account needs the user, tell them what to do in "
    "the words of accounts_health, and stop."
)


def add_prompts(server: MCPServer) -> None:
    """Add the prompts."""
    server.prompt(title="Make a video from an idea")(make_video)
    server.prompt(title="Animate a picture")(animate_picture)
    server.prompt(title="Choose one of four videos and upscale it")(choose_and_upscale)


def make_video(idea: Annotated[str, Field(description="What the video should be about.")]) -> str:
    """Turn an idea into a prompt, make the videos and show them."""
    return (
        f"Make a video of this idea: {idea}\n\n"
        "1. Write one prompt of at most 512 characters, in English: the subject, what it does, the place, "
        "the light, how the camera moves. Choose the style and the aspect ratio that suit the idea.\n"
        "2. Call create_video once.\n"
        f"3. {WAIT}\n"
        "4. If the bot refuses the prompt, reword what it may have minded, tell me what you changed, and try "
        "once more.\n"
        f"5. Show me the links of the videos, the prompt, and the buttons that I can choose.\n\n{TROUBLE}"
    )


def animate_picture(
    picture: Annotated[str, Field(description="Path of a JPEG or PNG, or a data URL.")],
    wish: Annotated[str, Field(description="What should move, and how.")] = "",
) -> str:
    """Make a video from a picture and show it."""
    return (
        f"Animate this picture: {picture}\n"
        f"What should happen: {wish or 'what fits the picture; look at it if you can'}\n\n"
        "1. Call animate once, with a short prompt of what moves, and motion from 1 (calm) to 10 (wild).\n"
        f"2. {WAIT}\n"
        f"3. Show me the link of the video.\n\n{TROUBLE}"
    )


def choose_and_upscale(
    job_id: Annotated[str, Field(description="A completed job with four videos.")],
    wish: Annotated[str, Field(description="What you look for in the videos.")] = "",
) -> str:
    """Compare the videos of a job, choose one and upscale it."""
    return (
        f"Choose one of the videos of job {job_id}, and upscale it.\n"
        f"What I look for: {wish or 'ask me'}\n\n"
        "1. Call show_job, and show me the links of its videos, numbered.\n"
        "2. If you can look at the videos, say which is best and why; otherwise ask me for a number.\n"
        "3. Call press_button once with U and that number, U1 to U4, if the job has that button.\n"
        f"4. {WAIT}\n"
        f"5. Show me the link of the upscaled video.\n\n{TROUBLE}"
    )
