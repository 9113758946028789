"""The buttons under a finished video, and the modal that some of them open."""

from collections.abc import Callable

from bridge.sandbox.components import ACTION_ROW, TEXT_INPUT
from bridge.sandbox.wire import Json

__all__ = [
    "ASKING",
    "EXTEND",
    "PROMPT_FIELD",
    "SETS",
    "STYLE",
    "button_rows",
    "more_rows",
    "prompt_modal",
]

AFTER_FOUR = ("U1", "U2", "U3", "U4", "V1", "V2", "V3", "V4", "ReDo")
AFTER_ONE = ("🔄", "🔀", "⏫", "ReDo")
SETS = {
    "create": AFTER_FOUR,
    "create_single": AFTER_ONE,
    "animate": ("🔄", "⏫", "ReDo"),
    "meme_face": AFTER_ONE,
}
ASKING = frozenset({"V1", "V2", "V3", "V4", "🔀"})
PROMPT_FIELD = "prompt"
EXTEND, STYLE = "Extend", "Style"
STYLES = ("Realistic", "Anime", "3D Animation")
IN_ROW = 4
BUTTON, STRING_SELECT, USER_SELECT = 2, 3, 5
SECONDARY, LINK, PARAGRAPH = 2, 5, 2


def button_rows(labels: tuple[str, ...], custom_id_for: Callable[[str], str]) -> list[Json]:
    """Return action rows of buttons; symbols are emoji without a label."""
    buttons = [_button(label, custom_id_for(label)) for label in labels]
    rows = [buttons[start : start + IN_ROW] for start in range(0, len(buttons), IN_ROW)]
    return [{"type": ACTION_ROW, "components": row} for row in rows]


def more_rows(custom_id_for: Callable[[str], str]) -> list[Json]:
    """Return rows with what the bot has grown since, and with what nobody can press, or none but people."""
    link: Json = {"type": BUTTON, "style": LINK, "label": "Open in the app", "url": "https://example.org/app"}
    over: Json = {**_button("Lip sync", custom_id_for("Lip sync")), "disabled": True}
    menu: Json = {
        "type": STRING_SELECT,
        "custom_id": custom_id_for(STYLE),
        "placeholder": STYLE,
        "options": [{"label": style, "value": style.lower()} for style in STYLES],
    }
    friends: Json = {"type": USER_SELECT, "custom_id": custom_id_for("Share"), "placeholder": "Share with"}
    rows = [[_button(EXTEND, custom_id_for(EXTEND)), over, link], [menu], [friends]]
    return [{"type": ACTION_ROW, "components": row} for row in rows]


def prompt_modal(custom_id: str, prompt: str) -> Json:
    """Return the modal that asks for a prompt, filled with the one so far."""
    field = {
        "type": TEXT_INPUT,
        "custom_id": PROMPT_FIELD,
        "style": PARAGRAPH,
        "label": "Prompt",
        "value": prompt,
        "required": True,
        "min_length": 1,
        "max_length": 512,
    }
    row = {"type": ACTION_ROW, "components": [field]}
    return {"custom_id": custom_id, "title": "Remix Prompt", "components": [row]}


def _button(label: str, custom_id: str) -> Json:
    face: Json = {"label": label} if label.isascii() else {"emoji": {"name": label}}
    return {"type": BUTTON, "style": SECONDARY, "custom_id": custom_id, **face}
