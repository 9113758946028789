"""The PixVerse bot: acts only through the functions behind the REST routes that any bot uses."""
