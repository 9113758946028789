"""A small crowd; the long form has a thousand jobs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chaos.crowd import a_crowd


@pytest.mark.thorough
@pytest.mark.timeout(120)
async def test_a_hundred_jobs_at_once_all_end_with_their_videos(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    found = await a_crowd(tmp_path, accounts=10, video_s=8.0)

    record_property("chaos, crowd", found.line())
    assert found.verdict.broken == []
    assert found.verdict.figures["completed"] == found.most_open == 100
