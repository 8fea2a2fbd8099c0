"""The SQL of the outbox. Every write names the fencing token it was claimed with, and keeps what was decided."""

from sqlalchemy import text

# A decision that repeats the one before it is counted, so that six hours without a mail server are one line.
DECIDED = """
    CASE WHEN decisions -> -1 ->> 'what' = :what AND decisions -> -1 ->> 'reason' = :reason
    THEN jsonb_set(decisions, '{-1}', (decisions -> -1) || jsonb_strip_nulls(jsonb_build_object(
        'times', coalesce((decisions -> -1 ->> 'times')::int, 1) + 1, 'last_at', regulars_now(),
        'until', CAST(:until AS timestamptz))))
    ELSE decisions || jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
        'at', regulars_now(), 'what', CAST(:what AS text), 'reason', CAST(:reason AS text),
        'until', CAST(:until AS timestamptz)))) END
"""
IS_FREE = """
    shop_id = :shop_id AND state = 'planned' AND due_at <= (SELECT regulars_now())
        AND (claimed_until IS NULL OR claimed_until < (SELECT regulars_now()))
"""
CLAIM = text(f"""
    UPDATE messages SET claim_token = :token, claimed_until = regulars_now() + make_interval(secs => :lease)
    WHERE shop_id = :shop_id AND id IN (
        SELECT id FROM messages WHERE {IS_FREE} ORDER BY due_at, id LIMIT :most FOR UPDATE SKIP LOCKED)
    RETURNING id, email, cart_external_id, is_test, due_at, attempts
""")  # noqa: S608 - our own words, here and below
HOLD = text("""
    SELECT regulars_now() AS at FROM messages
    WHERE shop_id = :shop_id AND id = :id AND claim_token = :token AND state = 'planned' FOR UPDATE
""")
RELEASE = text("""
    UPDATE messages SET claimed_until = NULL
    WHERE shop_id = :shop_id AND claim_token = :token AND state = 'planned'
""")
DEFER = text(f"""
    UPDATE messages SET due_at = :until, reason = :reason, decisions = {DECIDED}, claimed_until = NULL,
        cart_version_at = :cart_version_at
    WHERE shop_id = :shop_id AND id = :id AND claim_token = :token AND state = 'planned'
    RETURNING id
""")  # noqa: S608
SETTLE = text(f"""
    UPDATE messages SET state = :state, reason = :reason, decisions = {DECIDED}, claimed_until = NULL,
        settled_at = regulars_now(), sent_at = CASE WHEN :state = 'sent' THEN regulars_now() END, reply = :reply
    WHERE shop_id = :shop_id AND id = :id AND claim_token = :token AND state = ANY(:before)
    RETURNING id
""")  # noqa: S608
SENDING = text(f"""
    UPDATE messages SET state = 'sending', reason = :reason, decisions = {DECIDED}, sending_at = regulars_now(),
        claimed_until = regulars_now() + make_interval(secs => :lease), attempts = attempts + 1, email = :email,
        message_key = :message_key, subject = :subject, content = CAST(:content AS jsonb),
        cart_version_at = :cart_version_at, customer_external_id = :customer_external_id
    WHERE shop_id = :shop_id AND id = :id AND claim_token = :token AND state = 'planned'
    RETURNING id
""")  # noqa: S608
# Tried again in vain is no news either: the attempt in between goes.
AGAIN = """
    CASE WHEN decisions -> -1 ->> 'what' = 'sending' AND decisions -> -2 ->> 'what' = :what
        AND decisions -> -2 ->> 'reason' = :reason THEN decisions - -1 ELSE decisions END
"""
BACK = text(f"""
    UPDATE messages SET state = 'planned', reason = :reason,
        decisions = (SELECT {DECIDED} FROM (SELECT {AGAIN} AS decisions) AS told), due_at = :until,
        claimed_until = NULL, reply = :reply, settled_at = NULL,
        attempts = CASE WHEN :is_counted THEN attempts ELSE greatest(attempts - 1, 0) END
    WHERE shop_id = :shop_id AND id = :id AND claim_token = :token AND state = ANY(:before)
    RETURNING id
""")  # noqa: S608
WAIT = text(f"""
    UPDATE messages SET due_at = :until, reason = :reason, decisions = {DECIDED}
    WHERE shop_id = :shop_id AND state = 'planned' AND due_at <= (SELECT regulars_now())
""")  # noqa: S608
PARK = text(f"""
    UPDATE messages SET state = 'in_doubt', reason = :reason, decisions = {DECIDED}, settled_at = regulars_now()
    WHERE shop_id = :shop_id AND state = 'sending' AND claimed_until < (SELECT regulars_now())
    RETURNING id
""")  # noqa: S608
SAID = text(f"""
    UPDATE messages SET state = :state, reason = :row_reason, decisions = {DECIDED}, claim_token = NULL,
        claimed_until = NULL, due_at = CASE WHEN :state = 'planned' THEN regulars_now() ELSE due_at END,
        sent_at = CASE WHEN :state = 'sent' THEN sending_at END, attempts = 0,
        settled_at = CASE WHEN :state = 'sent' THEN regulars_now() END
    WHERE shop_id = :shop_id AND id = :id AND state = 'in_doubt'
    RETURNING id
""")  # noqa: S608
WAITS = text(f"""
    SELECT EXISTS (SELECT FROM messages WHERE {IS_FREE}),
        EXISTS (SELECT FROM messages WHERE shop_id = :shop_id AND state = 'sending'
            AND claimed_until < (SELECT regulars_now()))
""")  # noqa: S608
