"""Can platforms and shoppers reach this server? Judged by its own address; the page says two ways to mend it."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from app.settings import Settings
from app.web.admin.tongue import _

PRIVATE_NAMES = (".local", ".localhost", ".internal", ".intranet", ".lan", ".home", ".home.arpa", ".test", ".invalid")


@dataclass(frozen=True)
class Reach:
    """How this server is reached. sentence: what is in the way; empty where nothing is."""

    address: str
    port: int
    sentence: str

    @property
    def is_public(self) -> bool:
        """True where browsers and platforms anywhere can reach it by https."""
        return not self.sentence


def reach_of(settings: Settings) -> Reach:
    """Judge this server's own address."""
    parts = urlsplit(settings.base_url)
    host = (parts.hostname or "").rstrip(".")
    sentence = ""
    if _is_private(host):
        sentence = _(
            "Regulars answers at %(address)s, an address that only this machine or its own network can reach. Your "
            "shop and your shoppers' browsers cannot.",
            address=settings.base_url,
        )
    elif parts.scheme != "https":
        sentence = _(
            "Regulars answers at %(address)s, without https. Platforms send nothing there, and browsers show nothing "
            "from there in a shop that has https.",
            address=settings.base_url,
        )
    return Reach(settings.base_url, settings.port, sentence)


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith(PRIVATE_NAMES)
