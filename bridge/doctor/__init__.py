"""What Discord shows of an account, its place and the bot, compared with what the bridge needs; pure."""
