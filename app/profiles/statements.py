"""What stitching asks and writes: whole batches of names at once, one index look-up a kind of name."""

from sqlalchemy import text

# One worker a shop: two that make a profile for the same person would make two.
HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended('profiles:' || CAST(:shop_id AS text), 0))")

# The newest first, so that a fact told now does not wait behind a long file. What was told of a name before goes too.
TAKE_NEWS = text("""
    WITH newest AS (
        SELECT id FROM profile_news WHERE shop_id = :shop_id ORDER BY id DESC LIMIT :most FOR UPDATE SKIP LOCKED
    )
    DELETE FROM profile_news WHERE shop_id = :shop_id AND id IN (SELECT id FROM newest) RETURNING kind, name
""")
TAKE_SAME = text("""
    DELETE FROM profile_news AS n USING unnest(CAST(:kinds AS text[]), CAST(:names AS text[])) AS heard (kind, name)
    WHERE n.shop_id = :shop_id AND n.kind = heard.kind AND n.name = heard.name
""")
WAITS = text("SELECT EXISTS (SELECT FROM profile_news WHERE shop_id = :shop_id)")

ACCOUNTS = text("""
    SELECT external_id, email FROM customers WHERE shop_id = :shop_id AND external_id = ANY(:customers)
    UNION
    SELECT external_id, email FROM customers WHERE shop_id = :shop_id AND email = ANY(:emails)
""")
MERGES = text("""
    SELECT from_external_id, into_external_id FROM customer_merges
    WHERE shop_id = :shop_id AND from_external_id = ANY(:customers)
    UNION
    SELECT from_external_id, into_external_id FROM customer_merges
    WHERE shop_id = :shop_id AND into_external_id = ANY(:customers)
""")
PLACES = text("""
    SELECT n.kind, n.name, n.profile_id, n.home_id, EXISTS (
        SELECT FROM profile_names AS account
        WHERE account.shop_id = :shop_id AND account.profile_id = n.profile_id AND account.kind = 'customer'
    ) AS has_account
    FROM profile_names AS n
    JOIN unnest(CAST(:kinds AS text[]), CAST(:names AS text[])) AS asked (kind, name)
        ON asked.kind = n.kind AND asked.name = n.name
    WHERE n.shop_id = :shop_id
""")
# Accounts that facts name before the platform told of them, or that it no longer has. Of the forgotten nothing is left.
NAMED_ACCOUNTS = text("""
    SELECT customer_external_id FROM orders WHERE shop_id = :shop_id AND customer_external_id = ANY(:customers)
    UNION
    SELECT customer_external_id FROM carts WHERE shop_id = :shop_id AND customer_external_id = ANY(:customers)
    UNION
    SELECT customer_external_id FROM visitor_links WHERE shop_id = :shop_id AND customer_external_id = ANY(:customers)
    UNION
    SELECT customer_external_id FROM consent_records
    WHERE shop_id = :shop_id AND customer_external_id = ANY(:customers)
    UNION
    SELECT customer_external_id FROM interest_answers
    WHERE shop_id = :shop_id AND customer_external_id = ANY(:customers)
""")
GUESTS = text("""
    SELECT email FROM orders
    WHERE shop_id = :shop_id AND email = ANY(:emails) AND coalesce(customer_external_id, '') = ''
    UNION
    SELECT email FROM carts
    WHERE shop_id = :shop_id AND email = ANY(:emails) AND coalesce(customer_external_id, '') = ''
    UNION
    SELECT email FROM consent_records WHERE shop_id = :shop_id AND email = ANY(:emails)
        AND coalesce(customer_external_id, '') = '' AND is_given AND purpose = 'email_marketing'
    UNION
    SELECT email FROM interest_answers
    WHERE shop_id = :shop_id AND email = ANY(:emails) AND coalesce(customer_external_id, '') = ''
""")
APART = text("""
    SELECT coalesce(one.merged_into_id, one.id) AS one, coalesce(other.merged_into_id, other.id) AS other
    FROM profile_merges AS m
    JOIN profiles AS one ON one.shop_id = :shop_id AND one.id = m.from_id
    JOIN profiles AS other ON other.shop_id = :shop_id AND other.id = m.into_id
    WHERE m.shop_id = :shop_id AND m.undone_at IS NOT NULL
""")

ADD_PROFILES = text("""
    INSERT INTO profiles (shop_id) SELECT :shop_id FROM generate_series(1, CAST(:count AS int)) RETURNING id
""")
ADD_NAMES = text("""
    INSERT INTO profile_names AS known (shop_id, kind, name, profile_id, home_id, because)
    SELECT :shop_id, kind, name, profile_id, home_id, because
    FROM jsonb_to_recordset(CAST(:rows AS jsonb))
        AS told (kind text, name text, profile_id bigint, home_id bigint, because text)
    ON CONFLICT (shop_id, kind, name) DO UPDATE
        SET profile_id = excluded.profile_id, home_id = excluded.home_id, because = excluded.because,
            since = clock_timestamp()
""")
ADD_MERGES = text("""
    INSERT INTO profile_merges (shop_id, from_id, into_id, because, evidence)
    SELECT :shop_id, source, target, because, evidence
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (source bigint, target bigint, because text, evidence jsonb)
""")
# `told`: each profile that ended, and the one that all of its names are with now.
END_PROFILES = text("""
    UPDATE profiles AS p SET merged_into_id = told.target
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (source bigint, target bigint)
    WHERE p.shop_id = :shop_id AND (p.id = told.source OR p.merged_into_id = told.source)
""")
MOVE_NAMES = text("""
    UPDATE profile_names AS n SET profile_id = told.target
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (source bigint, target bigint)
    WHERE n.shop_id = :shop_id AND n.profile_id = told.source
""")

