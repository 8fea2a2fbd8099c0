"""Where we go, and where never: the addresses behind a host's name.

A name is resolved once, every address of it is looked at, and what is returned is what the connection is made to; a
name that answers otherwise a moment later (rebinding) finds nobody asking again.
"""

import ipaddress
import socket
from collections.abc import Callable
from urllib.parse import SplitResult, urlsplit

from plugins.errors import Unreachable, WrongAddress

Resolve = Callable[[str, int], list[str]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Where clouds keep the keys of the machine one is on. No shop is there, in no network.
METADATA = {
    ipaddress.ip_address(one) for one in ("169.254.169.254", "100.100.100.200", "168.63.129.16", "fd00:ec2::254")
}
SHARED = ipaddress.ip_network("100.64.0.0/10")  # a provider's own network (RFC 6598), and some private ones over VPN
ASSIGNED = ipaddress.ip_network("192.0.0.0/24")  # for protocols; one cloud keeps its keys there too
TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # IPv4 inside IPv6 (RFC 6052)
DEFAULT_PORTS = {"https": 443, "http": 80}


def split_address(url: str, *, may_reach_private: bool) -> SplitResult:
    """Return the parts of an address we may ask at all. Raises WrongAddress; nothing of the address is repeated."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise WrongAddress("This is not an address on the web. Check how it is written.") from None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or port == 0:
        raise WrongAddress("The address of a shop begins with https:// and names a host. Check how it is written.")
    if parts.username is not None or parts.password is not None:
        raise WrongAddress("An address with a user name or password in it is not used. Leave that part out.")
    if parts.scheme == "http" and not may_reach_private:
        raise WrongAddress("The shop's address begins with http://. Regulars needs https:// to keep the keys secret.")
    return parts


def resolve(host: str, port: int) -> list[str]:
    """Ask the system what a name stands for, IPv4 first."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for _, _, _, _, address in sorted(found, key=lambda one: one[0] != socket.AF_INET)]


def find_addresses(host: str, port: int, *, may_reach_private: bool, ask: Resolve = resolve) -> list[str]:
    """Return the addresses of a host, each of them allowed. Raises WrongAddress where one is not, or none is there."""
    try:
        found = ask(host, port)
    except socket.gaierror as error:
        if error.errno == socket.EAI_AGAIN:
            raise Unreachable(
                "The name of the shop's host cannot be looked up right now. Regulars tries again."
            ) from None
        raise WrongAddress("There is no host of this name. Check how the shop's address is written.") from None
    except (UnicodeError, OSError):
        raise WrongAddress("The host's name cannot be looked up. Check how the shop's address is written.") from None
    if not found:
        raise WrongAddress("There is no host of this name. Check how the shop's address is written.")
    for one in found:
        if not may_reach(one, may_reach_private=may_reach_private):
            raise WrongAddress(
                "This address leads into a private network, where Regulars does not go. If the shop is on the same "
                "network as your own Regulars, start it with PRIVATE_SHOPS=1."
            )
    return found


def may_reach(address: str, *, may_reach_private: bool) -> bool:
    """Tell whether a connection may be made to an IP address."""
    try:
        ip = _bare(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return False
    if ip in METADATA or ip in ASSIGNED or ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return False
    is_site = isinstance(ip, ipaddress.IPv6Address) and ip.is_site_local  # private once, and called global by Python
    if ip.is_global and not ip.is_reserved and not is_site:
        return True
    is_near = ip.is_private or ip.is_loopback or is_site or (ip.version == 4 and ip in SHARED)
    return may_reach_private and is_near


def _bare(ip: Address) -> Address:
    """Return the IPv4 address that an IPv6 one carries, however it is wrapped; it is where packets arrive."""
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return ip.ipv4_mapped
        if ip.sixtofour is not None:
            return ip.sixtofour
        if ip.teredo is not None:
            return ip.teredo[1]
        if ip in TRANSLATED:
            return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip
