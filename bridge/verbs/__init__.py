"""The verbs of the API as rows: what each is called, what it takes, and what the bot calls it; pure."""
