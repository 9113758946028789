"""The numbers of PostgreSQL's advisory locks: who has one keeps the others from what it does.

`postgres/schema/0024_turns.sql` contains that of the positions. Each database of a server has its own locks.
"""

from typing import Final

SCHEMA: Final = 5_821_374_660_013
"""Whoever changes the schema."""
POSITIONS: Final = 5_821_374_660_014
"""Whoever gives out positions of the change log, until its transaction ends."""
KEYS: Final = 5_821_374_660_015
"""A rotation of the secret keys."""
LEADER: Final = 5_821_374_660_016
"""The process that leads."""
MOVE: Final = 5_821_374_660_017
"""Whoever moves the database, or gives its move up."""
