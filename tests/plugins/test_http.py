"""The polite client against servers that are not: slow, large, garbled, moved, mis-certified, overrun."""

import gzip
import time
from itertools import repeat

import pytest

from plugins.errors import Throttled, Unreachable, WrongAddress
from plugins.http import LARGEST_REPLY, PoliteClient, Reply
from tests.plugins.loopback import Answer, make_certificate, serve


@pytest.fixture
def client():
    return PoliteClient(may_reach_private=True)


def test_an_answer_comes_whole_with_small_header_names(client):
    heard = []

    def answer(asked):
        heard.append(asked)
        return Answer(201, b'{"id": 7}', {"X-WP-Total": "12"})

    with serve(answer) as url:
        reply = client.ask(
            "POST",
            f"{url}/orders",
            params={"page": "2"},
            json={"title": "Tee, grün"},
            headers={"Authorization": "Basic x"},
        )

    assert (reply.status, reply.json(), reply.headers["x-wp-total"]) == (201, {"id": 7}, "12")
    assert (heard[0].method, heard[0].target) == ("POST", "/orders?page=2")
    assert heard[0].headers["authorization"] == "Basic x"
    assert heard[0].headers["user-agent"] == "Regulars"
    assert b"Tee" in heard[0].body


def test_requests_share_a_connection_and_no_cookie(client):
    heard = []

    def answer(asked):
        heard.append(asked)
        return Answer(headers={"Set-Cookie": "whose=linden"})

    with serve(answer) as url:
        for _ in range(3):
            client.ask("GET", url)

    assert len({asked.connection for asked in heard}) == 1
    assert not any("cookie" in asked.headers for asked in heard)


def test_neither_proxies_nor_passwords_of_the_machine_are_used(client, monkeypatch, tmp_path):
    heard = []
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    with serve(lambda asked: heard.append(asked) or Answer()) as url:
        client.ask("GET", url)

    assert "authorization" not in heard[0].headers


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 500, 502])
def test_other_statuses_come_back_as_they_are(client, status):
    with serve(lambda _: Answer(status, b'{"code": "no"}')) as url:
        assert client.ask("GET", url).status == status


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_and_says_where_to(client, status):
    with (
        serve(lambda _: Answer(status, headers={"Location": "http://169.254.169.254/latest?token=abc"})) as url,
        pytest.raises(WrongAddress) as caught,
    ):
        client.ask("GET", url)

    assert "169.254.169.254" in str(caught.value)
    assert "token" not in str(caught.value)


@pytest.mark.parametrize("location", ["", "//[", "https://<script>/", "/elsewhere"])
def test_a_redirect_to_nowhere_is_still_a_clear_word(client, location):
    with serve(lambda _: Answer(302, headers={"Location": location})) as url, pytest.raises(WrongAddress) as caught:
        client.ask("GET", url)

    assert "<" not in str(caught.value)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "2.5"}, 2.5),
        ({"Retry-After": "Wed, 25 Nov 2026 10:00:40 GMT", "Date": "Wed, 25 Nov 2026 10:00:00 GMT"}, 40),
        ({"Retry-After": "86400"}, 900),
        ({"Retry-After": "-5"}, 2),
        ({"Retry-After": "soon"}, 2),
        ({"Retry-After": "0"}, 1),
        ({}, 2),
    ],
)
def test_whoever_is_asked_too_often_says_how_long_to_wait(client, headers, seconds):
    # Our server writes a Date of its own first; the one meant here comes in its place.
    with serve(lambda _: Answer(429, headers=headers)) as url, pytest.raises(Throttled) as caught:
        client.ask("GET", url)

    if "Date" not in headers:
        assert caught.value.wait_seconds == seconds
    assert caught.value.is_transient


def test_a_shop_under_maintenance_is_asked_again_later(client):
    with serve(lambda _: Answer(503, b"<html>", {"Retry-After": "600"})) as url, pytest.raises(Throttled) as caught:
        client.ask("GET", url)

    assert caught.value.wait_seconds == 600


@pytest.mark.parametrize(
    ("body", "kind", "word"),
    [
        (b"<!doctype html><title>Checking your browser</title>", "text/html", "web page"),
        (b"\n <html>", "application/json", "web page"),
        (b"", "application/json", "cannot be read"),
        (b'{"id": 4', "application/json", "cannot be read"),
        (b'{"id": NaN}', "application/json", "cannot be read"),
        (b"\xff\xfe", "application/json", "cannot be read"),
        (b"[" * 60 + b"]" * 60, "application/json", "nested"),
        (b"[" * 100_000, "application/json", "cannot be read"),
    ],
)
def test_what_is_not_json_is_unreachable_in_words(body, kind, word):
    with pytest.raises(Unreachable, match=word):
        Reply(status=200, headers={"content-type": kind}, body=body).json()


