"""Reading and writing the rows of each table; SQL is next to the function that runs it."""
