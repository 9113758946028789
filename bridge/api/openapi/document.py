"""The API as an OpenAPI 3.1 document, generated from the table of routes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from bridge.api.contract.idempotency import HEADER, MOST
from bridge.api.contract.preferences import HEADER as PREFER
from bridge.api.contract.requests import Checked
from bridge.api.contract.responses import AccountNotice, ResetNotice
from bridge.api.contract.views import JobRecord
from bridge.api.http.answers import ErrorBody, Refusal
from bridge.api.http.guard import forbidden
from bridge.api.http.request_body import JSON
from bridge.api.openapi.examples import EVERYWHERE, body_refusals
from bridge.api.openapi.fields import Field, described, example_of
from bridge.api.openapi.model import PATH, TEXT, Operation, Parameter
from bridge.api.openapi.operations import HEALTH
from bridge.api.openapi.own_fields import RECORD, own_fields, with_own_fields
from bridge.api.openapi.route import Route
from bridge.api.openapi.schemas import Schemas
from bridge.verbs.formats import MIME

_ABOUT: Final = """\
The API of useapi.net's PixVerse API v1, self-hosted. Every call needs `Authorization: Bearer <token>`,
with a token that has the scope in the operation's `security`.

- Errors are JSON with `error`, `code` (the HTTP status) and sometimes `errorDetails`.
- An empty string, `null` and `undefined` mean that a field is not given. Numbers may be sent as text.
  Unknown fields are ignored.
- Every answer has an `X-Request-ID`: that of the request, or one that was made for it.
- The service's 402 is never sent: nothing here is paid for.
- Lengths count UTF-16 units. HEAD answers as GET without a body, and cancels nothing.
"""
_HEADERS: Final[Mapping[str, Any]] = {
    "Retry-After": {"description": "Seconds to wait", "required": True, "schema": {"type": "string"}},
    "Cache-Control": {"description": "`no-store`: it holds a token", "required": True, "schema": TEXT},
    "Accept-Encoding": {"description": "`identity`: bodies are uncompressed", "schema": TEXT},
    "WWW-Authenticate": {
        "description": "`Bearer`; with `error` and `error_description` if a token was given",
        "required": True,
        "schema": TEXT,
    },
    "RateLimit-Policy": {
        "description": "The quota, as in draft-ietf-httpapi-ratelimit-headers-10",
        "schema": TEXT,
    },
    "RateLimit": {"description": "What is left of the quota, as in the same draft", "schema": TEXT},
    "Preference-Applied": {"description": "`respond-async`: the answer did not wait", "schema": TEXT},
    "Idempotent-Replayed": {"description": "`true`: the first answer, repeated", "schema": TEXT},
}
_MEANINGS: Final[Mapping[int, str]] = {
    400: "The request is invalid",
    401: "The token is missing, unknown, expired or revoked; `WWW-Authenticate` says which",
    403: "The token lacks the scope in `errorDetails`",
    404: "Not found",
    408: "Request body timed out",
    409: "Conflict",
    410: "Expired",
    413: "The body is too large",
    415: "Unsupported content type",
    421: "Another host",
    422: "Refused",
    429: "Too many requests: wait, then retry",
    500: "Internal error",
    502: "Discord rejected it",
    503: "Temporarily unavailable: wait, then retry",
}
_BEARER: Final[Mapping[str, str]] = {
    "type": "http",
    "scheme": "bearer",
    "description": "Made by `pixverse-bridge token create`. The names in an operation's `security` are the "
    "scopes it needs.",
}
_KEY: Final = Parameter(
    HEADER,
    f"For a day, a repeated key returns the first answer: 1…{MOST} printable ASCII characters, may be quoted",
    example="order-1042",
    place="header",
)
_PREFER: Final = Parameter(
    PREFER,
    "`respond-async`: answer without waiting for the bot; without a free slot, the job waits in the queue",
    example="respond-async",
    place="header",
)
_SIGNED: Final = (
    Parameter(
        "webhook-id", "The same for every attempt", example="msg_2ab4c6", place="header", is_required=True
    ),
    Parameter(
        "webhook-timestamp",
        "The second of the attempt",
        example="1795899845",
        place="header",
        is_required=True,
    ),
    Parameter(
        "webhook-signature",
        "As Standard Webhooks describes it; several, separated by spaces, while a secret is being replaced",
        example="v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        place="header",
        is_required=True,
    ),
)


def document(routes: Sequence[Route], version: str, picture_bytes: int) -> dict[str, Any]:
    """Return the document; `version` is the program's, and a picture may have `picture_bytes`."""
    schemas, verbs = _schemas(routes), [route.about.verb for route in routes if route.about.verb]
    own = own_fields(verbs)
    components = {**schemas.components, RECORD: with_own_fields(schemas.components[RECORD], verbs)}
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas, own)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "PixVerse bridge",
            "version": version,
            "description": _ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "./"}],
        "security": [{"bearer": []}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.about.tag for route in routes)],
        "paths": paths,
        "webhooks": {"accountChanged": {"post": _alert(schemas)}},
        "components": {
            "schemas": {
                name: described(name, _limited(schema, picture_bytes), own)
                for name, schema in components.items()
            },
            "securitySchemes": {"bearer": dict(_BEARER)},
            "headers": dict(_HEADERS),
        },
    }


