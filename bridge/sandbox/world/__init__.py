"""Who and what there is: guilds, users, threads, commands, messages."""
