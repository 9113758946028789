"""What arrives is matched and moves jobs: `intake`, `strays` for the undecided, `catch_up` after a gap."""
