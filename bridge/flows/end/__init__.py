"""How a job ends without the bot's last word: `giving_up`, `cancel`; `expire` for what may come later."""