# A browser is somebody's where all that names it names them. Whoever has no profile yet is somebody else.
KEEP_BROWSERS = text("""
    WITH own AS MATERIALIZED (
        SELECT kind, name, profile_id FROM profile_names WHERE shop_id = :shop_id AND profile_id = ANY(:profiles)
    ), browsers AS MATERIALIZED (
        SELECT l.visitor_key FROM own JOIN visitor_links AS l
            ON l.shop_id = :shop_id AND own.kind = 'customer' AND l.customer_external_id = own.name
        UNION
        SELECT o.visitor_key FROM own JOIN orders AS o
            ON o.shop_id = :shop_id AND own.kind = 'customer' AND o.customer_external_id = own.name
        UNION
        SELECT o.visitor_key FROM own JOIN orders AS o ON o.shop_id = :shop_id AND own.kind = 'email'
            AND o.email = own.name AND coalesce(o.customer_external_id, '') = ''
        UNION
        SELECT decode(name, 'hex') FROM own WHERE kind = 'visitor'
    ), users AS (
        SELECT l.visitor_key, 'customer' AS kind, l.customer_external_id AS name
        FROM browsers AS b JOIN visitor_links AS l ON l.shop_id = :shop_id AND l.visitor_key = b.visitor_key
        UNION
        SELECT o.visitor_key, CASE WHEN o.customer_external_id <> '' THEN 'customer' ELSE 'email' END,
            coalesce(nullif(o.customer_external_id, ''), o.email)
        FROM browsers AS b JOIN orders AS o ON o.shop_id = :shop_id AND o.visitor_key = b.visitor_key
        UNION
        SELECT c.visitor_key, CASE WHEN c.customer_external_id <> '' THEN 'customer' ELSE 'email' END,
            coalesce(nullif(c.customer_external_id, ''), c.email)
        FROM browsers AS b JOIN carts AS c ON c.shop_id = :shop_id AND c.visitor_key = b.visitor_key
    ), alone AS MATERIALIZED (
        SELECT encode(u.visitor_key, 'hex') AS name, min(n.profile_id) AS profile_id
        FROM users AS u
        LEFT JOIN profile_names AS n ON n.shop_id = :shop_id AND n.kind = u.kind AND n.name = u.name
        WHERE u.name IS NOT NULL AND octet_length(u.visitor_key) > 0
        GROUP BY u.visitor_key
        HAVING count(DISTINCT n.profile_id) = 1 AND count(*) = count(n.profile_id)
    ), lost AS (
        DELETE FROM profile_names AS n USING browsers AS b
        WHERE n.shop_id = :shop_id AND n.kind = 'visitor' AND n.name = encode(b.visitor_key, 'hex')
            AND NOT EXISTS (SELECT FROM alone WHERE alone.name = n.name)
        RETURNING n.profile_id
    ), gained AS (
        INSERT INTO profile_names AS known (shop_id, kind, name, profile_id, home_id, because)
        SELECT :shop_id, 'visitor', name, profile_id, profile_id, :because FROM alone
        ON CONFLICT (shop_id, kind, name) DO UPDATE
            SET profile_id = excluded.profile_id, home_id = excluded.home_id, since = clock_timestamp()
            WHERE known.profile_id <> excluded.profile_id
        RETURNING profile_id
    )
    SELECT profile_id FROM lost UNION SELECT profile_id FROM gained UNION
    SELECT n.profile_id FROM alone JOIN profile_names AS n
        ON n.shop_id = :shop_id AND n.kind = 'visitor' AND n.name = alone.name AND n.profile_id <> alone.profile_id
""")

# Whatever had become one with a profile before it became one with another goes with it.
TAKE_APART = text("""
    WITH RECURSIVE back AS (
        SELECT CAST(:source AS bigint) AS id
        UNION
        SELECT m.from_id FROM back JOIN profile_merges AS m
            ON m.shop_id = :shop_id AND m.into_id = back.id AND m.undone_at IS NULL
    ), profile AS (
        UPDATE profiles SET merged_into_id = nullif(CAST(:source AS bigint), profiles.id) FROM back
        WHERE profiles.shop_id = :shop_id AND profiles.id = back.id
    )
    UPDATE profile_names AS n SET profile_id = :source FROM back
    WHERE n.shop_id = :shop_id AND n.home_id = back.id AND n.profile_id = :target
""")
PROFILE_OF = text("""
    SELECT n.profile_id FROM profile_names AS n
    JOIN unnest(CAST(:kinds AS text[]), CAST(:names AS text[])) WITH ORDINALITY AS asked (kind, name, place)
        ON asked.kind = n.kind AND asked.name = n.name
    WHERE n.shop_id = :shop_id ORDER BY asked.place LIMIT 1
""")
NAMES_OF = text("""
    SELECT n.kind, n.name FROM profiles AS p
    JOIN profile_names AS n ON n.shop_id = :shop_id AND n.profile_id = coalesce(p.merged_into_id, p.id)
    WHERE p.shop_id = :shop_id AND p.id = :profile_id
""")
