"""The SQL that writes facts. Each statement takes `rows`, a JSON array, and changes only what is older."""

from sqlalchemy import text

ITEMS = text("""
    INSERT INTO items AS known (shop_id, external_id, parent_external_id, title, url, image_url, price_minor, currency,
        categories, state, is_in_stock, stock_quantity, stock_keys, names, created_at, version_at, version_digest,
        stock_version_at, stock_version_digest)
    SELECT :shop_id, external_id, parent_external_id, title, url, image_url, price_minor, currency, categories, state,
        is_in_stock, stock_quantity, stock_keys, names, created_at, version_at, decode(digest, 'hex'),
        CASE WHEN is_in_stock IS NULL THEN 'epoch' ELSE version_at END, decode(stock_digest, 'hex')
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (external_id text, parent_external_id text, title text,
        url text, image_url text, price_minor bigint, currency text, categories text[], state text, is_in_stock boolean,
        stock_quantity bigint, stock_keys text[], names text[], created_at timestamptz, version_at timestamptz,
        digest text, stock_digest text)
    ON CONFLICT (shop_id, external_id) DO UPDATE SET
        parent_external_id = excluded.parent_external_id, title = excluded.title,
        url = CASE WHEN excluded.url = '' THEN known.url ELSE excluded.url END,
        image_url = CASE WHEN excluded.image_url = '' THEN known.image_url ELSE excluded.image_url END,
        price_minor = excluded.price_minor, currency = excluded.currency, categories = excluded.categories,
        state = excluded.state, stock_keys = excluded.stock_keys, names = excluded.names,
        created_at = excluded.created_at, version_at = excluded.version_at,
        version_digest = excluded.version_digest, updated_at = clock_timestamp()
    WHERE (known.version_at, known.version_digest) < (excluded.version_at, excluded.version_digest)
""")

# A stock fact may come before its item: a hidden stub waits for it, older than any real version.
STOCK = text("""
    INSERT INTO items AS known (shop_id, external_id, title, currency, state, is_in_stock, stock_quantity, version_at,
        version_digest, stock_version_at, stock_version_digest)
    SELECT :shop_id, external_id, '', '', 'hidden', is_in_stock, stock_quantity, 'epoch', '', version_at,
        decode(stock_digest, 'hex')
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (external_id text, is_in_stock boolean,
        stock_quantity bigint, version_at timestamptz, stock_digest text)
    ON CONFLICT (shop_id, external_id) DO UPDATE SET
        is_in_stock = excluded.is_in_stock, stock_quantity = excluded.stock_quantity,
        stock_version_at = excluded.stock_version_at, stock_version_digest = excluded.stock_version_digest,
        updated_at = clock_timestamp()
    WHERE (known.stock_version_at, known.stock_version_digest)
        < (excluded.stock_version_at, excluded.stock_version_digest)
""")

COUNTS = text("""
    INSERT INTO stock_counts AS known (shop_id, stock_key, location, quantity, version_at)
    SELECT :shop_id, stock_key, location, quantity, version_at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (stock_key text, location text, quantity bigint,
        version_at timestamptz)
    ON CONFLICT (shop_id, stock_key, location) DO UPDATE
        SET quantity = excluded.quantity, version_at = excluded.version_at
    WHERE (known.version_at, known.quantity) < (excluded.version_at, excluded.quantity)
""")

# Pieces anywhere mean that it can be bought. That there are none at all is believed when every key was counted.
COUNTED = text("""
    UPDATE items AS i SET
        is_in_stock = told.pieces > 0,
        stock_quantity = CASE WHEN told.is_whole THEN told.pieces END,
        stock_version_at = told.version_at, stock_version_digest = '', updated_at = clock_timestamp()
    FROM (
        SELECT item.id, sum(greatest(count.quantity, 0)) AS pieces, max(count.version_at) AS version_at,
            count(DISTINCT count.stock_key) = cardinality(item.stock_keys) AS is_whole
        FROM items AS item
        JOIN stock_counts AS count ON count.shop_id = item.shop_id AND count.stock_key = ANY(item.stock_keys)
        WHERE item.shop_id = :shop_id AND item.stock_keys && CAST(:keys AS text[])
        GROUP BY item.id, item.stock_keys
    ) AS told
    WHERE i.shop_id = :shop_id AND i.id = told.id
        AND (i.stock_version_at, i.stock_version_digest) <= (told.version_at, ''::bytea)
        AND (told.pieces > 0 OR told.is_whole)
""")

