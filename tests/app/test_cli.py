"""What a person at a terminal can do, and what they are told when it does not work."""

import socket
from dataclasses import replace

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.exc import OperationalError

from app.cli import watching
from app.cli.main import regulars
from app.cli.watching import Look
from app.ingest.inbox import receive
from app.models import Delivery as Kept
from app.models import DeliveryState, OrderLine, Shop
from app.shops.connections import keep_credentials
from app.shops.secrets import WEBHOOK, current_secrets
from app.shops.shops import find_shop
from plugins import PLATFORMS
from plugins.platform import Delivery, Receipt
from plugins.talking import Credentials
from tests.app.cast import buyers, tell
from tests.app.web.admin.gate import Gate
from tests.plugins.csvfile.files import EXPORTS

ORDERS = ["order_id,ordered_at,item_id,quantity,unit_price,item_title,customer_id"] + [
    f"{order},2026-0{1 + order % 9}-1{order % 10} 10:00,{item},1,2.50,Tea {item},{order % 4}"
    for order in range(1, 40)
    for item in ("A", "B", "C")[: 2 + order % 2]
]


@pytest.fixture
def say(wiring):
    """Type a command."""

    def typed(*words: str, given: str | None = None, **environ: str) -> Result:
        return CliRunner().invoke(regulars, words, obj=wiring, input=given, env=environ, prog_name="regulars")

    return typed


@pytest.fixture
def orders(tmp_path):
    file = tmp_path / "orders.csv"
    file.write_text("\n".join([*ORDERS, "99,not a date,A,1,1.00,Tea A,1"]) + "\n")
    return file


def test_a_shop_is_opened_listed_and_given_a_secret(say, wiring):
    opened = say("shop", "add", "harbour-tea", "--title", "Harbour Tea", "--platform", "woocommerce",
                 "--currency", "gbp", "--address", "https://harbour.example")  # fmt: skip

    assert opened.exit_code == 0, opened.output
    assert "/webhooks/woocommerce/harbour-tea" in opened.output
    assert "/setup/" in opened.output
    assert "harbour-tea" in say("shop", "list").output
    assert say("shop", "secret", "--shop", "harbour-tea", given="the-first-secret\n").exit_code == 0
    assert say("shop", "secret", "--shop", "harbour-tea", given="the-other-secret\n").exit_code == 0
    with wiring.db.of_nobody() as session:
        shop = find_shop(session, "harbour-tea")
    with wiring.db.of_shop(shop.id) as session:
        known = current_secrets(session, shop.id, WEBHOOK, secret_key=wiring.settings.secret_key)
    assert known == [b"the-other-secret", b"the-first-secret"]


def test_connecting_is_said_to_take_a_browser_and_how_it_stands(say, wiring, harbour, linden, monkeypatch):
    monkeypatch.setattr(PLATFORMS["woocommerce"], "talks", Gate())
    page = "http://127.0.0.1:8000/admin/harbour-tea/connection"
    before = say("shop", "connect", "--shop", "harbour-tea").output
    with wiring.db.of_shop(harbour) as session:
        held = Credentials(secrets={"key": "ck_secret"})
        keep_credentials(session, harbour, held, secret_key=wiring.settings.secret_key, now=wiring.clock())
        session.get_one(Shop, harbour).address = "https://harbour-tea.example"
    after = say("shop", "connect", "--shop", "harbour-tea").output

    assert "not connected yet" in before
    assert page in before
    assert "connected at https://harbour-tea.example" in after
    assert "ck_secret" not in after
    demo = say("shop", "connect", "--shop", "linden-loom")
    assert (demo.exit_code, "nothing to connect" in demo.output) == (1, True)


def test_a_new_link_replaces_the_one_before(say, harbour):
    first, second = say("link", "--shop", "harbour-tea"), say("link", "--shop", "harbour-tea")

    assert first.output.startswith("http://127.0.0.1:8000/setup/")
    assert first.output != second.output


def test_orders_come_in_are_learned_from_and_recommended(say, harbour, orders):
    imported = say("import", "orders", str(orders), "--shop", "harbour-tea")
    assert imported.exit_code == 0, imported.output
    assert f"{len(ORDERS)} rows read, {len(ORDERS) - 1} accepted, 1 set aside." in imported.output

    trained = say("train", "--shop", "harbour-tea", "--simple")
    assert trained.exit_code == 0, trained.output
    assert "100%" in trained.output

    shown = say("recommend", "--shop", "harbour-tea", "--placement", "product", "--item", "A", COLUMNS="120")
    assert shown.exit_code == 0, shown.output
    assert "often bought with Tea A" in shown.output
    assert "Tea B" in shown.output

    home = say("recommend", "--shop", "harbour-tea", "--customer", "1", COLUMNS="120")
    assert home.exit_code == 0, home.output


def test_importing_a_file_twice_changes_nothing(say, wiring, harbour, orders):
    counts = []
    for _ in range(2):
        assert say("import", "orders", str(orders), "--shop", "harbour-tea").exit_code == 0
        with wiring.db.of_shop(harbour) as session:
            counts.append(session.query(OrderLine).count())

    assert counts == [len(ORDERS) - 1] * 2


