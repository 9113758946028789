"""What runs for as long as the process does: the accounts, and who watches them."""
