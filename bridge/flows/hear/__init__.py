"""What arrives is matched and moves jobs.

`intake` takes it in, `candidates` finds what it can be about, `strays` keeps the undecided, `unmatched`
counts the videos that no job got, `catch_up` reads the history after a gap.
"""
