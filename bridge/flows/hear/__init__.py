"""What arrives is matched and moves jobs: `intake`, `strays` for what is undecided, `catch_up` after a gap."""
