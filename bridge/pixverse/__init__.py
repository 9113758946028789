"""The one place that knows the PixVerse bot: its commands, buttons and phrases, as rows; pure."""
