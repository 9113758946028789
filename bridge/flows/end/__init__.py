"""How a job ends without the bot's last word: `giving_up`, `cancel`; and how long a late result counts."""
