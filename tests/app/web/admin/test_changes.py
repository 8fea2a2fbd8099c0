"""What people change: it is done, it is said, and it stands in the history with who and when."""

import io
import re
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from app.jobs.imports import run_import
from app.models import AuditEntry, Delivery, Import, ItemRule, Shop, ShopSecret, Training
from app.queues import FAST, FILES, SLOW
from app.shops.secrets import WEBHOOK, current_secrets
from app.web.admin.deliveries import readable
from app.web.admin.imports import safe_cell, safe_name
from tests.app.web.admin.conftest import TOKEN, Browser
from tests.app.web.admin.full import EVIL, fill


@pytest.fixture
def ids(wiring, harbour):
    return fill(wiring, harbour)


def trail(wiring, shop_id):
    with wiring.db.of_shop(shop_id) as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        return [(one.person_id, one.action, one.detail) for one in entries]


def bells(wiring, queue):
    return [
        job.description for job in __import__("rq").Queue(queue, connection=wiring.queues.redis, serializer="json").jobs
    ]


def send(browser, content, name):
    with io.BytesIO(content) as file:
        return browser.post("/imports", {"file": (file, name)}, page="/imports", content_type="multipart/form-data")


def test_training_now_asks_once_and_rings(ed, wiring, harbour):
    for _ in range(2):
        assert ed.post("/trainings", page="/trainings").status_code == 303

    with wiring.db.of_shop(harbour) as session:
        assert [one.cause for one in session.scalars(select(Training))] == ["asked"]
    assert [action for _person, action, _detail in trail(wiring, harbour)] == ["training_asked"] * 2
    assert trail(wiring, harbour)[0][0] == ed.person_id
    assert "run_training" in bells(wiring, SLOW)[0]


def test_pinning_hiding_and_undoing(ed, wiring, harbour, ids):
    item = ids["item_id"]

    answer = ed.post("/pins", {"item_id": item, "kind": "hide", "where": "home"}, page="/pins?q=assam")
    assert answer.location.endswith("/pins")
    assert ed.post("/pins", {"item_id": item, "kind": "pin", "where": "home"}, page="/pins").status_code == 303
    with wiring.db.of_shop(harbour) as session:
        rules = session.execute(select(ItemRule.placement, ItemRule.kind).order_by(ItemRule.id)).all()
    assert [tuple(rule) for rule in rules] == [("", "pin"), ("home", "pin")]

    ed.post(f"/pins/{ids['rule_id']}/undo", page="/pins")
    assert ed.post(f"/pins/{ids['rule_id']}/undo", page="/pins").status_code == 404
    assert [(action, detail["item"]) for _person, action, detail in trail(wiring, harbour)] == [
        ("item_hidden", "TEA-7"),
        ("item_pinned", "TEA-7"),
        ("rule_undone", "TEA-7"),
    ]


def test_a_pin_from_the_shelf_goes_back_to_the_same_view(ed, ids):
    data = {"item_id": ids["item_id"], "kind": "pin", "where": "", "back": "recommendations", "placement": "cart",
            "customer": "c42", "item": "TEA-7", "limit": "4"}  # fmt: skip
    answer = ed.post("/pins", data, page="/pins")

    assert answer.location == "/admin/harbour-tea/recommendations?placement=cart&customer=c42&item=TEA-7&limit=4"


@pytest.mark.parametrize(
    "wrong", [{"kind": "delete"}, {"where": "everywhere"}, {"item_id": "9" * 18}, {"item_id": "x"}, {"item_id": "²"}]
)
def test_a_decision_that_makes_no_sense_is_refused(ed, ids, wrong):
    answer = ed.post("/pins", {"item_id": ids["item_id"], "kind": "pin", "where": "", **wrong}, page="/pins")

    assert answer.status_code in {400, 404}


def test_an_item_nobody_knows_is_said_and_nothing_else_is_shown(ed, ids):
    page = ed.get("/recommendations?placement=cart&item=zebra").text

    assert "No item is called “zebra”." in page
    assert 'class="shelf"' not in page


def test_a_hidden_item_leaves_the_shelf(ed, ids):
    assert 'class="title">Assam' in ed.get("/recommendations").text
    ed.post("/pins", {"item_id": ids["item_id"], "kind": "hide", "where": ""}, page="/pins")
    time.sleep(0.6)  # a shelf looks again after half a second
    assert 'class="title">Assam' not in ed.get("/recommendations").text


