"""What the bridge costs, beside a bare discord.py-self client that does nothing, in one run."""
