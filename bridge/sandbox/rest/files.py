"""Attachments: uploads ahead, files of a request, fresh links (discord-userdoccers, "Cloud Uploads")."""

import uuid
from typing import Any

from yarl import URL

from bridge.sandbox.errors import FILE_TOO_LARGE, MISSING_PERMISSIONS, ApiError, form_error
from bridge.sandbox.files import PLACES, Upload, clean_name
from bridge.sandbox.rest.call import Call, Reply
from bridge.sandbox.uploads import Slot, most_file_bytes
from bridge.sandbox.wire import Json
from bridge.sandbox.world.guilds import ATTACH_FILES

__all__ = ["create_uploads", "refresh_urls", "upload_named", "uploads_of"]

MOST_UPLOADS = 10
MOST_URLS = 50


async def create_uploads(call: Call) -> Reply:
    """POST /channels/{channel_id}/attachments."""
    if call.sim.world.denies(call.channel(), ATTACH_FILES):
        raise ApiError(MISSING_PERMISSIONS)
    files = call.fields.get("files")
    if not isinstance(files, list) or not 1 <= len(files) <= MOST_UPLOADS:
        raise form_error(
            ["files"], "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MOST_UPLOADS} in length."
        )
    return Reply(200, {"attachments": [_slot(call, index, each) for index, each in enumerate(files)]})


async def refresh_urls(call: Call) -> Reply:
    """POST /attachments/refresh-urls: takes dead links, keeps foreign query parameters."""
    urls = call.fields.get("attachment_urls")
    if not isinstance(urls, list) or not 1 <= len(urls) <= MOST_URLS:
        message = f"Must be between 1 and {MOST_URLS} in length."
        raise form_error(["attachment_urls"], "BASE_TYPE_BAD_LENGTH", message)
    return Reply(200, {"refreshed_urls": [_refreshed(call, index, each) for index, each in enumerate(urls)]})


def uploads_of(call: Call) -> list[Upload]:
    """Return the files of a message: uploaded beforehand, or parts `files[n]` named by `attachments`."""
    named = call.fields.get("attachments")
    rows = [each for each in named if isinstance(each, dict)] if isinstance(named, list) else []
    cloud = [each for each in rows if each.get("uploaded_filename")]
    ahead = [upload_named(call, each, ["attachments", index]) for index, each in enumerate(cloud)]
    names = {str(each.get("id")): str(each["filename"]) for each in rows if each.get("filename")}
    if any(len(each.content) > most_file_bytes(call.author) for each in call.files.values()):
        raise ApiError(FILE_TOO_LARGE)
    return ahead + [Upload(names.get(key, each.filename), each.content) for key, each in call.files.items()]


def upload_named(call: Call, attachment: Json, path: list[str | int]) -> Upload:
    """Return the file that a partial attachment stands for."""
    part = call.files.get(str(attachment.get("id")))
    name = attachment.get("uploaded_filename")
    found = call.sim.uploads.take(name, call.author.id) if name is not None else part
    if found is None:
        raise form_error(path, "ATTACHMENT_NOT_FOUND", "Attachment not found")
    return Upload(str(attachment.get("filename") or found.filename), found.content)


def _slot(call: Call, index: int, row: Any) -> Json:
    filename = row.get("filename") if isinstance(row, dict) else None
    size = row.get("file_size") if isinstance(row, dict) else None
    if not isinstance(filename, str) or not filename:
        raise form_error(["files", index, "filename"], "BASE_TYPE_REQUIRED", "This field is required")
    if not isinstance(size, int) or size < 1:
        raise form_error(["files", index, "file_size"], "BASE_TYPE_REQUIRED", "This field is required")
    limit = most_file_bytes(call.author)
    if size > min(limit, call.sim.uploads.most_bytes or limit):
        raise ApiError(FILE_TOO_LARGE)
    filename = clean_name(filename)
    slot = Slot(f"{_unique(call)}/{filename}", filename, size, call.author.id)
    call.sim.uploads.keep(slot)
    url = URL(call.sim.links.cdn_url) / "_uploads" / slot.name.split("/")[0] / filename
    return {
        "id": row.get("id"),
        "upload_url": str(url.with_query(upload_id=_unique(call).hex)),
        "upload_filename": slot.name,
    }


def _unique(call: Call) -> uuid.UUID:
    return uuid.UUID(int=call.sim.rng.getrandbits(128), version=4)


def _refreshed(call: Call, index: int, given: Any) -> Json:
    url = _url(given)
    if url is None or not url.raw_path.startswith(tuple(f"/{place}/" for place in PLACES)):
        raise form_error(["attachment_urls", index], "URL_TYPE_INVALID_URL", "Not a well formed URL.")
    fresh = call.sim.links.sign_again(url.raw_path, dict(url.query))
    return {"original": given, "refreshed": fresh}


def _url(given: Any) -> URL | None:
    try:
        return URL(given, encoded=True)
    except (ValueError, TypeError):
        return None
