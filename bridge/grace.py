"""How long each part may take when the bridge is asked to stop: one table, and it adds up.

Docker kills ten seconds after it has asked, Kubernetes thirty. Nothing is lost by a kill; but what has come
to its end is not repeated after the next start.
"""

from typing import Final

ANSWERS_S: Final = 4.0
"""For HTTP answers under way: uploads, and streams that are being let go."""
CALLBACKS_S: Final = 4.0
"""For callbacks under way."""
POST_S: Final = 2.5
"""For Discord's answer to a POST that has begun."""
SESSION_S: Final = 1.8
"""For a session to close behind it."""
CONNECTIONS_S: Final = 0.5
"""For what is left of the connections, as a token that is being stored."""
WRITES_S: Final = 3.0
"""For what waits to be written."""
LAST_LINES_S: Final = 1.0
"""For what waits to be logged, where the reader of the log stands still."""

SIDE_BY_SIDE: Final = (ANSWERS_S, CALLBACKS_S, POST_S + SESSION_S)
"""These begin together: with the signal no account begins another POST, however long the API takes."""
BEHIND: Final = (CONNECTIONS_S, WRITES_S, LAST_LINES_S)
"""These follow, one after the other."""

CUT_S: Final = 9.5
"""Then the process ends as it is: something hangs that cannot be told to stop, such as a disk."""
LAST_WORD_S: Final = 0.3
"""For the line in the log that says so."""
KILLED_S: Final = 10.0
"""When Docker kills."""
