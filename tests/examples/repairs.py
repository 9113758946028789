"""What the pages lost when they were stored, put back: a rule for each kind of loss, and nothing else."""

import re
from collections.abc import Callable
from typing import Final

ACCOUNT_URL: Final = "https://api.useapi.net/v1/pixverse/account/"
CLOSING: Final = {"{": "}", "(": ")", "[": "]"}


def break_curl_after_a_backslash(code: str) -> str:
    r"""Turn `\ -H` back into a backslash at the end of a line: a space behind it would be an argument."""
    return re.sub(r"\\ (?=-)", "\\\\\n", code)


def break_python_before_a_statement(code: str) -> str:
    """Begin a new line before each assignment and `print` that follows another statement."""
    return re.sub(r"(?<=\S) (?=\w+ = |print\()", "\n", code) if code.startswith("import ") else code


def give_back_the_address(code: str) -> str:
    """Put the address of the account resource before the channel, where it was taken for mark-up."""
    code = code.replace("-X POST<channel>", f"-X POST {ACCOUNT_URL}<channel>")
    return re.sub(r"(apiUrl = (?:`|f\"))(?=\$?\{channel\})", rf"\1{ACCOUNT_URL}", code)


def give_back_the_call(code: str) -> str:
    """Put back `requests.post(apiUrl`, which was taken for mark-up."""
    return code.replace("response =, ", "response = requests.post(apiUrl, ")


def close_what_is_open(code: str) -> str:
    """Put back lines that held only closing brackets: a line at the margin begins a statement."""
    lines: list[str] = []
    opened: list[str] = []
    for line in code.splitlines():
        if opened and line[:1].strip() and line[0] not in "})]":
            lines.append("".join(CLOSING[opened.pop()] for _ in range(len(opened))))
        follow_brackets(line, opened)
        lines.append(line)
    return "\n".join(lines) + "\n"


def follow_brackets(line: str, opened: list[str]) -> None:
    """Note the brackets that a line opens and those that it closes."""
    for character in line:
        if character in CLOSING:
            opened.append(character)
        elif opened and character in CLOSING.values():
            opened.pop()


REPAIRS: Final[tuple[Callable[[str], str], ...]] = (
    break_curl_after_a_backslash,
    break_python_before_a_statement,
    give_back_the_address,
    give_back_the_call,
    close_what_is_open,
)


def repaired(code: str) -> str:
    """Return an example as it was before it was stored."""
    for repair in REPAIRS:
        code = repair(code)
    return code
