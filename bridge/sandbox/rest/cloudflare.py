"""Pages of Cloudflare, which stands before Discord: a block, and the ban of an address that asks too much.

Its documentation ("Cloudflare 1xxx errors", "Error page types") names the status and number of each. The
headers are those of discord-api-docs#1771 and #5385: no `Via`, no limits, the time of a ban in `Retry-After`.
"""

import math

from bridge.sandbox.fault_board import Fault
from bridge.sandbox.refusals import strike_once
from bridge.sandbox.rest.call import Reply
from bridge.sandbox.simulation import Simulation
from bridge.sandbox.wire import Json

__all__ = ["block", "page"]

BANNED, BAN, BLOCK = 429, 1015, 1020
SENTENCES = {BAN: "You are being rate limited", BLOCK: "Access denied"}
RAY = "8f0000000000abcd-FRA"
PAGE = """<!DOCTYPE html>
<html lang="en-US">
<head><title>{sentence} | discord.com used Cloudflare to restrict access</title></head>
<body><h1>Error {number}</h1><h2>{sentence}</h2><p>Cloudflare Ray ID: {ray}</p></body>
</html>
"""


def block(sim: Simulation, fault: Fault) -> Json:
    """Answer requests with a page in the API's place: all of them, or those of a route."""
    fault.fields.setdefault("route", "/")
    fault.fields.setdefault("status", BANNED if "retry_after" in fault.fields else 403)
    return strike_once(sim, fault)


def page(fault: Fault) -> Reply:
    """Return the page that a fault asks for."""
    status = int(fault.fields["status"])
    number = BAN if status == BANNED else BLOCK
    headers = {"Server": "cloudflare", "CF-RAY": RAY, "Content-Type": "text/html; charset=UTF-8"}
    if "retry_after" in fault.fields:
        headers["Retry-After"] = str(math.ceil(fault.fields["retry_after"]))
    text = PAGE.format(sentence=SENTENCES[number], number=number, ray=RAY)
    return Reply(status, text.encode(), headers, is_of_api=False)
