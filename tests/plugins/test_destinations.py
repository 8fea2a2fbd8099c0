"""Where the client goes and where never, however the address is dressed up."""

import socket

import pytest

from plugins.destinations import find_addresses, may_reach, split_address
from plugins.errors import PlatformError, Unreachable, WrongAddress
from plugins.http import PoliteClient
from tests.plugins.loopback import Answer, serve

NEVER = [
    "169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "100.100.100.200", "168.63.129.16",
    "::ffff:169.254.169.254", "64:ff9b::169.254.169.254", "2002:a9fe:a9fe::", "0.0.0.0", "::", "224.0.0.1", "ff02::1",
    "192.0.0.192", "not-an-address", "",
]  # fmt: skip
NEAR = [
    "127.0.0.1", "127.9.9.9", "::1", "10.0.0.5", "172.16.0.1", "192.168.1.10", "100.64.0.1", "fd12:3456::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.5", "64:ff9b::10.0.0.5", "2002:7f00:1::",
    "fec0::1",
]  # fmt: skip
FAR = ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"]


@pytest.mark.parametrize("address", NEVER)
def test_where_machines_keep_their_keys_nobody_goes_also_not_on_their_own_network(address):
    assert not may_reach(address, may_reach_private=False)
    assert not may_reach(address, may_reach_private=True)


@pytest.mark.parametrize("address", NEAR)
def test_the_own_network_is_reached_only_where_that_is_said(address):
    assert not may_reach(address, may_reach_private=False)
    assert may_reach(address, may_reach_private=True)


@pytest.mark.parametrize("address", FAR)
def test_the_internet_is_reached(address):
    assert may_reach(address, may_reach_private=False)


@pytest.mark.parametrize("mixed", [["1.1.1.1", "127.0.0.1"], ["::1", "1.1.1.1"]])
def test_one_private_address_among_public_ones_is_enough_to_stay_away(mixed):
    with pytest.raises(WrongAddress, match="private network"):
        find_addresses("shop.example", 443, may_reach_private=False, ask=lambda _host, _port: mixed)


def test_a_name_that_changes_its_mind_is_asked_only_once():
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])
    client = PoliteClient(may_reach_private=True, ask=lambda _host, _port: next(answers))

    with serve(lambda _: Answer(body=b'"here"')) as url:
        named = url.replace("127.0.0.1", "rebinding.example")
        assert client.ask("GET", named).json() == "here"
        assert client.ask("GET", named).json() == "here"  # over the same connection: nobody asked again

    assert next(answers) == ["169.254.169.254"]


def test_a_public_client_makes_no_connection_to_this_machine(tmp_path):
    heard = []
    client = PoliteClient(ask=lambda _host, _port: ["127.0.0.1"])
    with serve(lambda asked: heard.append(asked) or Answer()) as url:
        port = url.rpartition(":")[2]
        for address in (url, f"https://shop.example:{port}/", f"https://127.0.0.1:{port}/", f"https://0x7f.1:{port}/"):
            with pytest.raises(WrongAddress):
                client.ask("GET", address)
            with pytest.raises(WrongAddress), client.lines(address):
                pass

    assert heard == []


@pytest.mark.parametrize(
    "url",
    [
        "", "shop.example", "//shop.example", "ftp://shop.example", "file:///etc/passwd", "https://", "https://:443",
        "https://user:word@shop.example", "https://user@shop.example", "https://shop.example:99999",
        "https://shop.example:0", "https://[::1", "gopher://shop.example", "http://shop.example",
    ],
)  # fmt: skip
def test_an_address_with_tricks_in_it_is_refused_without_repeating_it(url):
    with pytest.raises(WrongAddress) as caught:
        split_address(url, may_reach_private=False)

    assert "word" not in str(caught.value).replace("password", "")


@pytest.mark.parametrize(
    "url", ["https://sh op.example/", "https://xn--/", f"https://{'a' * 70}.example/", "https://a..b/"]
)
def test_a_host_that_cannot_be_looked_up_is_one_of_our_own_errors(url):
    with pytest.raises(PlatformError):
        PoliteClient().ask("GET", url, timeout_seconds=1)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (socket.gaierror(socket.EAI_NONAME, "no"), WrongAddress),
        (socket.gaierror(socket.EAI_AGAIN, "later"), Unreachable),
        (UnicodeError(), WrongAddress),
    ],
)
def test_a_name_that_cannot_be_looked_up_is_wrong_and_a_silent_name_server_only_late(fault, error):
    def ask(_host, _port):
        raise fault

    with pytest.raises(error):
        find_addresses("shop.example", 443, may_reach_private=True, ask=ask)


def test_a_host_of_several_addresses_is_reached_under_the_one_that_answers():
    client = PoliteClient(may_reach_private=True, ask=lambda _host, _port: ["127.0.0.2", "::1", "127.0.0.1"])

    with serve(lambda _: Answer(body=b'"here"')) as url:
        assert client.ask("GET", url.replace("127.0.0.1", "shop.example")).json() == "here"
