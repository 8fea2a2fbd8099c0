"""A room: who is this, and what have they done? Reads only; never commits."""
