"""The page for people: its files in `static`, and the policy that a browser applies to it."""
