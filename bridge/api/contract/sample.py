"""The record in a test callback: that of a job that has never been, marked as a test."""

from bridge.api.contract.views import AttachmentView, JobRecord, moment
from bridge.jobs.command import Verb
from bridge.jobs.job import State

_ID = "1000000000000000000"


def sample(url: str, now_ms: int) -> bytes:
    """Return a completed job's record as JSON, with `"test": true`."""
    at = moment(now_ms)
    video = AttachmentView(
        id=_ID,
        content_type="video/mp4",
        filename="test.mp4",
        url="https://example.com/test.mp4",
        proxy_url="https://example.com/test.mp4",
        size=1_000_000,
        width=1024,
        height=576,
    )
    record = JobRecord(
        jobid="test",
        verb=Verb.CREATE_SINGLE,
        status=State.COMPLETED,
        created=at,
        updated=at,
        prompt="A test of the PixVerse bridge",
        style="Realistic",
        buttons=["U1"],
        discord="abc…secured…xyz",
        server=_ID,
        channel=_ID,
        maxJobs=1,
        replyUrl=url,
        messageId=_ID,
        content="This is a test: no video was made.",
        timestamp=at,
        attachments=[video],
        test=True,
    )
    return record.model_dump_json(exclude_none=True).encode()