def test_a_quarantined_delivery_is_tried_again(ed, wiring, harbour, ids):
    ed.post(f"/deliveries/{ids['delivery_id']}/try-again", page="/deliveries")

    with wiring.db.of_shop(harbour) as session:
        assert session.scalars(select(Delivery.state)).all() == ["waiting"]
    assert trail(wiring, harbour)[0][1] == "delivery_retried"
    assert "drain_deliveries" in bells(wiring, FAST)[0]
    again = ed.post("/deliveries/try-again", page="/deliveries", follow_redirects=True)
    assert "Nothing to try again" in again.text
    assert len(trail(wiring, harbour)) == 1


def test_a_file_is_kept_put_in_line_and_rung_for(ed, wiring, harbour):
    content = b"order_id,ordered_at,item_id,quantity,unit_price\n1,2026-01-01 10:00,A,1,2.50\n" * 1000
    answer = send(ed, content, "../../Bestellungen März.CSV")

    assert answer.status_code == 303
    with wiring.db.of_shop(harbour) as session:
        row = session.scalars(select(Import)).one()
    assert row.file_name == "bestellungen-marz.csv"
    assert row.path.startswith(str(wiring.settings.data_dir / "uploads" / str(harbour)))
    assert Path(row.path).read_bytes() == content
    assert "run_import" in bells(wiring, FILES)[0]
    assert trail(wiring, harbour)[0][1:] == ("import_asked", {"import": row.id})


def test_a_file_larger_than_other_forms_may_be_sent(ed):
    token = TOKEN.search(ed.get("/imports").text).group(1)
    head = b'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n' + token.encode()
    file = b'\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="big.csv"\r\n\r\n' + b"x" * 5 * 1024**2
    body = head + file + b"\r\n--b--\r\n"  # whole, because the test client leaves its own large parts open

    answer = ed.client.post("/admin/harbour-tea/imports", data=body, content_type="multipart/form-data; boundary=b")

    assert answer.status_code == 303


def test_other_forms_stay_small(ed):
    answer = ed.post("/trainings", {"x": "y" * (2 * 1024 * 1024)}, page="/trainings")

    assert answer.status_code == 413
    assert "too large" in answer.text


@pytest.mark.parametrize("name", ["orders.exe", "orders", "", "orders.csv/", "x.xlsx"])
def test_a_file_by_another_name_is_refused_in_words(ed, name):
    answer = send(ed, b"x", name)

    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.text
    assert "Which files are read, and where to find them" in answer.text


def test_rows_set_aside_come_back_as_a_file_no_spreadsheet_runs(ed, ids):
    answer = ed.get(f"/imports/{ids['import_id']}/set-aside.csv")

    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.text.splitlines()[:2] == [
        "row_number,reason,row",
        """1,'@not a number,"'=HYPERLINK(""evil"")\"""",
    ]
    assert "'-2+3" in answer.text


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(begin):
    assert safe_cell(f"{begin}1") == f"'{begin}1"
    assert safe_cell(f"1{begin}") == f"1{begin}"


def test_file_names_are_ours():
    assert safe_name("C:\\Users\\x\\Orders 2025.csv.gz") == "orders-2025.csv.gz"
    assert safe_name("...csv") == "file.csv"


def test_a_body_is_laid_out_where_that_is_safe():
    assert readable(b'{"a":[1]}') == ('{\n  "a": [\n    1\n  ]\n}', True)
    assert readable(b"\xff\x00plain")[0] == "\\xff\\x00plain"
    assert readable(b"[" * 90_000)[1] is True
    assert readable(b"x" * 200_000)[1] is False
    assert readable(None) == ("", True)


def settings(**changed):
    return {"name": "Harbour Tea", "currency": "GBP", "time_zone": "UTC", "origins": "https://harbour-tea.example",
            "learns_from_imported": "y", **changed}  # fmt: skip