CUSTOMERS = text("""
    INSERT INTO customers AS known (shop_id, external_id, email, phone, first_name, last_name, country, created_at,
        version_at, version_digest)
    SELECT :shop_id, external_id, email, phone, first_name, last_name, country, created_at, version_at,
        decode(digest, 'hex')
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (external_id text, email text, phone text, first_name text,
        last_name text, country text, created_at timestamptz, version_at timestamptz, digest text)
    ON CONFLICT (shop_id, external_id) DO UPDATE SET
        email = excluded.email, phone = excluded.phone, first_name = excluded.first_name,
        last_name = excluded.last_name, country = excluded.country, created_at = excluded.created_at,
        version_at = excluded.version_at, version_digest = excluded.version_digest
    WHERE (known.version_at, known.version_digest) < (excluded.version_at, excluded.version_digest)
""")

ORDERS = text("""
    INSERT INTO orders AS known (shop_id, external_id, customer_external_id, visitor_key, email, phone, address_key,
        country, cart_external_id, state, currency, total_minor, placed_at, version_at, version_digest)
    SELECT :shop_id, external_id, customer_external_id, decode(visitor_key, 'hex'), email, phone,
        decode(address_key, 'hex'), country, cart_external_id, state, currency, total_minor, placed_at, version_at,
        decode(digest, 'hex')
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (external_id text, customer_external_id text,
        visitor_key text, email text, phone text, address_key text, country text, cart_external_id text, state text,
        currency text, total_minor bigint, placed_at timestamptz, version_at timestamptz, digest text)
    ON CONFLICT (shop_id, external_id) DO UPDATE SET
        customer_external_id = excluded.customer_external_id, visitor_key = excluded.visitor_key,
        email = excluded.email, phone = excluded.phone, address_key = excluded.address_key,
        country = excluded.country, cart_external_id = excluded.cart_external_id, state = excluded.state,
        currency = excluded.currency, total_minor = excluded.total_minor, placed_at = excluded.placed_at,
        version_at = excluded.version_at, version_digest = excluded.version_digest
    WHERE (known.version_at, known.version_digest) < (excluded.version_at, excluded.version_digest)
    RETURNING id, external_id
""")

# Of each name the newest version that gives it counts, whether the cart's content came from that one or not.
NAME = """{name} = CASE WHEN (excluded.named_at ->> '{name}')::timestamptz > (known.named_at ->> '{name}')::timestamptz
            OR (excluded.named_at ->> '{name}')::timestamptz = (known.named_at ->> '{name}')::timestamptz
            AND CAST(excluded.{name} AS text) COLLATE "C" > CAST(known.{name} AS text) COLLATE "C"
            OR known.{name} IS NULL THEN excluded.{name} ELSE known.{name} END"""
NAMES = ("customer_external_id", "visitor_key", "email", "phone", "address_key", "locale", "recovery_url")
CONTENT = """{name} = CASE
            WHEN (known.version_at, known.version_digest) < (excluded.version_at, excluded.version_digest)
            THEN excluded.{name} ELSE known.{name} END"""
CONTENTS = ("stage", "currency", "total_minor", "lines", "version_at", "version_digest")
NEWER_NAMES = """named_at = known.named_at || (
            SELECT coalesce(jsonb_object_agg(
                key, greatest(value COLLATE "C", coalesce(known.named_at ->> key, value) COLLATE "C")), '{}')
            FROM jsonb_each_text(excluded.named_at))"""
CARTS = text(f"""
    INSERT INTO carts AS known (shop_id, external_id, stage, customer_external_id, visitor_key, email, phone,
        address_key, locale, recovery_url, named_at, currency, total_minor, lines, version_at, version_digest)
    SELECT :shop_id, external_id, stage, customer_external_id, decode(visitor_key, 'hex'), email, phone,
        decode(address_key, 'hex'), locale, recovery_url, named_at, currency, total_minor, lines, version_at,
        decode(digest, 'hex')
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (external_id text, stage text, customer_external_id text,
        visitor_key text, email text, phone text, address_key text, locale text, recovery_url text, named_at jsonb,
        currency text, total_minor bigint, lines jsonb, version_at timestamptz, digest text)
    ON CONFLICT (shop_id, external_id) DO UPDATE SET
        {", ".join([NAME.format(name=name) for name in NAMES] + [CONTENT.format(name=name) for name in CONTENTS])},
        {NEWER_NAMES}
""")  # noqa: S608 - our own column names

