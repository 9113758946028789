"""Who may call the API: its tokens, what each may do, and how much."""
