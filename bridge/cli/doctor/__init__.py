"""`doctor`: what Discord and the bot offer to an account, compared with what the bridge needs."""
