"""A room: one message to one person, never twice. Knows no campaign's reasons and no shelf; never commits."""
