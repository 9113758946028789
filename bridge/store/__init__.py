"""The database and the files; SQL is next to the function that runs it."""