def test_a_quarantined_delivery_goes_back_in_line(say, wiring, harbour):
    delivery = Delivery(headers={}, body=b"{", received_at=wiring.clock())
    receive(wiring.db, harbour, "woocommerce", delivery, Receipt(topic="order.created", idempotency_key="one"))
    with wiring.db.of_shop(harbour) as session:
        row = session.query(Kept).one()
        row.state = DeliveryState.QUARANTINED

    assert say("replay", "--shop", "harbour-tea", "999999").exit_code == 1
    done = say("replay", "--shop", "harbour-tea")
    assert done.output == "1 delivery is back in line.\n"
    assert say("replay", "--shop", "harbour-tea").output == "0 deliveries are back in line.\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("recommend", "--shop", "nowhere"), "There is no shop called nowhere. See: regulars shop list"),
        (("evaluate", "--shop", "harbour-tea"), "Nothing was compared yet. Train first: regulars train"),
        (("recommend", "--shop", "harbour-tea", "--item", "nothing"), "The shop has no item nothing."),
        (("replay", "--shop", "harbour-tea", "5"), "No delivery 5 is in quarantine."),
        (
            ("shop", "add", "Bad Name", "--title", "x", "--platform", "demo", "--currency", "GBP"),
            "The shop's short name",
        ),
    ],
)
def test_what_does_not_work_is_one_sentence(say, harbour, words, sentence):
    done = say(*words)

    assert done.exit_code == 1
    assert done.output.startswith(f"Error: {sentence}")
    assert done.output.count("\n") == 1


def test_a_file_of_another_kind_is_one_sentence(say, harbour, tmp_path):
    file = tmp_path / "shopping.csv"
    file.write_text("milk;bread\n1;2\n")

    done = say("import", "orders", str(file), "--shop", "harbour-tea")

    assert done.exit_code == 1
    assert "Traceback" not in done.output
    assert "Error: Importing orders failed." in done.output


def test_check_names_what_is_missing(say, harbour):
    done = say("check")

    assert done.exit_code == 1
    for line in ("ok     database", "ok     migrations", "ok     Valkey", "ok     clocks", "ok     secrets"):
        assert line in done.output
    assert "FAULT  workers      Nobody answers fast and mail and files and slow." in done.output
    assert "ok     mail         no server is set" in done.output
    assert "FAULT  timetable" in done.output


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ("", "the server at 127.0.0.1:"),
        ("?caught=yes", "caught on this machine"),
    ],
)
def test_check_calls_the_mail_server(settings, wiring, more, line):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with_mail = replace(wiring, settings=settings.model_copy(update={"smtp_url": f"smtp://127.0.0.1:{port}{more}"}))
        there = CliRunner().invoke(regulars, ["check"], obj=with_mail)
    gone = CliRunner().invoke(regulars, ["check"], obj=with_mail)

    assert f"ok     mail         {line}" in there.output
    assert f"FAULT  mail         The mail server at 127.0.0.1:{port} does not answer" in gone.output


def test_the_demo_shop_is_opened_once_and_keeps_its_newest_secret(say, wiring):
    environ = {
        "DATABASE_URL": wiring.settings.database_url,
        "REDIS_URL": wiring.settings.redis_url,
        "SECRET_KEY": wiring.settings.secret_key,
        "DATA_DIR": str(wiring.settings.data_dir),
    }
    for secret, port in (("secret-of-old", 1), ("secret-of-old", 2), ("secret-of-new", 2)):
        done = say("open-demo", "--address", f"http://127.0.0.1:{port}", DEMO_WEBHOOK_SECRET=secret, **environ)
        assert done.exit_code == 0, done.output

    with wiring.db.of_nobody() as session:
        shop = find_shop(session, "demo")
    with wiring.db.of_shop(shop.id) as session:
        known = current_secrets(session, shop.id, WEBHOOK, secret_key=wiring.settings.secret_key)
    assert shop.origins == ["http://127.0.0.1:2", "http://localhost:2"]
    assert known == [b"secret-of-new", b"secret-of-old"]


def test_without_servers_the_sentence_says_how_to_start_them(tmp_path):
    done = CliRunner().invoke(regulars, ["shop", "list"], env={"DATA_DIR": str(tmp_path)})

    assert done.exit_code == 1
    assert "Start everything with make run" in done.output


def test_the_kept_report_is_shown_in_figures_and_words(say, wiring, harbour):
    tell(wiring, harbour, *buyers(60, 52, until=wiring.clock()))
    assert say("train", "--shop", "harbour-tea").exit_code == 0
    assert say("train", "--shop", "harbour-tea", "--simple").exit_code == 0  # has nothing to compare, so is not shown

    shown = say("evaluate", "--shop", "harbour-tea")

    assert shown.exit_code == 0, shown.output
    for words in ("Home page", "Item page", "Cart", "what sells now", "the new blend", "0."):
        assert words in shown.output


def test_a_database_that_is_away_for_a_moment_does_not_end_the_watching(monkeypatch):
    monkeypatch.setattr(watching, "LOOK_SECONDS", 0.0)
    looks = [Look("running", 0.1, ""), OperationalError("away", None, Exception()), Look("done", 1.0, "")]

    def look():
        found = looks.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    assert watching.watch("Importing", look).state == "done"


def test_any_export_comes_in_and_what_came_of_it_is_said(say, harbour):
    done = say("import", "file", str(EXPORTS / "klaviyo_people.csv"), "--shop", "harbour-tea")

    assert done.exit_code == 0, done.output
    assert "Klaviyo: a list or segment." in done.output
    assert "7 rows read, 5 accepted, 2 set aside." in done.output
    assert "1 address had no proof of consent, so nothing will be sent to them." in done.output


def test_what_is_in_a_file_can_be_said_where_its_name_is_gone(say, harbour, tmp_path):
    file = tmp_path / "members.csv"
    file.write_bytes((EXPORTS / "subscribed_members_export_1a2b.csv").read_bytes())

    guessed = say("import", "file", str(file), "--shop", "harbour-tea")
    said = say("import", "file", str(file), "--shop", "harbour-tea", "--kind", "mailchimp_subscribed")

    assert (guessed.exit_code, said.exit_code) == (1, 0)
    assert "Choose what is in it" in guessed.output
    assert "1 consent to e-mail came in" in said.output
