"""How a job ends without an answer of the bot: `giving_up`, `cancel`; then `expire`."""
