"""How a job ends without the bot's last word."""
