"""Names that verbs and fields of a configuration cannot have: the API uses them for something else."""

from typing import Final

PATHS: Final = frozenset({"account", "callbacks", "events", "health", "jobs", "token", "verbs"})
"""What stands behind `/v1/pixverse/` and is no verb."""
IN_REQUESTS: Final = frozenset(
    {"discord", "server", "channel", "maxJobs", "replyUrl", "replyRef", "priority", "labels"}
)
IN_RECORDS: Final = frozenset(
    {
        *("jobid", "parentJobId", "verb", "status", "created", "updated", "button", "value", "buttons"),
        *("otherButtons", "selects", "discord", "server", "channel", "maxJobs", "replyUrl", "replyRef"),
        *("messageId", "content", "timestamp", "attachments", "embeds", "error", "errorDetails", "late"),
        *("waitingFor", "test", "code", "position"),
    }
)
IN_THE_PROGRAM: Final = frozenset(
    {
        *("construct", "copy", "dict", "from_orm", "json", "parent", "parse_file", "parse_obj", "parse_raw"),
        *("schema", "schema_json", "update_forward_refs", "validate"),
    }
)
"""Names of the models of requests, and of what the fingerprint of a command is made of."""
FIELDS: Final = IN_REQUESTS | IN_RECORDS | IN_THE_PROGRAM
