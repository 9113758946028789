"""Shows which verbs a bridge has."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from bridge.api.contract.verbs import verbs_body
from bridge.api.http.answers import as_json
from bridge.verbs.row import VerbRow


@dataclass(frozen=True, slots=True)
class VerbResource:
    """The handler of `/v1/pixverse/verbs`."""

    verbs: Sequence[VerbRow]

    async def get(self, _request: web.Request) -> web.Response:
        """Answer with the verbs and their fields."""
        return as_json(verbs_body(self.verbs).model_dump(exclude_none=True))
