"""Who a shop writes as: nothing counts that was found about another address, and nothing is accepted unseen."""

from app.messaging.shop_sender import accept, find_sender, keep_findings, keep_sender

TEA, COFFEE = "tea@harbour.example.com", "coffee@harbour.example.com"
FOUND = {"findings": [{"name": "DKIM", "state": "good"}]}


def act(wiring, shop_id, work, *args, **more):
    with wiring.db.of_shop(shop_id) as session:
        return work(session, shop_id, *args, **more)


def test_what_was_found_is_kept_of_the_address_that_was_looked_up_only(wiring, harbour):
    act(wiring, harbour, keep_sender, name="Harbour Tea", email=TEA, postal_address="1 Quay")

    assert not act(wiring, harbour, keep_findings, COFFEE, FOUND)
    assert act(wiring, harbour, find_sender).checked_at is None
    assert act(wiring, harbour, keep_findings, TEA, FOUND)
    assert act(wiring, harbour, find_sender).check == FOUND


def test_an_address_is_accepted_only_after_somebody_could_see_what_is_found_about_it(wiring, harbour):
    act(wiring, harbour, keep_sender, name="Harbour Tea", email=TEA, postal_address="1 Quay")

    assert not act(wiring, harbour, accept, TEA)
    act(wiring, harbour, keep_findings, TEA, FOUND)
    assert not act(wiring, harbour, accept, COFFEE)
    assert act(wiring, harbour, find_sender).accepted_at is None
    assert act(wiring, harbour, accept, TEA)
    assert act(wiring, harbour, find_sender).accepted_at is not None
