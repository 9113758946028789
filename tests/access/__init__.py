"""Who may call the API: the form of tokens, scopes, quotas, and the guard."""
