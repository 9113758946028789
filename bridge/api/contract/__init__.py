"""The contract: what requests may say, and how answers are put."""
