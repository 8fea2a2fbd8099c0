"""What the columns of an archive's page are called, and what our own short words in them mean. English and German."""

from collections.abc import Mapping

COLUMNS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "customer": "Customer number", "first_name": "First name", "last_name": "Last name", "email": "E-mail",
        "phone": "Phone", "country": "Country", "created_at": "Since", "changed_at": "Last changed",
        "order": "Order", "placed_at": "Placed", "state": "State", "currency": "Currency", "total": "Amount",
        "amount": "Amount", "price": "Price", "quantity": "How many", "title": "What", "item": "Item",
        "item_external_id": "Item number", "variant": "Variant", "variant_external_id": "Variant number",
        "has_address_digest": "Delivery address kept as a fingerprint", "cart": "Cart", "made_at": "Given back on",
        "reason": "Why", "stage": "How far it came", "locale": "Language", "lines": "What was in it",
        "browser_digest": "Browser, as a fingerprint", "is_consenting": "May be remembered",
        "first_seen_at": "First seen", "last_seen_at": "Last seen", "occurred_at": "When", "kind": "What you did",
        "query": "Searched for", "shown_at": "Sent to the page", "seen_at": "Came into view", "placement": "Where",
        "items": "Items", "followed": "You opened", "purpose": "About", "is_given": "Yes or no",
        "source": "Said at", "wording": "In these words", "wording_version": "Version of the words",
        "channel": "Way", "address": "Address", "planned_at": "Planned", "sent_at": "Sent", "subject": "Subject",
        "content": "What was in it", "decisions": "What was decided", "recommendations": "Recommended",
        "review": "Review number", "posted_at": "Written", "rating": "Stars", "words": "In your words",
        "is_public": "Shown in the shop", "is_verified": "Known to be bought", "recovery_url": "Link back to it",
        "change": "What is told", "answered_at": "Answered",
        "became": "Became", "merged_at": "On", "url": "Address", "at": "When",
    },
    "de": {
        "customer": "Kundennummer", "first_name": "Vorname", "last_name": "Nachname", "email": "E-Mail",
        "phone": "Telefon", "country": "Land", "created_at": "Seit", "changed_at": "Zuletzt geändert",
        "order": "Bestellung", "placed_at": "Bestellt am", "state": "Stand", "currency": "Währung", "total": "Betrag",
        "amount": "Betrag", "price": "Preis", "quantity": "Anzahl", "title": "Was", "item": "Artikel",
        "item_external_id": "Artikelnummer", "variant": "Ausführung", "variant_external_id": "Nummer der Ausführung",
        "has_address_digest": "Lieferanschrift als Fingerabdruck aufbewahrt", "cart": "Warenkorb",
        "made_at": "Erstattet am", "reason": "Warum", "stage": "Wie weit er kam", "locale": "Sprache",
        "lines": "Was darin war", "browser_digest": "Browser, als Fingerabdruck",
        "is_consenting": "Darf wiedererkannt werden", "first_seen_at": "Zuerst gesehen",
        "last_seen_at": "Zuletzt gesehen", "occurred_at": "Wann", "kind": "Was Sie getan haben",
        "query": "Gesucht nach", "shown_at": "An die Seite gegeben", "seen_at": "Ins Blickfeld gekommen",
        "placement": "Wo", "items": "Artikel", "followed": "Von Ihnen geöffnet", "purpose": "Worum es geht",
        "is_given": "Ja oder Nein", "source": "Gesagt wo", "wording": "Mit diesen Worten",
        "wording_version": "Fassung der Worte", "channel": "Weg", "address": "Adresse", "planned_at": "Geplant",
        "sent_at": "Gesendet", "subject": "Betreff", "content": "Was darin war", "decisions": "Was entschieden wurde",
        "recommendations": "Empfohlen",
        "review": "Nummer der Bewertung", "posted_at": "Geschrieben am", "rating": "Sterne", "words": "In Ihren Worten",
        "is_public": "Im Laden zu sehen", "is_verified": "Kauf bekannt", "recovery_url": "Link zurück dorthin",
        "change": "Was mitgeteilt wird", "answered_at": "Beantwortet am",
        "became": "Wurde zu", "merged_at": "Am", "url": "Adresse", "at": "Wann",
    },
}  # fmt: skip

# Columns whose words are ours; what people or shops wrote stays as they wrote it.
CODED = frozenset({"state", "stage", "purpose", "source", "kind", "placement", "channel"})
MEANINGS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "email_marketing": "e-mail about offers and carts", "sms_marketing": "text messages",
        "personalization": "being remembered and shown a selection for you", "email": "e-mail", "sms": "text message",
        "checkout": "checkout", "emptied": "emptied", "ordered": "became an order", "cart": "cart",
        "placed": "placed", "pending": "payment on its way", "unpaid": "not paid", "cancelled": "cancelled",
        "refunded": "given back", "sent": "sent", "skipped": "not sent", "planned": "planned", "sending": "on its way",
        "in_doubt": "may have arrived", "failed": "did not arrive", "own_page": "your own page",
        "own_page_by_shop": "your own page, by a link of the shop", "merchant": "the shop itself",
        "unsubscribe_link": "the link in an e-mail", "storefront": "the shop's pages", "item_viewed": "looked at",
        "cart_added": "put into the cart", "cart_removed": "took out of the cart", "search_made": "searched",
        "item_dismissed": "waved away", "home": "home page", "product": "beside an item",
    },
    "de": {
        "email_marketing": "E-Mails über Angebote und Warenkörbe", "sms_marketing": "Textnachrichten",
        "personalization": "wiedererkannt werden und eine Auswahl für Sie sehen", "email": "E-Mail",
        "sms": "Textnachricht", "checkout": "Kasse", "emptied": "geleert", "ordered": "wurde bestellt",
        "cart": "Warenkorb", "placed": "bestellt", "pending": "Zahlung unterwegs", "unpaid": "nicht bezahlt",
        "cancelled": "storniert", "refunded": "erstattet", "sent": "gesendet", "skipped": "nicht gesendet",
        "planned": "geplant", "sending": "unterwegs", "in_doubt": "vielleicht angekommen",
        "failed": "nicht angekommen", "own_page": "Ihre eigene Seite",
        "own_page_by_shop": "Ihre eigene Seite, über einen Link des Ladens", "merchant": "der Laden selbst",
        "unsubscribe_link": "der Link in einer E-Mail", "storefront": "die Seiten des Ladens",
        "item_viewed": "angesehen", "cart_added": "in den Warenkorb gelegt",
        "cart_removed": "aus dem Warenkorb genommen", "search_made": "gesucht", "item_dismissed": "weggewinkt",
        "home": "Startseite", "product": "neben einem Artikel",
    },
}  # fmt: skip