def _limited(schema: Mapping[str, Any], picture_bytes: int) -> dict[str, Any]:
    """Return a schema with the limit of its pictures: `maxLength` counts their bytes."""
    fields = {
        name: {**field, "maxLength": picture_bytes} if field.get("format") == "binary" else field
        for name, field in schema.get("properties", {}).items()
    }
    return {**schema, "properties": fields} if fields else dict(schema)


def _schemas(routes: Sequence[Route]) -> Schemas:
    forms = [route.about.form for route in routes if route.about.form is not None]
    answers = [kind for route in routes for kind in route.about.success.contents.values()]
    return Schemas(list(dict.fromkeys(forms)), [*answers, JobRecord, AccountNotice, ResetNotice, ErrorBody])


def _operation(route: Route, schemas: Schemas, own: Mapping[str, Field]) -> dict[str, Any]:
    about = route.about
    found: dict[str, Any] = {
        "operationId": about.name,
        "tags": [about.tag],
        "summary": about.summary,
        "security": [{"bearer": [] if about.scope is None else [str(about.scope)]}],
        **({"description": about.about} if about.about else {}),
        "parameters": list(_parameters(route)),
        "responses": _responses(about, schemas),
    }
    if about.form is not None:
        schema = schemas.of(about.form)
        content = {kind: _body(about.form, kind, schema, own) for kind in about.types}
        found["requestBody"] = {"required": _is_needed(about), "content": content}
    if about.is_submit:
        found["callbacks"] = {"ended": {"{$request.body#/replyUrl}": {"post": _callback(schemas)}}}
    return found


def _body(form: type[Checked], kind: str, schema: Any, own: Mapping[str, Field]) -> dict[str, Any]:
    """Describe a body; a form's example is that of its fields, because a file cannot be written here."""
    return {"schema": schema, **({"example": example_of(form, own)} if kind == JSON else _encoding(form))}


def _encoding(form: type[Checked]) -> dict[str, Any]:
    """Describe which files a form takes; the other fields are plain text."""
    types = {name: ", ".join(MIME[ending] for ending in endings) for name, endings in form.FILES.items()}
    return {"encoding": {name: {"contentType": kinds} for name, kinds in types.items()}} if types else {}


def _is_needed(about: Operation) -> bool:
    return about.form is not None and any(field.is_required() for field in about.form.model_fields.values())


def _parameters(route: Route) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"\{(\w+)\}", route.path):
        yield _parameter(PATH[name])
    for parameter in (*route.about.parameters, *((_KEY, _PREFER) if route.about.is_submit else ())):
        yield _parameter(parameter)


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "description": parameter.about,
        "required": parameter.is_required,
        "schema": {**parameter.schema, "examples": [parameter.example]},
    }


def _responses(about: Operation, schemas: Schemas) -> dict[str, Any]:
    success = about.success
    contents = {kind: {"schema": schemas.of(model)} for kind, model in success.contents.items()}
    first: dict[str, Any] = {"description": success.about}
    if success.headers:
        first["headers"] = _headers(success.headers)
    if contents:
        first["content"] = contents
    return {str(success.status): first, **_errors(about, schemas)}


def _errors(about: Operation, schemas: Schemas) -> dict[str, Any]:
    bodies = body_refusals(about.types) if about.form is not None else ()
    scopes = () if about.scope is None else (forbidden(about.scope),)
    refusals = (*about.refusals, *bodies, *EVERYWHERE, *scopes)
    by_status = groupby(sorted(refusals, key=_status), key=_status)
    return {str(status): _error(status, list(found), schemas) for status, found in by_status}


def _status(refusal: Refusal) -> int:
    return refusal.status


def _error(status: int, refusals: Sequence[Refusal], schemas: Schemas) -> dict[str, Any]:
    examples = {_slug(refusal): {"summary": refusal.error, "value": refusal.body()} for refusal in refusals}
    names = tuple(dict.fromkeys(name for refusal in refusals for name in refusal.headers))
    content = {JSON: {"schema": schemas.of(ErrorBody), "examples": examples}}
    found = {"description": _MEANINGS[status], "content": content}
    return {**found, "headers": _headers(names)} if names else found


def _headers(names: Sequence[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _slug(refusal: Refusal) -> str:
    """Return the name of an example; refusals with the same text and details share one."""
    return re.sub(r"\W+", "-", f"{refusal.error} {refusal.details or ''}").strip("-")[:80]


def _callback(schemas: Schemas) -> dict[str, Any]:
    return {
        "summary": "The job has ended",
        "description": "Sent when a job ends, at least once; retried on failure.",
        **_posted(schemas.of(JobRecord)),
    }


def _alert(schemas: Schemas) -> dict[str, Any]:
    return {
        "operationId": "accountChanged",
        "tags": [HEALTH.tag],
        "summary": "An account's condition changed",
        "description": (
            "Sent to the operator's `alerts.url`: at once when a person has to act, after 30 seconds when "
            "the account may recover by itself, at most once a minute per account. A failure is retried "
            "four times; recovered accounts are not reported."
        ),
        **_posted(schemas.of(AccountNotice)),
    }


def _posted(schema: Any) -> dict[str, Any]:
    """Describe the signed requests that the bridge sends."""
    return {
        "security": [],
        "parameters": [_parameter(parameter) for parameter in _SIGNED],
        "requestBody": {"required": True, "content": {JSON: {"schema": schema}}},
        "responses": {"2XX": {"description": "Acknowledged"}},
    }
