"""How long each part may take to stop, in seconds.

Docker kills a process ten seconds after it asks it to stop, Kubernetes after thirty. A kill loses nothing,
but work that finished in time need not be repeated after the next start.
"""

from typing import Final

ANSWERS_S: Final = 4.0
"""For HTTP requests in progress, including uploads and streams."""
CALLBACKS_S: Final = 4.0
"""For callbacks in progress."""
POST_S: Final = 2.2
"""For Discord's answer to a POST in progress."""
SESSION_S: Final = 1.8
"""For a session to close after that."""
LEASES_S: Final = 0.3
"""For each of the last writes: a claim taken back, and those that let others take an account over."""
CONNECTIONS_S: Final = 0.5
"""For the rest of the connections, for example a token that is being stored."""
WRITES_S: Final = 2.6
"""For pending writes to the database."""
TRACES_S: Final = 0.4
"""For pending spans, if traces are sent; at the same time as the writes."""
LAST_LINES_S: Final = 1.0
"""For pending log lines, if the reader of the log is blocked."""

SIDE_BY_SIDE: Final = (ANSWERS_S, CALLBACKS_S + LEASES_S, POST_S + SESSION_S + 3 * LEASES_S)
"""These start at the same time: after the signal no account starts a POST, however long the API takes."""
BEHIND: Final = (CONNECTIONS_S, max(WRITES_S, TRACES_S), LAST_LINES_S)
"""These follow one after another."""

CUT_S: Final = 9.5
"""Then the process is ended: something hangs that cannot be cancelled, such as a disk."""
LAST_WORD_S: Final = 0.3
"""For the log line about it."""
KILLED_S: Final = 10.0
"""When Docker kills the process."""
