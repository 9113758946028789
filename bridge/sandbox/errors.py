"""Discord's JSON errors (Discord's docs, "Opcodes and Status Codes"; discord-userdoccers, "Errors")."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.sandbox.wire import Json

__all__ = [
    "ALREADY_ACKNOWLEDGED",
    "BOTS_ONLY",
    "EMPTY_MESSAGE",
    "FILE_TOO_LARGE",
    "INVALID_JSON",
    "INVALID_WEBHOOK_TOKEN",
    "METHOD_NOT_ALLOWED",
    "MISSING_ACCESS",
    "MISSING_PERMISSIONS",
    "NOT_FOUND",
    "NOT_YOUR_APPLICATION",
    "NOT_YOUR_MESSAGE",
    "THREAD_ARCHIVED",
    "UNAUTHORIZED",
    "UNKNOWN_APPLICATION",
    "UNKNOWN_CHANNEL",
    "UNKNOWN_COMMAND",
    "UNKNOWN_GUILD",
    "UNKNOWN_INTERACTION",
    "UNKNOWN_MEMBER",
    "UNKNOWN_MESSAGE",
    "UNKNOWN_USER",
    "UNKNOWN_WEBHOOK",
    "VERIFY_ACCOUNT",
    "ApiError",
    "Problem",
    "form_error",
    "form_errors",
]


@dataclass(frozen=True)
class Problem:
    """One row of Discord's list: HTTP status, JSON code and text."""

    status: int
    code: int
    message: str


UNAUTHORIZED = Problem(401, 0, "401: Unauthorized")
NOT_FOUND = Problem(404, 0, "404: Not Found")
METHOD_NOT_ALLOWED = Problem(405, 0, "405: Method Not Allowed")
UNKNOWN_APPLICATION = Problem(404, 10002, "Unknown Application")
UNKNOWN_CHANNEL = Problem(404, 10003, "Unknown Channel")
UNKNOWN_GUILD = Problem(404, 10004, "Unknown Guild")
UNKNOWN_MESSAGE = Problem(404, 10008, "Unknown Message")
UNKNOWN_MEMBER = Problem(404, 10007, "Unknown Member")
UNKNOWN_USER = Problem(404, 10013, "Unknown User")
UNKNOWN_WEBHOOK = Problem(404, 10015, "Unknown Webhook")
UNKNOWN_INTERACTION = Problem(404, 10062, "Unknown interaction")
UNKNOWN_COMMAND = Problem(404, 10063, "Unknown application command")
BOTS_ONLY = Problem(403, 20002, "Only bots can use this endpoint")
NOT_YOUR_APPLICATION = Problem(
    403, 20012, "You are not authorized to perform this action on this application"
)
VERIFY_ACCOUNT = Problem(403, 40002, "You need to verify your account in order to perform this action.")
FILE_TOO_LARGE = Problem(413, 40005, "Request entity too large")
ALREADY_ACKNOWLEDGED = Problem(400, 40060, "Interaction has already been acknowledged.")
MISSING_ACCESS = Problem(403, 50001, "Missing Access")
NOT_YOUR_MESSAGE = Problem(403, 50005, "Cannot edit a message authored by another user")
EMPTY_MESSAGE = Problem(400, 50006, "Cannot send an empty message")
MISSING_PERMISSIONS = Problem(403, 50013, "Missing Permissions")
INVALID_WEBHOOK_TOKEN = Problem(401, 50027, "Invalid Webhook Token")
INVALID_FORM = Problem(400, 50035, "Invalid Form Body")
THREAD_ARCHIVED = Problem(400, 50083, "Thread is archived")
INVALID_JSON = Problem(400, 50109, "The request body contains invalid JSON.")


class ApiError(Exception):
    """A request that Discord refuses."""

    def __init__(
        self, problem: Problem, errors: Json | None = None, headers: Mapping[str, str] | None = None
    ):
        super().__init__(problem.message)
        self.problem = problem
        self.errors = errors
        self.headers = dict(headers or {})
        self.extra: Json = {}

    def body(self) -> Json:
        """Return the JSON body of the answer."""
        nested = {"errors": self.errors} if self.errors is not None else {}
        code = {} if self.problem.status == 429 else {"code": self.problem.code}
        return {"message": self.problem.message, **code, **nested, **self.extra}


def form_error(path: Sequence[str | int], code: str, message: str) -> ApiError:
    """Return code 50035 with the error nested under the path of the field that is wrong."""
    nested: dict[str, Any] = {"_errors": [{"code": code, "message": message}]}
    for step in reversed(path):
        nested = {str(step): nested}
    return ApiError(INVALID_FORM, nested)


def form_errors(errors: Sequence[ApiError]) -> ApiError:
    """Return several refusals of one form as one."""
    merged: Json = {}
    for error in errors:
        _merge(merged, error.errors or {})
    return ApiError(INVALID_FORM, merged)


def _merge(into: Json, more: Json) -> None:
    for key, value in more.items():
        if isinstance(value, dict):
            _merge(into.setdefault(key, {}), value)
        else:
            into[key] = [*into.get(key, []), *value]
