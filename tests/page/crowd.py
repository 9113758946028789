"""A tenant with many jobs, without making each of them: copies of one that was refused."""

from bridge.app.bridge import RunningBridge
from bridge.store.database import Tx
from tests.page.visit import Visit
from tests.tools.rows import a_token
from tests.tools.world import Api

COPIED = """
    WITH RECURSIVE copies(nth) AS (SELECT 1 UNION ALL SELECT nth + 1 FROM copies WHERE nth < :count)
    INSERT INTO jobs (id, tenant, account, channel, parent, verb, state, is_owed, reply_ref,
                      created_ms, ended_ms, body)
    SELECT printf('%012x%020x', created_ms - nth * 1000, nth), :tenant, account, channel, parent,
           verb, state, is_owed, reply_ref, created_ms - nth * 1000, ended_ms - nth * 1000,
           replace(body, id, printf('%012x%020x', created_ms - nth * 1000, nth))
      FROM jobs, copies
     WHERE id = :job
     ORDER BY nth DESC
"""


async def a_crowd(bridge: RunningBridge, api: Api, count: int) -> str:
    """Return the token of a tenant that has so many jobs that were refused: no video is to be loaded."""
    made = await api.create("a crowd of cats #moderated")
    tenant = f"crowd-{count}"

    def body(tx: Tx) -> None:
        a_token(tx, tenant, tenant=tenant)
        tx.run(COPIED, count=count, tenant=tenant, job=made.body["jobid"])

    await bridge.foundation.database.write(body)
    await Api(api.url, api.http, tenant).until_known()
    return tenant


async def scroll_down(visit: Visit) -> int:
    """Scroll until there are no older jobs, and return how many elements there were at most."""
    found: int = await visit.page.evaluate(
        """async () => {
            let most = 0;
            const isOver = () => document.querySelector(".jobs-foot")?.textContent.startsWith("That is all");
            while (!isOver()) {
                window.scrollTo(0, document.documentElement.scrollHeight);
                await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
                most = Math.max(most, document.getElementsByTagName("*").length);
            }
            return most;
        }"""
    )
    return found
