"""A row that SQLite cannot take, for another reason than its disk."""

from bridge.chat import Message
from tests.flows.conftest import Rig

TRIGGER = """
    CREATE TRIGGER poison BEFORE INSERT ON job_messages WHEN NEW.message_id = 'ID'
    BEGIN SELECT json_extract('{', '$.a'); END
"""


async def poison(rig: Rig, message: Message) -> None:
    """Let whoever binds this message to a job meet an error that nobody thought of."""
    await rig.database.write(lambda tx: tx.run(TRIGGER.replace("ID", message.id)))
