"""A room: a trigger, an audience and guard rails become planned messages. Knows no mail server; never commits."""
