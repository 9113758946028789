"""The mirror: keeps the videos of completed jobs, since Discord's links expire and messages are deleted.

`planning` finds them in the change log, `mirror` downloads them, `download` is one of them, `tidying` makes
room, `serving` hands them out, `addresses` puts them into records.
"""
