"""Processes what the bot posts: matches it to jobs and advances them.

`intake` processes each event, `candidates` finds the jobs it may belong to, `strays` keeps undecided
messages, `unmatched` counts the videos that no job got, `catch_up` reads the history after a gap.
"""