# A review whose deletion was told after this version of it stays away.
REVIEWS = text("""
    INSERT INTO reviews AS known (shop_id, external_id, item_external_id, customer_external_id, email, rating, words,
        is_public, is_verified, posted_at, version_at, version_digest)
    SELECT :shop_id, external_id, item_external_id, customer_external_id, email, rating, words, is_public, is_verified,
        posted_at, version_at, decode(digest, 'hex')
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (external_id text, item_external_id text,
        customer_external_id text, email text, rating smallint, words text, is_public boolean, is_verified boolean,
        posted_at timestamptz, version_at timestamptz, digest text)
    WHERE NOT EXISTS (SELECT FROM deletion_reports d WHERE d.shop_id = :shop_id AND d.kind = 'review'
        AND d.external_id = told.external_id AND d.reported_at >= told.version_at)
    ON CONFLICT (shop_id, external_id) DO UPDATE SET
        item_external_id = excluded.item_external_id, customer_external_id = excluded.customer_external_id,
        email = excluded.email, rating = excluded.rating, words = excluded.words, is_public = excluded.is_public,
        is_verified = excluded.is_verified, posted_at = excluded.posted_at, version_at = excluded.version_at,
        version_digest = excluded.version_digest
    WHERE (known.version_at, known.version_digest) < (excluded.version_at, excluded.version_digest)
""")

FORGET_REVIEWS = text("""
    DELETE FROM reviews AS known
    USING jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (external_id text, reported_at timestamptz)
    WHERE known.shop_id = :shop_id AND known.external_id = told.external_id AND known.version_at <= told.reported_at
""")

FORGET_LINES = text("DELETE FROM order_lines WHERE shop_id = :shop_id AND order_id = ANY(:ids)")

LINES = text("""
    INSERT INTO order_lines (shop_id, order_id, external_id, item_external_id, variant_external_id, title, quantity,
        total_minor)
    SELECT :shop_id, order_id, external_id, item_external_id, variant_external_id, title, quantity, total_minor
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (order_id bigint, external_id text, item_external_id text,
        variant_external_id text, title text, quantity bigint, total_minor bigint)
    ON CONFLICT DO NOTHING
""")

REFUNDS = text("""
    INSERT INTO refunds (shop_id, external_id, order_external_id, amount_minor, currency, reason, made_at)
    SELECT :shop_id, external_id, order_external_id, amount_minor, currency, reason, made_at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (external_id text, order_external_id text,
        amount_minor bigint, currency text, reason text, made_at timestamptz)
    ON CONFLICT DO NOTHING
""")

# Of two words of the same moment the larger customer id stands, whatever came first.
LINKS = text("""
    INSERT INTO visitor_links AS known (shop_id, visitor_key, customer_external_id, version_at)
    SELECT :shop_id, decode(visitor_key, 'hex'), customer_external_id, version_at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (visitor_key text, customer_external_id text,
        version_at timestamptz)
    ON CONFLICT (shop_id, visitor_key) DO UPDATE
        SET customer_external_id = excluded.customer_external_id, version_at = excluded.version_at
    WHERE (known.version_at, known.customer_external_id) < (excluded.version_at, excluded.customer_external_id)
""")

# Serving reads what changed since it last looked, so that a thing reported gone leaves the shelf at once.
TOUCH_ITEMS = text("""
    UPDATE items SET updated_at = clock_timestamp() WHERE shop_id = :shop_id AND external_id = ANY(:ids)
""")

DELETIONS = text("""
    INSERT INTO deletion_reports AS known (shop_id, kind, external_id, reported_at)
    SELECT :shop_id, kind, external_id, reported_at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (kind text, external_id text, reported_at timestamptz)
    ON CONFLICT (shop_id, kind, external_id) DO UPDATE
        SET reported_at = greatest(known.reported_at, excluded.reported_at)
""")
