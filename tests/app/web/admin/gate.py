"""A platform's gate for tests of our side of connecting: it lets in who brings the word, and can be told to fail."""

from urllib.parse import urlencode

from plugins.errors import Refused, WrongAddress
from plugins.talking import Credentials, Kind

WORD = "ck_right"


class Gate:
    """Talks as far as connecting needs them; the platforms' own are held to their contract elsewhere."""

    kinds = (Kind.ITEMS, Kind.ORDERS)

    def __init__(self):
        self.fault = None  # raised instead of an answer
        self.asked = []  # addresses at which keys were tried
        self.revoked = []

    def clean_address(self, text):
        text = text.strip().rstrip("/").lower()
        if not text.startswith("https://") or " " in text:
            raise WrongAddress("Enter the shop's address, such as https://shop.example.")
        return text

    def begin_install(self, address, app, state):
        back = f"{app.base_url}/install/woocommerce/callback"
        return f"{address}/wc-auth/v1/authorize?{urlencode({'user_id': state, 'callback_url': back})}"

    def state_of(self, answer):
        return answer.get("user_id", "")

    def finish_install(self, answer, address, _app, _client):
        self.asked.append(address)
        if self.fault is not None:
            raise self.fault
        if answer.get("consumer_key") != WORD:
            raise Refused("The shop does not know these keys. Make new ones, and connect again.")
        return Credentials(secrets={"key": answer["consumer_key"]}, scopes=("read_write",))

    def revoke(self, access):
        if self.fault is not None:
            raise self.fault
        self.revoked.append(access.address)