def test_a_store_that_never_answers_is_left_after_the_time_given(client):
    began = time.monotonic()
    with serve(lambda _: time.sleep(3) or Answer()) as url, pytest.raises(Unreachable, match="too long"):
        client.ask("GET", url, timeout_seconds=0.2)

    assert time.monotonic() - began < 2


def test_a_store_that_drips_is_left_after_the_time_given(client):
    def drip():
        for piece in repeat(b" "):
            time.sleep(0.02)
            yield piece

    began = time.monotonic()
    with serve(lambda _: Answer(pieces=drip)) as url, pytest.raises(Unreachable, match="too long"):
        client.ask("GET", url, timeout_seconds=0.3)

    assert time.monotonic() - began < 2


def test_a_store_whose_head_drips_is_left_after_the_time_given(client):
    def drip():
        for piece in repeat(b"x"):
            time.sleep(0.02)
            yield piece

    began = time.monotonic()
    with serve(lambda _: Answer(is_bare=True, pieces=drip)) as url, pytest.raises(Unreachable, match="too long"):
        client.ask("GET", url, timeout_seconds=0.3)

    assert time.monotonic() - began < 2


@pytest.mark.parametrize("is_packed", [False, True])
def test_an_endless_answer_is_left_off_also_when_it_is_packed_small(client, is_packed):
    bulk = b" " * (LARGEST_REPLY + 100_000)
    body, headers = (gzip.compress(bulk), {"Content-Encoding": "gzip"}) if is_packed else (bulk, {})

    with serve(lambda _: Answer(body=body, headers=headers)) as url, pytest.raises(Unreachable, match="larger"):
        client.ask("GET", url)


def test_an_answer_that_breaks_off_is_unreachable(client):
    with (
        serve(lambda _: Answer(pieces=lambda: iter([b"{"]), headers={"Content-Length": "50"})) as url,
        pytest.raises(Unreachable, match="broke off"),
    ):
        client.ask("GET", url)


def test_nobody_there_is_unreachable_and_says_nothing_of_the_keys(client):
    with serve(lambda _: Answer()) as url:
        pass

    with pytest.raises(Unreachable) as caught:
        client.ask("GET", f"{url}/?consumer_secret=cs_secret")
    assert "cs_secret" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert caught.value.__suppress_context__


# Certificates


def test_a_trusted_certificate_opens_and_is_held_against_the_name(tmp_path):
    tls, certificate = make_certificate(tmp_path, "shop.example")
    trusting = PoliteClient(may_reach_private=True, trusted=str(certificate), ask=lambda _host, _port: ["127.0.0.1"])

    with serve(lambda asked: Answer(body=f'"{asked.headers["host"]}"'.encode()), tls=tls) as url:
        port = url.rpartition(":")[2]
        assert trusting.ask("GET", f"https://shop.example:{port}/").json() == f"shop.example:{port}"
        with pytest.raises(WrongAddress, match="certificate"):
            trusting.ask("GET", f"https://other.example:{port}/")


@pytest.mark.parametrize("days", [1, -1])
def test_a_certificate_nobody_knows_or_out_of_date_is_a_wrong_address(tmp_path, days):
    tls, certificate = make_certificate(tmp_path, "127.0.0.1", days=days)
    client = PoliteClient(may_reach_private=True, trusted=str(certificate) if days < 0 else None)

    with serve(lambda _: Answer(), tls=tls) as url, pytest.raises(WrongAddress, match="certificate"):
        client.ask("GET", url)


def test_plain_text_where_tls_is_spoken_is_no_matter_of_certificates(client):
    with serve(lambda _: Answer()) as url, pytest.raises(Unreachable):
        client.ask("GET", url.replace("http:", "https:"))


# Long answers, line by line


def test_lines_come_as_they_are_read(client):
    lines = [b'{"id": %d}' % n for n in range(5000)]
    body = b"\n".join(lines) + b"\n"

    with serve(lambda _: Answer(body=body)) as url, client.lines(url) as read:
        assert list(read) == lines


def test_a_file_that_is_gone_is_asked_for_anew(client):
    with serve(lambda _: Answer(403)) as url, pytest.raises(Unreachable, match="new one"), client.lines(url):
        pass


def test_lines_that_break_off_midway_are_unreachable(client):
    def half():
        yield b"one\ntw"

    with (
        serve(lambda _: Answer(pieces=half, headers={"Content-Length": "500"})) as url,
        pytest.raises(Unreachable, match="broke off"),
        client.lines(url) as read,
    ):
        list(read)