def test_settings_are_kept_and_named_in_the_history(olive, wiring, harbour):
    changed = settings(time_zone="Europe/Berlin", origins="https://a.example\nhttp://b.example:8080")
    assert olive.post("/settings", changed).status_code == 303

    with wiring.db.of_nobody() as session:
        shop = session.get(Shop, harbour)
        assert (shop.time_zone, shop.origins) == ("Europe/Berlin", ["https://a.example", "http://b.example:8080"])
    assert trail(wiring, harbour)[0][1:] == ("settings_changed", {"changed": ["time_zone", "origins"]})
    assert "Kept." in olive.get("/settings").text


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"time_zone": "Mars/Olympus"}, "time zone"),
        ({"time_zone": "../../etc/passwd"}, "time zone"),
        ({"currency": "pounds"}, "three letters"),
        ({"origins": "https://a.example/path"}, "without a path"),
        ({"origins": "javascript:alert(1)"}, "without a path"),
        ({"name": " "}, "characters"),
        ({"name": "x" * 300}, "200"),
        ({"origins": f"https://{EVIL}"}, "without a path"),
    ],
)
def test_a_wrong_setting_is_said_beside_its_field_and_nothing_is_kept(olive, wiring, harbour, wrong, words):
    answer = olive.post("/settings", settings(**wrong))

    assert answer.status_code == 400
    assert words in answer.text
    assert EVIL not in answer.text
    with wiring.db.of_nobody() as session:
        assert session.get(Shop, harbour).name == "Harbour Tea"
    assert trail(wiring, harbour) == []


def test_a_made_secret_is_shown_once_and_the_old_one_holds_on(olive, wiring, harbour):
    first = olive.post("/settings/webhook-secret")
    second = olive.post("/settings/webhook-secret", {"secret": "0123456789abcdef"})

    assert first.status_code == 200
    assert second.status_code == 303
    with wiring.db.of_shop(harbour) as session:
        found = current_secrets(session, harbour, WEBHOOK, secret_key=wiring.settings.secret_key)
        assert len(session.scalars(select(ShopSecret)).all()) == 2
    assert found[0] == b"0123456789abcdef"
    assert found[1].decode() in first.text
    assert found[1].decode() not in olive.get("/settings").text
    assert all(found[1].decode() not in str(entry) for entry in trail(wiring, harbour))


def test_a_short_secret_is_refused(olive):
    assert olive.post("/settings/webhook-secret", {"secret": "short"}).status_code == 400


def test_an_invited_viewer_gets_in_by_the_link_that_is_shown_once(app, olive, wiring, harbour):
    page = olive.post("/people", {"name": "Ned", "role": "viewer"}, page="/people")
    link = re.search(r"/setup/[\w-]{43}", page.text).group(0)
    ned = Browser(app, "harbour-tea")

    assert ned.post(link, page=link).status_code == 303
    assert "Ned" in ned.get("/").text
    assert ned.post("/trainings", page="/").status_code == 403
    assert trail(wiring, harbour)[0][1] == "person_invited"


@pytest.mark.parametrize("role", ["", "admin", "OWNER"])
def test_only_the_three_roles_exist(olive, role):
    assert olive.post("/people", {"name": "Ned", "role": role}, page="/people").status_code == 400


def test_the_last_owner_stays(olive):
    answer = olive.post(f"/people/{olive.person_id}/remove", page="/people")

    assert answer.status_code == 400
    assert "at least one owner" in answer.text


def test_the_history_names_people_and_what_they_did(olive, ed, ids):
    ed.post("/trainings", page="/trainings")
    page = olive.get("/history").text

    assert "Ed" in page
    assert "asked for a training" in page


def test_a_sent_file_becomes_orders_and_tells_what_was_set_aside(ed, wiring, harbour):
    rows = [
        "order_id,ordered_at,item_id,item_title,quantity,unit_price,customer_id",
        "1001,2026-01-02 10:00,TEA-7,Assam,2,8.95,c42",
        "1001,2026-01-02 10:00,POT-1,Teapot,one,24.00,c42",
        "1002,31/31/2026,=cmd(),Formula,1,1.00,",
    ]
    answer = send(ed, "\n".join(rows).encode(), "orders.csv")
    with wiring.db.of_shop(harbour) as session:
        import_id = session.scalars(select(Import.id)).one()
    run_import(harbour, import_id, wiring=wiring)
    page = ed.get(answer.location)

    assert "1 of 3 rows were accepted, 2 set aside." in page.text
    assert "The first of them" in page.text
    assert "orders.csv" in ed.get("/imports").text
    assert "One order" in ed.get("/").text
    assert ed.get(f"/imports/{import_id}/set-aside.csv").text.count("\n") == 3
