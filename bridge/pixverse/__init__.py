"""Everything about the PixVerse bot: its commands, buttons and phrases, as rows; pure."""
