"""A client of the bridge for Python programs: `Client` for asyncio, `SyncClient` for everything else.

It needs aiohttp and nothing of the server.
"""

from bridge.client.callbacks import verify_callback
from bridge.client.client import Client
from bridge.client.errors import (
    AnotherServer,
    ApiError,
    ClientError,
    Conflict,
    DownloadFailed,
    Forbidden,
    Gone,
    InvalidCallback,
    Moderated,
    NotFound,
    Rejected,
    ServerError,
    TooManyRequests,
    Unauthorized,
    Unreachable,
    WaitTimeout,
)
from bridge.client.records import (
    Account,
    AccountHealth,
    Attachment,
    Callback,
    CallbackTest,
    Event,
    Health,
    Job,
    Page,
    Timeline,
    Token,
    Verb,
)
from bridge.client.sync import SyncClient

__all__ = [
    "Account",
    "AccountHealth",
    "AnotherServer",
    "ApiError",
    "Attachment",
    "Callback",
    "CallbackTest",
    "Client",
    "ClientError",
    "Conflict",
    "DownloadFailed",
    "Event",
    "Forbidden",
    "Gone",
    "Health",
    "InvalidCallback",
    "Job",
    "Moderated",
    "NotFound",
    "Page",
    "Rejected",
    "ServerError",
    "SyncClient",
    "Timeline",
    "Token",
    "TooManyRequests",
    "Unauthorized",
    "Unreachable",
    "Verb",
    "WaitTimeout",
    "verify_callback",
]
