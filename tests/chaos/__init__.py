"""The promises, tried against kills, a hostile Discord and hostile receivers (docs/chaos.md)."""
