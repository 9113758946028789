"""How a job ends without an answer of the bot: `giving_up`, `unsent`, `cancel`; then `expire`."""
