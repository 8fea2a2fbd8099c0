"""The server: everything that knows Flask, SQLAlchemy, RQ or the machine.

Doors (`web/`, `jobs/`, `cli/`, `local/`) open transactions and carry things between rooms; rooms (`shops/`,
`ingest/`, `profiles/`, `learning/`, `serving/`, `campaigns/`, `messaging/`, `privacy/`) never import each other and
never commit. Arrows point down only, and a
test holds them there (`[tool.importlinter]` in pyproject.toml). Start with a journey: `web/webhooks.py`, then
`jobs/deliveries.py`.
"""
